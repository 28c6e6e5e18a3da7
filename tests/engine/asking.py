"""Cases that ask: brought to their question, answered, and what they said and did."""

from engine.case import Case
from engine.decisions import Decision
from tests.engine.driver import Driver

ASKS = '[modes]\nbackup = "auto"\nextension = "approve"\ngovernance = "approve"\ndata = "auto"\n'


async def the_case(driver: Driver) -> Case:
    (case,) = [c for c in await driver.engine.cases.newest(driver.box.now, 90) if not c.kind]
    return case


async def asked(driver: Driver, before: Case | None = None, turns: int = 60) -> Case:
    """The case, once it waits for a person; with a question other than `before`."""
    known = before.ask["at"] if before else ""
    while (case := await the_case(driver)).phase != "ask" or case.ask["at"] == known:
        assert turns and driver.runs.due, (case.phase, case.outcome, case.timeline[-3:])
        await driver.turn()
        turns -= 1
    return case


async def first_question(driver: Driver) -> Case:
    await driver.announce()
    return await asked(driver)


async def ended(driver: Driver) -> Case:
    (case,) = [case for case in await driver.run() if not case.kind]
    return case


def kinds(driver: Driver) -> list[str]:
    return [change["kind"] for change in driver.box.changes() if change["kind"] != "alert.close"]


def said(case: Case, event: str) -> list[str]:
    return [note["text"] for note in case.timeline if note["event"] == event]


def answer(case: Case, decision: str, **more: str) -> Decision:
    told = {"who": "Ada on call", "why": "looked at it", "change": "", "at": case.ask["at"], **more}
    return Decision(case.ask["hash"], decision, **told)
