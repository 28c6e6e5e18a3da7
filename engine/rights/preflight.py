"""Checks that a deployment has what its enabled modules need: `python -m engine.rights.preflight [--all]`.

Azure's management plane is only read. In the app's own store one row is written and removed; of a table store, a table
`preflight` without rows stays. A row is told of settings, policy and store, and of each scope: the subscriptions, the vaults,
restore point groups and machines' groups found in them. What Resource Graph leaves out for want of a right nobody else
would tell of; it is told here. Ends with 0 where all is right, 1 where something is missing, 2 where it cannot run.

Azure answers what the caller may do, so the rights told are those of whoever runs this: a deployed app is asked itself, by
`GET /api/preflight`. The command is for a machine that has the app's managed identity and settings.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engine.engine import Engine
from engine.rights.preflight_rights import Deployed, Missing, Place, missing, needs_at, of_action, taken
from engine.rights.preflight_rows import MISSING, NOTE, OK, UNKNOWN, WRONG, Row, of_refusal, of_rights, of_unseen
from engine.rights.preflight_scopes import Scope, machine_groups, restore_point_groups, vaults
from engine.rights.preflight_store import of_store
from engine.rights.roles import CUSTODIAN, RETURNS, NoRole, Role, returns_locks, roles
from engine.settings import Settings, hosting_problems, read_settings
from gateway.arm.errors import AzureError, Forbidden, NotFound

GROUPS_LOOKED_AT = 25
"""Scopes of each kind in a subscription that are looked at, two reads each; `--all` looks at every one."""
RETURNING = (Missing(RETURNS, CUSTODIAN),)
NOT_HELD = (
    "the role made from this policy does not hold it: first let `governance` go beyond `plan`, run `make role` and deploy, "
    "or return the lock by hand with the command of GET /api/leases"
)
ANY_IDENTITY = "<object id of the app's identity>"
DEPLOYED = """\
The settings are those of the environment, and a managed identity signs in (AZURE_CLIENT_ID names a user-assigned one). Azure
answers what the caller may do, so ask a deployed app itself:

  curl -H "Authorization: Bearer $TOKEN" https://<name>.azurewebsites.net/api/preflight   (with an Entra application)
  curl -H "x-functions-key: $KEY" https://<name>.azurewebsites.net/api/preflight          (without one)

