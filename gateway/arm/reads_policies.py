"""Which Azure policies forbid deletion at a scope."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.arm import deny_delete, ids, raw
from gateway.arm.deny_delete import DenyDeletePolicy
from gateway.arm.errors import Forbidden, NotFound, Refused, translated
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint

Json = Mapping[str, Any]

DEFINITIONS_MAX_AGE = timedelta(hours=1)
"""How old a policy definition may be; an initiative may hold hundreds."""
AT_ONCE = 8
"""Definitions read at the same time."""


class PolicyReads(Endpoint):
    """Reads of Azure Policy."""

    @needs(
        "Microsoft.Authorization/policyAssignments/read",
        "Microsoft.Authorization/policyDefinitions/read",
        "Microsoft.Authorization/policySetDefinitions/read",
    )
    async def deny_delete_policies(self, scope: str, now: datetime) -> tuple[DenyDeletePolicy, ...]:
        """The enforced policies that forbid, or may forbid, a deletion at the scope; exemptions are not read."""
        client = self._clients.resources(ids.subscription(scope))
        with translated(f"list the policy assignments of {scope}"):
            path = f"{scope}/providers/Microsoft.Authorization/policyAssignments"
            pages = raw.pages(client, path, raw.ASSIGNMENTS_API, filter="atScope()")
            listed = [one async for one in pages if deny_delete.assigned(one, scope)]
        found = [policy for one in listed for policy in await self._forbidding(one, scope, now)]
        return tuple(found)

    async def _forbidding(self, assignment: Json, scope: str, now: datetime) -> list[DenyDeletePolicy]:
        """What of one assignment may forbid deletion: a policy, or policies of an initiative."""
        p = assignment.get("properties") or {}
        told = p.get("parameters") or {}
        try:
            definition = await self._definition(p["policyDefinitionId"], scope, now)
            inner = definition.get("properties") or {}
            values = deny_delete.parameters_of(told, inner.get("parameters") or {})
            if "policyDefinitions" not in inner:
                return _policy(assignment, definition, values)
            return await self._of_initiative(assignment, inner["policyDefinitions"], values, scope, now)
        except (Forbidden, NotFound, Refused) as e:
            return [_untold(assignment, p["policyDefinitionId"], f"its definition could not be read: {e}")]

    async def _of_initiative(
        self, assignment: Json, members: list[Json], outer: Json, scope: str, now: datetime
    ) -> list[DenyDeletePolicy]:
        few = asyncio.Semaphore(AT_ONCE)

        async def read(member: Json) -> Json:
            async with few:
                return await self._definition(member["policyDefinitionId"], scope, now)

        found: list[DenyDeletePolicy] = []
        for member, definition in zip(members, await asyncio.gather(*map(read, members)), strict=True):
            defined = (definition.get("properties") or {}).get("parameters") or {}
            values = deny_delete.parameters_of(member.get("parameters") or {}, defined, outer)
            found += _policy(assignment, definition, values)
        return found

    async def _definition(self, definition_id: str, scope: str, now: datetime) -> Json:
        async def fetch() -> Json:
            client = self._clients.resources(ids.subscription(scope))
            with translated(f"read the policy definition {ids.name(definition_id)}"):
                return await raw.get(client, definition_id, raw.DEFINITIONS_API)

        return await self._shared.get("policy definition", ids.key(definition_id), now, fetch, DEFINITIONS_MAX_AGE)


def _policy(assignment: Json, definition: Json, values: Json) -> list[DenyDeletePolicy]:
    """The policy as it is assigned, where it may forbid deletion."""
    p = assignment.get("properties") or {}
    forbids, condition = deny_delete.condition_of(definition, values, p.get("overrides") or ())
    if not forbids:
        return []
    if condition is None or p.get("resourceSelectors"):
        return [_untold(assignment, definition["id"], "its effect or its reach depends on more than the type")]
    return [_named(assignment, definition["id"], condition)]


def _untold(assignment: Json, definition_id: str, why: str) -> DenyDeletePolicy:
    return _named(assignment, definition_id, None, why)


def _named(assignment: Json, definition_id: str, condition: Json | None, why: str = "") -> DenyDeletePolicy:
    p = assignment.get("properties") or {}
    scope = p.get("scope") or assignment["id"].partition("/providers/Microsoft.Authorization/")[0]
    name = p.get("displayName") or assignment["name"]
    return DenyDeletePolicy(assignment["id"], name, scope, definition_id, condition, why)
