"""What a turn of a case works with: the engine, the case and its row, the instant, the facts read so far, the changes."""

from dataclasses import dataclass
from datetime import datetime

from engine.case import Case
from engine.changes import CaseChanges
from engine.engine import Engine
from engine.gate.guard import Guard
from engine.gate.places import place_of
from engine.journal import Journal
from engine.leases import CaseLeases
from engine.policy import Place
from gateway.store.rows import Row
from remediations.contract import REMEDIATIONS, Remediation, Scene, Target
from remediations.facts import Facts


@dataclass(slots=True)
class Desk:
    """One turn's tools. After a change a new desk is made: what was read before a change is no evidence after it."""

    engine: Engine
    case: Case
    row: Row
    now: datetime
    facts: Facts
    changes: CaseChanges
    guard: Guard

    def take_row(self, row: Row) -> None:
        """The case was stored: from now on this version of its row is the turn's."""
        self.row = self.guard.row = row

    async def place(self) -> Place:
        """Where the case works, as the policy sees it; what cannot be read is None there, never guessed."""
        return await place_of(self.engine, self.facts)

    @property
    def journal(self) -> Journal:
        return Journal(self.engine.rows, self.case.id)

    @property
    def fix(self) -> Remediation:
        """The fix of the step at hand."""
        return REMEDIATIONS[self.case.plan["steps"][self.case.step]["fix"]]

    async def scene(self) -> Scene:
        """What the fix of the step at hand gets."""
        return await self.scene_of(self.case.step)

    async def scene_of(self, number: int) -> Scene:
        case = self.case
        told = case.told
        failed_at = case.diagnosis.get("failed_at") or told.fired_at
        step = case.plan["steps"][number] if case.plan.get("steps") else {"params": {}}
        target = Target(told.item_id, case.code, datetime.fromisoformat(failed_at), case.id)
        off = self.engine.policy.leave_off(await self.place())
        leases = CaseLeases(self.engine.leases, case.id, self.now, off)
        since = datetime.fromisoformat(case.step_since) if case.step_since else self.now
        memo = dict(case.memo) if number == case.step else {}
        return Scene(target, self.facts, self.changes, leases, self.now, since, step["params"], memo)


def desk_of(engine: Engine, case: Case, row: Row, now: datetime) -> Desk:
    told = case.told
    facts = Facts(
        engine.reads,
        told.item_id,
        now,
        engine.leases.out_of,
        case.before[-1]["next"] if case.before else told.job,
        case.guest,
    )
    facts.backup_service = engine.settings.backup_service_object_id
    guard = Guard(engine, case, row, now, facts)
    off = "a dry run was asked for" if told.dry_run else ""
    journal = Journal(engine.rows, case.id)
    changes = CaseChanges(
        engine.reads, engine.starts, journal, facts, told.item_id, now, off, guard.ask, lambda: _fix_of(case)
    )
    return Desk(engine, case, row, now, facts, changes, guard)


def _fix_of(case: Case) -> str:
    """Whose change it is; what is written after the ending is of no fix."""
    at_work = case.phase == "step" and case.plan.get("steps")
    return str(case.plan["steps"][case.step]["fix"]) if at_work else ""
