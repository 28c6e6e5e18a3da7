"""What is asked just before each single write of a case: is the turn still its own, and does nothing speak against it now?"""

from datetime import datetime, timedelta

from engine.brake import brake_of
from engine.case import Case
from engine.engine import Engine
from engine.places import place_of
from engine.switch import read_switch
from gateway.arm.ids import ItemId
from gateway.store.rows import Row
from remediations.contract import REMEDIATIONS
from remediations.facts import Facts

HELD_S = 300.0


class Held(Exception):
    """The write must wait; nothing was changed. `delay` in seconds."""

    def __init__(self, text: str, delay: float = HELD_S) -> None:
        super().__init__(text)
        self.delay = delay


class TurnLost(Exception):
    """Another turn has written the case's row meanwhile: this one must stop before it changes anything."""


class Guard:
    """The guard of one turn of a case."""

    def __init__(self, engine: Engine, case: Case, row: Row, now: datetime, facts: Facts) -> None:
        self._engine, self._case, self.row, self._now, self._facts = engine, case, row, now, facts

    async def ask(self, kind: str, target: str) -> None:
        """Raises Held or TurnLost where the write may not be made now."""
        await self._own_turn()
        if off := self._engine.settings.changes_off or (await read_switch(self._engine.rows)).off:
            raise Held(off)
        if kind == "alert.close":
            return  # says what is true already; no limit is meant for it
        if incident := await brake_of(self._engine, self._case, self._now):
            raise Held(f"many items fail alike: no changes until the incident {incident} is over")
        await self._hours(kind)
        await self._caps(f"{self._case.id}|{kind}|{target}|{self._now.isoformat()}")
        await self._engine.track.begin_attempt(self._case.told.item_key, self._case.id, self._now)

    async def _own_turn(self) -> None:
        got = await self._engine.cases.get(self._case.id)
        if got is None or got[1].etag != self.row.etag:
            raise TurnLost(f"another turn of the case {self._case.id} has begun")

    async def _hours(self, kind: str) -> None:
        policy, place = self._engine.policy, await place_of(self._engine, self._facts)
        risk = REMEDIATIONS[self._case.plan["steps"][self._case.step]["fix"]].risk
        if opens := policy.opens(risk, place, self._now):
            raise Held(f"the maintenance window opens at {opens:%Y-%m-%d %H:%M} UTC", _until(opens, self._now))
        if kind == "backup.trigger" and (ends := policy.backups_open(place, self._now)):
            raise Held(f"backups are blacked out until {ends:%Y-%m-%d %H:%M} UTC", _until(ends, self._now))

    async def _caps(self, write: str) -> None:
        """Changes per vault and hour, and the share of the vault's machines changed in it."""
        limits, hour = self._engine.policy.limits, f"{self._now:%Y-%m-%dT%H}"
        vault = ItemId.parse(self._case.told.item_id).vault_id
        next_hour = self._now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        items = await self._engine.reads.items_of_vault(vault, self._now)
        machines = max(1, items * limits.machines_per_vault_and_hour_percent // 100)
        share = f"hour {hour} machines {vault.casefold()}"
        if not await self._engine.slots.take(share, machines, self._case.told.item_key):
            said = f"{machines} machines of {items} in this vault were changed within the hour"
            raise Held(f"{said}: the policy allows no more", _until(next_hour, self._now))
        changes = f"hour {hour} changes {vault.casefold()}"
        if not await self._engine.slots.take(changes, limits.changes_per_vault_and_hour, write):
            said = f"{limits.changes_per_vault_and_hour} changes were made in this vault within the hour"
            raise Held(f"{said}: the policy allows no more", _until(next_hour, self._now))


def _until(at: datetime, now: datetime) -> float:
    return max(1.0, (at - now).total_seconds())
