"""Which Azure policies forbid deletion or creation at a scope."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.arm import deny_creation, deny_delete, ids, raw
from gateway.arm.deny_creation import DenyCreationPolicy
from gateway.arm.deny_delete import DenyDeletePolicy
from gateway.arm.errors import Forbidden, NotFound, Refused, translated
from gateway.arm.needs import needs
from gateway.arm.policy_rules import assigned, parameters_of
from gateway.arm.reads_base import Endpoint

Json = Mapping[str, Any]
type Told[P] = Callable[[Json, Json, Json], list[P]]
"""From an assignment, a definition and its parameters' values: the policy, where it may forbid what is asked about."""
type Untold[P] = Callable[[Json, str, str], P]
"""From an assignment, a definition's id and the reason: a policy of which nothing can be told."""

ACTIONS = (
    "Microsoft.Authorization/policyAssignments/read",
    "Microsoft.Authorization/policyDefinitions/read",
    "Microsoft.Authorization/policySetDefinitions/read",
)
DEFINITIONS_MAX_AGE = timedelta(hours=1)
"""How old a policy definition may be; an initiative may hold hundreds."""
AT_ONCE = 8
"""Definitions read at the same time."""


class PolicyReads(Endpoint):
    """Reads of Azure Policy; exemptions are not read."""

    @needs(*ACTIONS)
    async def deny_delete_policies(self, scope: str, now: datetime) -> tuple[DenyDeletePolicy, ...]:
        """The enforced policies that forbid, or may forbid, a deletion at the scope."""
        return await self._enforced(scope, now, deny_delete.policies, deny_delete.untold)

    @needs(*ACTIONS)
    async def deny_creation_policies(self, scope: str, now: datetime) -> tuple[DenyCreationPolicy, ...]:
        """The enforced policies that forbid, or may forbid, creating or writing something at the scope."""
        return await self._enforced(scope, now, deny_creation.policies, deny_creation.untold)

    async def _enforced[P](self, scope: str, now: datetime, told: Told[P], untold: Untold[P]) -> tuple[P, ...]:
        client = self._clients.resources(ids.subscription(scope))
        with translated(f"list the policy assignments of {scope}"):
            path = f"{scope}/providers/Microsoft.Authorization/policyAssignments"
            pages = raw.pages(client, path, raw.ASSIGNMENTS_API, filter="atScope()")
            listed = [one async for one in pages if assigned(one, scope)]
        found: list[P] = []
        for one in listed:
            found += await self._of_assignment(one, scope, now, told, untold)
        return tuple(found)

    async def _of_assignment[P](
        self, assignment: Json, scope: str, now: datetime, told: Told[P], untold: Untold[P]
    ) -> list[P]:
        """What of one assignment may forbid it: a policy, or policies of an initiative."""
        p = assignment.get("properties") or {}
        try:
            definition = await self._definition(p["policyDefinitionId"], scope, now)
            inner = definition.get("properties") or {}
            values = parameters_of(p.get("parameters") or {}, inner.get("parameters") or {})
            if "policyDefinitions" not in inner:
                return told(assignment, definition, values)
            members = await self._members(inner["policyDefinitions"], values, scope, now)
            return [policy for one, passed in members for policy in told(assignment, one, passed)]
        except (Forbidden, NotFound, Refused) as e:
            return [untold(assignment, p["policyDefinitionId"], f"its definition could not be read: {e}")]

    async def _members(
        self, members: list[Json], outer: Json, scope: str, now: datetime
    ) -> list[tuple[Json, dict[str, Any]]]:
        """The definitions of an initiative, each with its parameters' values."""
        few = asyncio.Semaphore(AT_ONCE)

        async def read(member: Json) -> tuple[Json, dict[str, Any]]:
            async with few:
                definition = await self._definition(member["policyDefinitionId"], scope, now)
            defined = (definition.get("properties") or {}).get("parameters") or {}
            return definition, parameters_of(member.get("parameters") or {}, defined, outer)

        return list(await asyncio.gather(*map(read, members)))

    async def _definition(self, definition_id: str, scope: str, now: datetime) -> Json:
        async def fetch() -> Json:
            client = self._clients.resources(ids.subscription(scope))
            with translated(f"read the policy definition {ids.name(definition_id)}"):
                return await raw.get(client, definition_id, raw.DEFINITIONS_API)

        return await self._shared.get("policy definition", ids.key(definition_id), now, fetch, DEFINITIONS_MAX_AGE)