docs/deploy.md says how to get token and key.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """One preflight: whose engine, which roles, when, and how many scopes of each kind in a subscription."""

    engine: Engine
    roles: tuple[Role, ...]
    now: datetime
    groups: int = GROUPS_LOOKED_AT

    @property
    def ours(self) -> Deployed:
        settings = self.engine.settings
        return Deployed(settings.identity or ANY_IDENTITY, settings.role_name_suffix)

    async def rows(self) -> AsyncIterator[Row]:
        """Everything that is looked at, as soon as it is known."""
        settings = self.engine.settings
        yield _problems("settings", settings.problems)
        yield _problems(f"policy {settings.policy_file}", self.engine.policy.problems)
        yield (store := await of_store(settings.store_url, self.engine.rows, self.now))
        if not settings.subscriptions:
            yield Row(WRONG, "SUBSCRIPTIONS", "names no subscription: nothing is swept, and no right can be looked at")
        for subscription in settings.subscriptions:
            async for row in self._subscription(subscription):
                yield row
        if store.state == OK:
            async for row in self._owed():
                yield row

    async def _owed(self) -> AsyncIterator[Row]:
        """Whatever the policy says by now: a lock that is lifted must be able to come back."""
        held = returns_locks(self.roles)
        for group in sorted({lease.group for lease in await self.engine.leases.all()}):
            row = await self._rights(Scope(group, Place.POINTS), RETURNING, f"lifted lock's group {group}")
            yield replace(row, more=(*row.more, NOT_HELD)) if row.state == MISSING and not held else row

    async def _subscription(self, subscription: str) -> AsyncIterator[Row]:
        whole = await self._rights(Scope(f"/subscriptions/{subscription}", Place.SUBSCRIPTION))
        yield whole
        if whole.state == UNKNOWN:
            return
        for place in (Place.VAULT, Place.POINTS, Place.MACHINES):
            async for row in self._found(place, subscription):
                yield row

    async def _found(self, place: Place, subscription: str) -> AsyncIterator[Row]:
        what = f"/subscriptions/{subscription}"
        try:
            found = await self._search(place, subscription)
        except Forbidden as e:
            lacking = of_action(e.action, self.roles)
            yield of_refusal(what, what, f"no {place} could be looked for: {e}", lacking, self.ours)
            return
        except AzureError as e:
            yield Row(UNKNOWN, what, f"no {place} could be looked for: {e}")
            return
        for scope in found[: self.groups]:
            yield await self._rights(scope)
        if not found:
            yield Row(NOTE, what, f"no {place} was found")
        elif len(found) > self.groups:
            more = f"{len(found) - self.groups} more {place}s were not looked at"
            yield Row(NOTE, what, f"{more}: `make preflight ARGS=--all` looks at each")

    async def _search(self, place: Place, subscription: str) -> list[Scope]:
        match place:
            case Place.VAULT:
                return await vaults(self.engine.reads, subscription)
            case Place.POINTS:
                return await restore_point_groups(self.engine.reads, subscription, self.now)
            case _:
                return await machine_groups(self.engine.reads, subscription)

    async def _rights(self, scope: Scope, needs: tuple[Missing, ...] = (), what: str = "") -> Row:
        """What the scope lacks, of what its kind of place needs where nothing else is said."""
        what, needs = what or f"{scope.place} {scope.id}", needs or needs_at(scope.place, self.roles)
        try:
            held = await self.engine.reads.permissions(scope.id)
            denies = await self.engine.reads.deny_assignments(scope.id)
        except NotFound as e:
            return of_unseen(what, scope, e, self.ours)
        except Forbidden as e:
            lacking = of_action(e.action, self.roles)
            return of_refusal(what, scope.id, f"cannot be looked at: {e}", lacking, self.ours)
        except AzureError as e:
            return Row(UNKNOWN, what, f"could not be read: {e}")
        return of_rights(what, scope.id, len(needs), missing(needs, held), taken(needs, denies), self.ours)


def _problems(what: str, problems: tuple[str, ...]) -> Row:
    return Row(WRONG, what, problems[0], problems[1:]) if problems else Row(OK, what, "no problems")


async def look(settings: Settings, now: datetime, groups: int = GROUPS_LOOKED_AT) -> int:
    """Look at everything and print it, a row at a time. Raises ValueError where the engine cannot be opened."""
    engine = Engine.open(settings)
    found: list[Row] = []
    try:
        async for row in Look(engine, roles(engine.policy), now, groups).rows():
            print("\n".join(row.lines()))
            found.append(row)
    finally:
        await engine.close()
    return _ending(found)


def _ending(found: list[Row]) -> int:
    """2 where no subscription could be looked at at all: whether something is missing is not known then."""
    looked = [row for row in found if row.what.startswith(f"{Place.SUBSCRIPTION} ")]
    bad = sum(row.bad for row in found)
    if looked and all(row.state == UNKNOWN for row in looked):
        print("preflight: cannot run: no subscription could be looked at")
        return 2
    print(f"preflight: {len(found)} rows, {bad} to mend" if bad else f"preflight: {len(found)} rows, all right")
    return 1 if bad else 0


def main(arguments: list[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run the preflight of the deployment that the settings describe, as the identity that the environment names."""
    asked = _arguments(arguments)
    logging.getLogger("azure").addHandler(logging.NullHandler())  # else Python prints what the SDKs warn of
    try:
        read = read_settings(environment)
        settings = replace(read, problems=(*read.problems, *hosting_problems(environment)))
        groups = sys.maxsize if asked.all else GROUPS_LOOKED_AT
        return asyncio.run(look(settings, datetime.now(UTC), groups))
    except (NoRole, ValueError, OSError) as e:
        print(f"preflight: cannot run: {e}")
        return 2


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m engine.rights.preflight",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Check a deployment: its settings, its store, and the rights of the identity that runs this.",
        epilog=DEPLOYED,
    )
    parser.add_argument(
        "--all", action="store_true", help="look at every vault, restore point group and machines' group"
    )
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
