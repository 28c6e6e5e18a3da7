"""Locks that were lifted and must be returned: stored whole before they go, written back as they were.

A lease is one row, in the partition of its group, keyed by the lock's id: `out` while any case holds it, `returning` once none does, then
`returned`; or `left off` where the policy of every holder says that the lock is not to come back.
Cases of one restore point group share its leases. Only this module writes locks back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.journal import Journal
from engine.lock_commands import return_command as return_command
from gateway.arm import ids
from gateway.arm.errors import AzureError, NotFound, Unavailable
from gateway.arm.model import Lock
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from gateway.store.rows import Conflict, Exists, Row, Rows

TABLE = "leases"
SCOPE_GONE = ("ResourceGroupNotFound", "ResourceNotFound", "ParentResourceNotFound")
"""What a 404 must say for the lock to have no place left; a subscription that is out of reach is not gone."""
OVER = ("returned", "left off")
ALL = 1_000_000
"""More rows than there can be: one for each lock that was ever lifted."""
LIFTERS_KEPT = 50
"""Earlier holders that a lease remembers, to tell when its lock was last lifted."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What is out: the lock, whole; who holds it; when it must be back. Times in ISO 8601 UTC."""

    lock: Lock
    group: str
    holders: tuple[str, ...]
    state: str
    deadline: str
    taken: str
    row: Row
    leave_off: str = ""

    def over(self, now: datetime) -> bool:
        """Whether its deadline has come. Joining cases never move it."""
        return now >= datetime.fromisoformat(self.deadline)

    @property
    def command(self) -> str:
        return return_command(self.lock, self.group)


def _alike(there: Lock, lock: Lock) -> bool:
    """Whether the lock that is there says what ours said; how its id is written differs between list and read."""
    same = (there.level.casefold(), there.notes or "", set(there.owners))
    return same == (lock.level.casefold(), lock.notes or "", set(lock.owners))


