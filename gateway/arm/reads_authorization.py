"""What stands in the way of a change: locks, roles, deny assignments."""

from datetime import datetime

from gateway.arm import ids, parse, parse_rights, raw
from gateway.arm.errors import NotFound, translated
from gateway.arm.model import Lock
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint
from gateway.arm.rights import DenyAssignment, Permissions

_PROVIDER = "providers/Microsoft.Authorization"


class AuthorizationReads(Endpoint):
    """Reads of Microsoft.Authorization."""

    @needs("Microsoft.Authorization/locks/read")
    async def locks(self, subscription: str, now: datetime) -> tuple[Lock, ...]:
        """Every management lock of the subscription and below it: one list, shared (azure-facts, C, Locks)."""

        async def fetch() -> tuple[Lock, ...]:
            with translated("list the management locks"):
                pages = self._clients.locks(subscription).management_locks.list_at_subscription_level()
                return tuple([parse.lock(found) async for found in pages])

        return await self._shared.get("locks", ids.key(subscription), now, fetch)

    @needs("Microsoft.Authorization/locks/read")
    async def locks_reaching(self, scope: str, now: datetime) -> tuple[Lock, ...]:
        """The locks that bind the scope: on it, above it or below it."""
        locks = await self.locks(ids.subscription(scope), now)
        return tuple(lock for lock in locks if ids.within(lock.scope, scope) or ids.within(scope, lock.scope))

    @needs("Microsoft.Authorization/locks/read")
    async def lock(self, lock: Lock) -> Lock | None:
        """The lock as it is now, None where there is none of that name at that scope."""
        try:
            with translated(f"read the lock {lock.name}"):
                found = await self._clients.locks(ids.subscription(lock.id)).management_locks.get_by_scope(
                    lock.scope.lstrip("/"), lock.name
                )
        except NotFound:
            return None
        return parse.lock(found)

    @needs("Microsoft.Authorization/permissions/read")
    async def permissions(self, scope: str) -> Permissions:
        """What our own identity may do at the scope."""
        client = self._clients.resources(ids.subscription(scope))
        with translated(f"read our permissions at {scope}"):
            pages = raw.pages(client, f"{scope}/{_PROVIDER}/permissions", raw.AUTHORIZATION_API)
            return Permissions(tuple([parse_rights.block(found) async for found in pages]))

    @needs("Microsoft.Authorization/denyAssignments/read")
    async def deny_assignments(self, scope: str) -> tuple[DenyAssignment, ...]:
        """The deny assignments that hold at the scope: set there, or handed down from above."""
        client = self._clients.resources(ids.subscription(scope))
        with translated(f"list the deny assignments of {scope}"):
            path = f"{scope}/{_PROVIDER}/denyAssignments"
            pages = raw.pages(client, path, raw.AUTHORIZATION_API, filter="atScope()")
            listed = [parse_rights.deny_assignment(found) async for found in pages]
        return tuple(one for one in listed if one.reaches(scope))
