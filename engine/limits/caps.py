"""The caps of an hour: writes in a vault, and the share of its machines that they change. The hour before, not the clock's."""

from dataclasses import dataclass
from datetime import datetime

from engine.case import Case
from engine.engine import Engine
from gateway.arm import ids
from gateway.arm.ids import ItemId

SPREAD_S = 300.0
"""Over how long those who wait for one cap come back, one after the other."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A pool of places by the hour, who asks for one, and what is said where there is none."""

    pool: str
    size: int
    holder: str
    said: str


async def caps_of(
    engine: Engine, case: Case, write: str, now: datetime, others: tuple[str, ...] = ()
) -> tuple[Cap, ...]:
    """The caps that a write of the case stands under; `write` tells it from every other one, `others`: vaults beside its own."""
    own = ItemId.parse(case.told.item_id).vault_id
    places = [(own, "this vault"), *((vault, f"the vault {ids.name(vault)}") for vault in others)]
    return tuple([cap for place in places for cap in await _caps_in(engine, case, write, now, *place)])


async def _caps_in(
    engine: Engine, case: Case, write: str, now: datetime, vault_id: str, called: str
) -> tuple[Cap, Cap]:
    limits, vault = engine.policy.limits, ids.key(vault_id)
    items = await engine.reads.items_of_vault(vault, now)
    machines = max(1, items * limits.machines_per_vault_and_hour_percent // 100)
    changes = limits.changes_per_vault_and_hour
    share = f"{machines} machines of {items} in {called} were changed within the hour: the policy allows no more"
    count = f"{changes} changes were made in {called} within the hour: the policy allows no more"
    return (
        Cap(f"machines {vault}", machines, case.told.item_key, share),
        Cap(f"changes {vault}", changes, write, count),
    )


async def again_in(engine: Engine, case: Case, cap: Cap, now: datetime) -> float:
    """In how many seconds it is worth to ask for the cap again; those who wait do not all come back at once."""
    free = await engine.slots.free_at(cap.pool, cap.size, now)
    return max(1.0, (free - now).total_seconds()) + SPREAD_S * int(case.id[:8], 16) / 0xFFFFFFFF
