"""What is asked just before each single write of a case: is the turn still its own, and does nothing speak against it now?"""

from datetime import datetime

from engine.case import Case
from engine.changes import ChangesOff
from engine.engine import Engine
from engine.gate.decide import braked
from engine.gate.places import Places, other_vaults, places_of
from engine.journal import LOOKS
from engine.limits.brake import brake_of
from engine.limits.caps import again_in, caps_of
from engine.policy import Mode, Permit
from engine.switch import read_switch
from gateway.store.rows import Row
from remediations.contract import REMEDIATIONS, Remediation
from remediations.facts import Facts

HELD_S = 300.0


class Held(Exception):
    """The write must wait; nothing was changed. `delay` in seconds."""

    def __init__(self, text: str, delay: float = HELD_S) -> None:
        super().__init__(text)
        self.delay = delay


class TurnLost(Exception):
    """Another turn has written the case's row meanwhile: this one must stop before it changes anything."""


class Unapproved(Exception):
    """The policy asks for a person's word by now, and nobody gave it for this step; nothing was changed."""


class Guard:
    """The guard of one turn of a case."""

    def __init__(self, engine: Engine, case: Case, row: Row, now: datetime, facts: Facts) -> None:
        self._engine, self._case, self.row, self._now, self._facts = engine, case, row, now, facts

    async def ask(self, kind: str, target: str) -> None:
        """Raises Held or TurnLost where the write may not be made now, Unapproved where a person has to be asked first,
        ChangesOff where the policy no longer bears it at all.
        """
        await self._may_go_on()
        if kind in ("alert.close", "guest.clean_up"):
            return  # says what is true already, or takes away what we left; no limit is meant for it
        if incident := await brake_of(self._engine, self._case, self._now):
            raise Held(braked(incident))
        places = await places_of(self._engine, self._facts, self._case, self._fix, (target,))
        await self._permitted(places, target)
        self._hours(kind, places)
        if kind not in LOOKS:
            await self._caps(f"{self._case.id}|{kind}|{target}|{self._now.isoformat()}", target)
        await self._may_go_on()  # Azure was asked meanwhile, which may have taken long
        if kind not in LOOKS:
            await self._engine.track.begin_attempt(self._case.told.item_key, self._case.id, self._now)

    async def _may_go_on(self) -> None:
        """The turn is still this one's, and changes are on."""
        await self._own_turn()
        if off := self._engine.settings.changes_off or (await read_switch(self._engine.rows)).off:
            raise Held(off)

    async def _own_turn(self) -> None:
        got = await self._engine.cases.get(self._case.id)
        if got is None or got[1].etag != self.row.etag:
            raise TurnLost(f"another turn of the case {self._case.id} has begun")

    async def _permitted(self, places: Places, target: str) -> None:
        """A policy that was deployed in the middle of a step holds before the step's next change."""
        policy, fix = self._engine.policy, self._fix
        if self._engine.broken:
            raise Held(self._engine.broken)
        permit = places.permit(policy, fix)
        barred = permit.mode in (Mode.OBSERVE, Mode.PLAN)
        now_says = f"the policy's mode here is `{permit.mode}` ({permit.rule})" if barred else ""
        now_says = now_says or places.refused(policy) or policy.denies(target)
        if now_says:
            raise ChangesOff(f"{now_says}: nothing more is changed")
        if self._case.ask.get("step") != self._case.step and await self._asks(permit):
            raise Unapproved(f"the policy asks for an approval here by now ({permit.rule})")

    async def _asks(self, permit: Permit) -> bool:
        """Whether a person decides: `auto` counts as `approve` until so many plans were approved unchanged."""
        if permit.mode is Mode.APPROVE or not permit.auto_after:
            return permit.mode is Mode.APPROVE
        return await self._engine.track.approvals(self._fix.name, permit.rule) < permit.auto_after

    @property
    def _fix(self) -> Remediation:
        return REMEDIATIONS[self._case.plan["steps"][self._case.step]["fix"]]

    def _hours(self, kind: str, places: Places) -> None:
        policy = self._engine.policy
        if opens := places.opens(policy, self._fix.risk, self._now):
            raise Held(f"the maintenance window opens at {opens:%Y-%m-%d %H:%M} UTC", _until(opens, self._now))
        if kind == "backup.trigger" and (ends := policy.backups_open(places.own, self._now)):
            raise Held(f"backups are blacked out until {ends:%Y-%m-%d %H:%M} UTC", _until(ends, self._now))

    async def _caps(self, write: str, target: str) -> None:
        """A place under every cap, or Held: none is taken before each has room."""
        others = other_vaults(self._case.told.item_id, (target,))
        caps, slots = await caps_of(self._engine, self._case, write, self._now, others), self._engine.slots
        for ask in (slots.room, slots.take):
            for cap in caps:
                if not await ask(cap.pool, cap.size, cap.holder, self._now):
                    raise Held(cap.said, await again_in(self._engine, self._case, cap, self._now))


def _until(at: datetime, now: datetime) -> float:
    return max(1.0, (at - now).total_seconds())
