"""What the diagnoses of a case ask of ARM. Every save of a case ends a phase: what was read since the last save is that phase's.

A case may be diagnosed more than once: a plan may be only to look inside the guest, or to remove a cause that hid another.
"""

from dataclasses import dataclass, field

from engine.case import Case
from engine.cases import Cases
from engine.diagnose import UNKNOWN
from gateway.store.rows import Row
from tests.engine.driver import Driver

LOOKING = "probe_guest"
"""The fix that changes nothing and waits for a guest's script: what it asks is polling."""


@dataclass(slots=True)
class Asked:
    """ARM reads of one case. `counted`: by diagnoses and gates so far; `planned`: what that was at each plan, with its cause."""

    phase: str = "diagnose"
    turn: str = ""
    counted: int = 0
    polls: int = 0
    here: int = 0
    diagnoses: list[int] = field(default_factory=list)
    planned: list[tuple[str, int]] = field(default_factory=list)

    @property
    def first(self) -> int:
        """Until the first plan, which may be the plan to look inside the guest."""
        return self.planned[0][1] if self.planned else self.counted

    def named(self, cause: str) -> int:
        """Until the plan that names the cause, all diagnoses and gates on the way; where none is named, until the last plan."""
        found = [until for named, until in self.planned if named == cause != UNKNOWN]
        last = self.planned[-1][1] if self.planned else self.counted
        return found[0] if found else last

    def add(self, case: Case, asked: int) -> None:
        """The phase that ends with this save asked so much."""
        if self.phase == "diagnose":
            self.here += asked
        if self.phase in ("diagnose", "gate"):
            self.counted += asked
        elif self.phase == "step" and LOOKING in {step["fix"] for step in case.plan.get("steps", ())}:
            self.polls += asked
        if self.phase == "diagnose" and case.phase != "diagnose":
            self.diagnoses.append(self.here)
            self.planned.append((case.cause, self.counted))
            self.here = 0
        self.phase = case.phase


class CountingCases(Cases):
    """The case store, which also counts what each case asks of ARM; for turns taken one by one."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver.engine.rows)
        self._log, self._seen = driver.box.model.requests, 0
        self.asked: dict[str, Asked] = {}

    async def save(self, case: Case, row: Row) -> Row:
        saved = await super().save(case, row)
        sent = list(self._log)[self._seen :]
        self._seen += len(sent)
        told, token = self.asked.setdefault(case.id, Asked()), case.turn.get("by", "")
        begins, told.turn = token not in ("", told.turn), token
        if not begins:
            told.add(case, sum(not (request.write or request.path.startswith("/msi")) for request in sent))
        return saved
