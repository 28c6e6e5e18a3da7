"""Places in a bounded pool: a row each, inserted if absent, so that of any number who ask at once no more than fit get one."""

from contextlib import suppress

from gateway.store.rows import Conflict, Exists, Row, Rows

TABLE = "slots"
ALL = 1_000_000


class Slots:
    """Every pool of the store. A holder has at most one place in a pool and keeps it until it is freed."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def take(self, pool: str, size: int, holder: str) -> bool:
        """Whether the holder has a place among `size`; one that it has already counts."""
        taken = await self._rows.scan(TABLE, pool, limit=ALL)
        if any(row.value["holder"] == holder for row in taken):
            return True
        used = {row.key for row in taken}
        for number in range(size):
            key = f"{number:06}"
            if key in used:
                continue
            with suppress(Exists):
                await self._rows.insert(TABLE, pool, key, {"holder": holder})
                return True
        return False

    async def free(self, pool: str, holder: str) -> None:
        """Give the holder's place to others; no place of it is no error."""
        for row in await self._rows.scan(TABLE, pool, limit=ALL):
            if row.value["holder"] == holder:
                await self._drop(row)

    async def sweep_up(self, pools_before: str, prefix: str) -> None:
        """Remove the places of pools `prefix...` that sort before `pools_before`: hours that are long over."""
        for row in await self._rows.scan(TABLE, limit=ALL):
            if row.partition.startswith(prefix) and row.partition < pools_before:
                await self._drop(row)

    async def _drop(self, row: Row) -> None:
        with suppress(Conflict):
            await self._rows.delete(TABLE, row)
