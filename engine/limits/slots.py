"""Places in a bounded pool: a row each, inserted if absent, so that of any number who ask at once no more than fit get one."""

from bisect import bisect_left
from contextlib import suppress
from datetime import datetime, timedelta

from gateway.store.rows import Conflict, Exists, Row, Rows

TABLE = "slots"
HOUR = timedelta(hours=1)
ALL = 1_000_000


class Slots:
    """Every pool of the store. A holder has at most one place in a pool: until it is freed, or for an hour."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def take(self, pool: str, size: int, holder: str, now: datetime | None = None) -> bool:
        """Whether the holder has a place among `size`; one that it has already counts.

        With `now` the place is its own for an hour from then on, else until it is freed.
        """
        rows = await self._rows.scan(TABLE, pool, limit=ALL)
        taken = [row for row in rows if not _over(row, now)]
        value = {"holder": holder, "until": (now + HOUR).isoformat() if now else ""}
        if mine := next((row for row in taken if row.value["holder"] == holder), None):
            return not now or await self._put(pool, mine.key, mine, value)
        used, there = {row.key for row in taken}, {row.key: row for row in rows}
        for key in map(_key, range(_usable(size, sorted(used)))):
            if key not in used and await self._put(pool, key, there.get(key), value):
                return True
        return False

    async def room(self, pool: str, size: int, holder: str, now: datetime | None = None) -> bool:
        """Whether `take` would find a place now; takes none."""
        rows = await self._rows.scan(TABLE, pool, limit=ALL)
        holders = [row.value["holder"] for row in rows if not _over(row, now)]
        return holder in holders or len(holders) < size

    async def free_at(self, pool: str, size: int, now: datetime) -> datetime:
        """When a place among `size` that are taken by the hour gets free; `now` where one is."""
        rows = await self._rows.scan(TABLE, pool, limit=ALL)
        ends = sorted(row.value["until"] for row in rows if not _over(row, now))
        return datetime.fromisoformat(ends[len(ends) - size]) if len(ends) >= size else now

    async def free(self, pool: str, holder: str) -> None:
        """Give the holder's place to others; no place of it is no error."""
        for row in await self._rows.scan(TABLE, pool, limit=ALL):
            if row.value["holder"] == holder:
                await self._drop(row)

    async def kept(self) -> list[tuple[str, str]]:
        """Pool and holder of every place that is kept until it is freed."""
        rows = await self._rows.scan(TABLE, limit=ALL)
        return [(row.partition, row.value["holder"]) for row in rows if not row.value.get("until")]

    async def sweep_up(self, now: datetime) -> None:
        """Remove the places whose hour is over."""
        for row in await self._rows.scan(TABLE, limit=ALL):
            if _over(row, now):
                await self._drop(row)

    async def _put(self, pool: str, key: str, there: Row | None, value: dict[str, str]) -> bool:
        """Whether the place is the holder's now; False where somebody else was faster."""
        try:
            await (self._rows.replace(TABLE, there, value) if there else self._rows.insert(TABLE, pool, key, value))
        except (Conflict, Exists):
            return False
        return True

    async def _drop(self, row: Row) -> None:
        with suppress(Conflict):
            await self._rows.delete(TABLE, row)


def _key(number: int) -> str:
    return f"{number:06}"


def _over(row: Row, now: datetime | None) -> bool:
    until = str(row.value.get("until") or "")
    return bool(until) and now is not None and datetime.fromisoformat(until) <= now


def _usable(size: int, used: list[str]) -> int:
    """How many places from the first on may be given out: what is taken beyond them, from when the pool was larger, counts."""
    places = size
    while places > 0 and places + len(used) - bisect_left(used, _key(places)) > size:
        places -= 1
    return places
