"""Cases that wait, for whatever and however many, read nothing of Azure until what holds them is over."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.case import Case
from engine.switch import set_switch
from tests.engine.driver import Driver, driving
from tests.engine.fleets import AUTO, HOUR, changes, fleet, limits

ALL_AT_ONCE = {"machines_per_vault_and_hour_percent": 100}
HOLDS = {
    "the switch": limits(**ALL_AT_ONCE),
    "an incident": f"{AUTO}[limits]\nincident_items = 10\nincident_percent = 100\n",
    "the cases at once": limits(cases_at_once_per_vault=1, **ALL_AT_ONCE),
    "the changes an hour": limits(changes_per_vault_and_hour=1, **ALL_AT_ONCE),
    "the machines an hour": limits(machines_per_vault_and_hour_percent=1),
}


async def held(driver: Driver) -> dict[str, Case]:
    found = await driver.engine.cases.newest(driver.box.now)
    return {case.machine: case for case in found if not case.kind and case.timeline[-1]["event"] == "held"}


async def turns(driver: Driver, until: datetime) -> None:
    while min(driver.runs.due.values()) < until:
        await driver.turn()


@pytest.mark.parametrize("by", HOLDS)
async def test_a_case_that_waits_asks_azure_nothing_until_its_hold_is_over(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(fleet(12), tmp_path, monkeypatch, policy=HOLDS[by]) as driver:
        begun = driver.box.now
        if by == "the switch":
            await set_switch(driver.engine.rows, "off", "Ada", "maintenance", begun)
        await driver.announce_all()
        await turns(driver, begun + timedelta(minutes=16))
        before, asked = await held(driver), len(driver.box.requests())
        await turns(driver, begun + timedelta(minutes=50))
        after, paths = await held(driver), [r["path"].casefold() for r in driver.box.requests()[asked:]]
        waited = {m for m, case in after.items() if m in before and len(case.timeline) == len(before[m].timeline)}
        assert len(waited) >= 10
        assert [path for path in paths if any(machine in path for machine in waited)] == []


@pytest.mark.parametrize("by", HOLDS)
async def test_every_case_that_waited_goes_on_once_its_hold_is_over(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = 3 if by != "an incident" else 11
    async with driving(fleet(few), tmp_path, monkeypatch, policy=HOLDS[by]) as driver:
        if by == "the switch":
            await set_switch(driver.engine.rows, "off", "Ada", "maintenance", driver.box.now)
        await driver.announce_all()
        await turns(driver, driver.box.now + HOUR / 2)
        await set_switch(driver.engine.rows, "on", "Ada", "all is well", driver.box.now)
        cases = [case for case in await driver.run(6000) if not case.kind]
        assert {case.outcome for case in cases} == {"remediated"} and len({m for _, _, m in changes(driver)}) == few