class Leases:
    """Every lease of the store."""

    def __init__(self, rows: Rows, reads: Reads, starts: Starts, hours: float) -> None:
        """`hours`: how long a lock may stay lifted."""
        self._rows, self._reads, self._starts, self._hours = rows, reads, starts, hours

    async def all(self) -> list[Lease]:
        """The leases that are out or on their way back."""
        return _open(await self._rows.scan(TABLE, limit=ALL))

    async def of_group(self, group_id: str) -> list[Lease]:
        """The leases of one group that are out or on their way back."""
        return _open(await self._rows.scan(TABLE, ids.key(group_id)))

    async def out_of(self, group_id: str) -> list[Lock]:
        """The locks that the group is owed."""
        return [lease.lock for lease in await self.of_group(group_id)]

    async def held_by(self, case_id: str) -> list[Lease]:
        """The leases that the case holds."""
        return [lease for lease in await self.all() if case_id in lease.holders]

    async def last_lift(self, group_id: str, case_id: str) -> datetime | None:
        """When a lock of the group was last lifted by an earlier case; None where none is on record."""
        rows = await self._rows.scan(TABLE, ids.key(group_id), limit=ALL)
        lifts = [await self._lifted(row.value, but=case_id) for row in rows if row.value["state"] in OVER]
        return max((at for at in lifts if at), default=None)

    async def _lifted(self, value: dict[str, Any], but: str = "") -> datetime | None:
        """When a holder last asked for the lock's deletion; a lease that was only stored lifted nothing."""
        lock_id = str(value["lock"]["id"])
        cases = [case for case in (*value.get("earlier", ()), *value.get("by", ())) if case != but]
        asked = [await Journal(self._rows, case).attempt("lock.delete", lock_id) for case in dict.fromkeys(cases)]
        return max((one.begun for one in asked if one), default=None)

    async def take(self, case_id: str, lock: Lock, group_id: str, now: datetime, leave_off: str = "") -> bool:
        """Make the case a holder of the lock's lease, durably; False while the lock is being returned.

        `leave_off` names the policy's rule by which this case's locks stay off. A lock that its only holder was kept from lifting
        so far has its whole time before it still.
        """
        partition, key = ids.key(group_id), ids.key(lock.id)
        deadline = (now + timedelta(hours=self._hours)).isoformat()
        value = {
            "lock": lock.to_json(),
            "group": group_id,
            "holders": [case_id],
            "by": [case_id],
            "state": "out",
            "deadline": deadline,
            "taken": now.isoformat(),
            "leave_off": leave_off,
        }
        try:
            await self._rows.insert(TABLE, partition, key, value)
            return True
        except Exists:
            row = await self._rows.get(TABLE, partition, key)
        if row is None:
            return False
        if row.value["state"] in OVER:
            earlier = [*row.value.get("earlier", ()), *row.value.get("by", ())][-LIFTERS_KEPT:]
            return await self._replace(row, {**value, "earlier": earlier})
        if row.value["state"] == "out" and row.value["holders"] == [case_id] and not await self._lifted(row.value):
            return await self._replace(row, {**row.value, "deadline": deadline, "taken": now.isoformat()})
        return await self._hold(row, case_id, leave_off)

    async def join(self, case_id: str, group_id: str, leave_off: str = "") -> list[Lock] | None:
        """Make the case a holder of every lease that is out for the group; None while one of them is being returned."""
        theirs = await self.of_group(group_id)
        held = [lease.lock for lease in theirs if await self._hold(lease.row, case_id, leave_off)]
        return held if len(held) == len(theirs) else None

    async def release(self, case_id: str, now: datetime) -> list[str]:
        """Let go of what the case holds, and return what nobody holds any more. The names of what it still holds."""
        held = await self.held_by(case_id)
        trouble: AzureError | None = None
        for lease in held:
            others = [holder for holder in lease.holders if holder != case_id]
            if others:
                await self._replace(lease.row, {**lease.row.value, "holders": others})
                continue
            try:
                await self.give_back(lease, case_id, now)
            except AzureError as e:
                trouble = trouble or e  # the other locks go back first
        if trouble:
            raise trouble
        return [lease.lock.name for lease in await self.held_by(case_id)]

    async def give_back(self, lease: Lease, case_id: str, now: datetime) -> bool:
        """Write the lock back and see that it is there, identical; whether the lease is over now.

        Where the policy of every holder said so, the lock stays off, and the lease is over all the same.
        """
        if lease.leave_off and await self._lifted(lease.row.value):
            left = {**lease.row.value, "holders": [], "state": "left off", "returned": now.isoformat()}
            return await self._replace(lease.row, left)
        value = {**lease.row.value, "state": "returning"}
        row = lease.row if lease.state == "returning" else await self._replaced(lease.row, value)
        if row is None:
            return False
        note = await self._put_back(lease, Journal(self._rows, case_id), now)
        if note is None:
            return False
        return await self._replace(
            row, {**value, "holders": [], "state": "returned", "returned": now.isoformat(), "note": note}
        )

    async def _put_back(self, lease: Lease, journal: Journal, now: datetime) -> str | None:
        """How it was returned; None where the lock is not seen yet. A lock whose scope was deleted has no place left."""
        lock = lease.lock
        there, asked = await self._reads.lock(lock), await journal.attempt("lock.write", lock.id)
        written = asked is not None and asked.begun >= datetime.fromisoformat(lease.taken)
        # what looks like ours before we wrote it may be an answer from before it went: the same again is harmless
        if there is None or (not written and _alike(there, lock)):
            try:
                await self._write(lock, journal, now)
            except NotFound as e:
                if e.code not in SCOPE_GONE:
                    raise
                return f"its scope {lock.scope} was deleted meanwhile"
            there = await self._reads.lock(lock)
        if there is None:
            return None
        return "" if _alike(there, lock) else "a lock of that name was there already, and was left as it is"

    async def _write(self, lock: Lock, journal: Journal, now: datetime) -> None:
        key = await journal.intend("lock.write", lock.id, now, lock.to_json())
        try:
            started = await self._starts.write_lock(lock)
        except AzureError as e:
            state = "unknown" if isinstance(e, Unavailable) else "refused"
            await journal.result(key, state, now, error=str(e), correlation=e.correlation)
            raise
        self._reads.changed("locks", ids.subscription(lock.id))
        await journal.result(key, "done", now, correlation=started.correlation)

    async def _hold(self, row: Row, case_id: str, leave_off: str) -> bool:
        """Join a lease that is out. It stays off in the end only where every holder's policy says so."""
        value = row.value
        if value["state"] != "out":
            return False
        if case_id in value["holders"]:
            return True
        joined = {
            "holders": [*value["holders"], case_id],
            "by": [*value.get("by", value["holders"]), case_id],
            "leave_off": leave_off and value.get("leave_off", ""),
        }
        return await self._replace(row, {**value, **joined})

    async def _replace(self, row: Row, value: dict[str, Any]) -> bool:
        return await self._replaced(row, value) is not None

    async def _replaced(self, row: Row, value: dict[str, Any]) -> Row | None:
        try:
            return await self._rows.replace(TABLE, row, value)
        except Conflict:
            return None


@dataclass(frozen=True, slots=True)
class CaseLeases:
    """The leases as one case's fixes see them."""

    leases: Leases
    case_id: str
    now: datetime
    leave_off: str = ""

    async def take(self, lock: Lock, group_id: str) -> bool:
        return await self.leases.take(self.case_id, lock, group_id, self.now, self.leave_off)

    async def join(self, group_id: str) -> list[Lock] | None:
        return await self.leases.join(self.case_id, group_id, self.leave_off)

    async def last_lift(self, group_id: str) -> datetime | None:
        return await self.leases.last_lift(group_id, self.case_id)


def _open(rows: list[Row]) -> list[Lease]:
    return [lease for row in rows if (lease := _lease(row)).state not in OVER]


def _lease(row: Row) -> Lease:
    v = row.value
    lock, holders = Lock.from_json(v["lock"]), tuple(v["holders"])
    return Lease(lock, v["group"], holders, v["state"], v["deadline"], v["taken"], row, v.get("leave_off", ""))
