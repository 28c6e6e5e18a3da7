"""The ways in which the engine asks Azure for something, each run under a role; what an owner would read of it afterwards.

`SHOWN_BY` names for each action one scene whose telling names the action when the role lacks it. Where a refusal is swallowed
(Resource Graph leaves rows out, the share of a region falls back to a count) the preflight tells of it.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case, Failure
from engine.locate import located
from engine.policy import Policy
from engine.rights.preflight import Look
from engine.rights.roles import roles
from engine.sweep import sweep
from gateway.arm.errors import AzureError
from sandbox.roles import Role
from tests.engine.driver import Driver, driving, ended

TURNS = 3000


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a scene. `lines`: everything that an owner may read; `asked`: the actions that were needed, casefolded."""

    passed: bool
    lines: tuple[str, ...]
    asked: frozenset[str]
    left: str = ""

    def naming(self, action: str) -> str:
        """The line that says clearly that this action is missing, "" where none does."""
        clear = ("does not have authorization", "Grant", "(role ")
        named = (line for line in self.lines if action.casefold() in line.casefold())
        return next((line for line in named if any(word in line for word in clear)), "")


def all_roles() -> tuple[str, ...]:
    """Every action of the four roles of a deployment in which each tier may act."""
    return tuple(action for role in roles(Policy()) for action in role.actions)


Scene = Callable[[Driver], Awaitable[tuple[bool, list[str]]]]


async def by_itself(driver: Driver) -> tuple[bool, list[str]]:
    """The world's failures are told, and its cases run to their ends."""
    await driver.announce_all()
    cases = await driver.run(TURNS)
    return ended(cases) == driver.declared(), [line for case in cases for line in _story(case)]


def _story(case: Case) -> list[str]:
    notes = [f"{note['event']}: {note['text']}" for note in case.timeline]
    verdicts = [verdict["reason"] for verdict in case.diagnosis.get("verdicts", ())]
    return [*(str(said) for said in case.ending.values()), *verdicts, *notes]


async def told_by_an_alert(driver: Driver) -> tuple[bool, list[str]]:
    """Azure Monitor's alert told of it, so the alert is closed after the proof."""
    await driver.box.advance(timedelta(minutes=2))
    alert = next(iter(driver.box.model.alerts))
    await driver.announce(alert=alert.id)
    cases = await driver.run(TURNS)
    closed = any(change["kind"] == "alert.close" for change in driver.box.changes())
    return closed and ended(cases) == driver.declared(), [line for case in cases for line in _story(case)]


async def swept(driver: Driver) -> tuple[bool, list[str]]:
    """The nightly look at everything; what it raises the queue records and tries again."""
    await driver.box.advance(timedelta(minutes=5))
    try:
        found = await sweep(driver.engine, driver.box.now)
    except AzureError as e:
        return False, [str(e)]
    return len(found) == len(driver.world["cases"]), []


async def told_of_a_machine(driver: Driver) -> tuple[bool, list[str]]:
    """A manual call that names the machine only; a refusal becomes the recorded reason why nothing was opened."""
    machine = next(iter(driver.box.model.machines)).id
    try:
        found = await located(driver.engine, Failure("", driver.box.now.isoformat(), "manual", machine_id=machine))
    except AzureError as e:
        return False, [str(e)]
    return found.item_id.casefold() == driver.world["cases"][0]["item"].casefold(), []


async def preflight(driver: Driver) -> tuple[bool, list[str]]:
    """What the deployment's own check prints."""
    await driver.box.advance(timedelta(minutes=5))
    look = Look(driver.engine, roles(driver.engine.policy), driver.box.now)
    rows = [row async for row in look.rows()]
    return not any(row.bad for row in rows), [line for row in rows for line in row.lines()]


async def counted_in_its_region(driver: Driver) -> tuple[bool, list[str]]:
    """The share of a region that fails: what Resource Graph leaves out is missed by nobody but the preflight."""
    _, lines = await preflight(driver)
    machine = next(iter(driver.box.model.machines))
    subscription = driver.world["subscription"]
    try:
        count = await driver.engine.reads.items_in_region((subscription,), machine.location, driver.box.now)
    except AzureError as e:
        return False, [str(e)]
    return count == len(driver.world["cases"]), lines


async def told_who_stopped_it(driver: Driver) -> tuple[bool, list[str]]:
    """Protection that was stopped: the guide names who changed it, and what each policy would expire."""
    passed, lines = await by_itself(driver)
    told = any("ada@contoso.com" in line and "(keeps 7 days): up to" in line for line in lines)
    return passed and told, lines


LATE: Mapping[str, Any] = {
    "faults": [
        {"kind": "503", "method": "GET", "path_contains": "/operationsStatus/"},
        {"kind": "stale", "method": "GET", "path_contains": "/backupJobs", "times": 99},
    ]
}
"""The signed address is lost with the turn, and the list shows no new job: the vault is asked by the operation's id."""
INITIATIVE: dict[str, Any] = {
    "name": "initiative",
    "title": "A deny-delete policy that is assigned as a member of an initiative",
    "machine": [
        {
            "name": "web-01",
            "restore_points": 18,
            "restore_group": "AzureBackupRG_westeurope_1",
            "failure": {"code": "UserErrorRpCollectionLimitReached"},
            "expect": {"cause": "clean_up_denied", "outcome": "needs a person"},
        }
    ],
    "deny_delete_policy": [
        {
            "scope": "subscription",
            "name": "no-deletion-of-recovery-data",
            "initiative": "data-protection",
            "types": [
                "Microsoft.Compute/restorePointCollections",
                "Microsoft.Compute/restorePointCollections/restorePoints",
            ],
        }
    ],
}
SCENES: Mapping[str, tuple[Scene, str | dict[str, Any], Mapping[str, Any]]] = {
    "its job shows up late": (by_itself, "transient_failure", LATE),
    "told by an alert": (told_by_an_alert, "extension_failed", {}),
    "swept": (swept, "machine_deleted", {}),
    "told of a machine": (told_of_a_machine, "locked_group", {}),
    "preflight": (preflight, "locked_group", {}),
    "an initiative": (by_itself, INITIATIVE, {}),
    "told who stopped it": (told_who_stopped_it, "protection_stopped", {}),
    "counted in its region": (counted_in_its_region, "shared_group", {}),
}
"""Scenes that are no plain run of a world, whose name stands for itself."""
PI = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems"
SHOWN_BY: Mapping[str, str] = {
    "Microsoft.AlertsManagement/alerts/changestate/action": "told by an alert",
    "Microsoft.Authorization/denyAssignments/read": "deny_assignment",
    "Microsoft.Authorization/locks/delete": "locked_group",
    "Microsoft.Authorization/locks/read": "inherited_lock",
    "Microsoft.Authorization/locks/write": "locked_group",
    "Microsoft.Authorization/permissions/read": "locked_group",
    "Microsoft.Authorization/policyAssignments/read": "deny_delete_policy",
    "Microsoft.Authorization/policyDefinitions/read": "deny_delete_policy",
    "Microsoft.Authorization/policySetDefinitions/read": "an initiative",
    "Microsoft.Authorization/roleAssignments/read": "key_vault_rbac",
    "Microsoft.Authorization/roleDefinitions/read": "key_vault_rbac",
    "Microsoft.Compute/disks/read": "key_vault_rbac",
    "Microsoft.Compute/restorePointCollections/delete": "whole_collection",
    "Microsoft.Compute/restorePointCollections/read": "inherited_lock",
    "Microsoft.Compute/restorePointCollections/restorePoints/delete": "full_collection",
    "Microsoft.Compute/restorePointCollections/restorePoints/read": "inherited_lock",
    "Microsoft.Compute/virtualMachines/extensions/delete": "extension_failed",
    "Microsoft.Compute/virtualMachines/read": "other_extension",
    "Microsoft.Compute/virtualMachines/reapply/action": "reapply_heals",
    "Microsoft.Compute/virtualMachines/redeploy/action": "agent_redeploy",
    "Microsoft.Compute/virtualMachines/restart/action": "agent_restart",
    "Microsoft.Compute/virtualMachines/runCommands/delete": "agent_options",
    "Microsoft.Compute/virtualMachines/runCommands/read": "agent_options",
    "Microsoft.Compute/virtualMachines/runCommands/write": "agent_options",
    "Microsoft.Insights/eventtypes/values/read": "told who stopped it",
    "Microsoft.KeyVault/vaults/read": "key_vault_access_policy",
    "Microsoft.Network/networkInterfaces/read": "nsg_blocks_storage",
    "Microsoft.Network/networkSecurityGroups/read": "subnet_nsg_blocks",
    "Microsoft.Network/routeTables/read": "route_to_nowhere",
    "Microsoft.Network/virtualNetworks/subnets/read": "subnet_nsg_blocks",
    "Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action": "backup_stuck",
    "Microsoft.RecoveryServices/Vaults/backupJobs/read": "backup_running",
    "Microsoft.RecoveryServices/Vaults/backupOperations/read": "its job shows up late",
    "Microsoft.RecoveryServices/Vaults/backupPolicies/read": "inherited_lock",
    "Microsoft.RecoveryServices/Vaults/backupProtectedItems/read": "extension_failed",
    "Microsoft.RecoveryServices/Vaults/read": "counted in its region",
    "Microsoft.RecoveryServices/locations/backupStatus/action": "told of a machine",
    "Microsoft.ResourceGraph/resources/read": "swept",
    "Microsoft.Resources/subscriptions/resourceGroups/resources/read": "inherited_lock",
    f"{PI}/backup/action": "transient_failure",
    f"{PI}/operationsStatus/read": "transient_failure",
    f"{PI}/read": "soft_deleted",
    f"{PI}/recoveryPoints/read": "transient_failure",
}
"""Each action of the roles, and the scene or world that fails without it."""


def play(scene: str, without: str = "") -> Told:
    """Run a scene or a world under the four roles together, less one action, in a loop and a store of its own."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, pytest.MonkeyPatch.context() as patch:
        return asyncio.run(_play(scene, without, Path(folder), patch))


async def _play(scene: str, without: str, folder: Path, patch: pytest.MonkeyPatch) -> Told:
    run, world, options = SCENES.get(scene, (by_itself, scene, {}))
    role = Role(tuple(action for action in all_roles() if action != without))
    async with driving(world, folder, patch, role=role, **options) as driver:
        passed, lines = await run(driver)
        return Told(passed, tuple(lines), asked(driver), await _left(driver))


def asked(driver: Driver) -> frozenset[str]:
    """The actions of all requests; an expanded read asks for what it expands too."""
    found = {str(request["action"]).casefold() for request in driver.box.requests() if request["action"]}
    collections = "microsoft.compute/restorepointcollections"
    if f"{collections}/read" in found:
        found.add(f"{collections}/restorepoints/read")
    return frozenset(found)


async def _left(driver: Driver) -> str:
    """What was left behind that should not be."""
    said = [] if await driver.locks() == driver.locks_at_start else ["locks are not as they were"]
    said += ["a claim is left"] if await driver.engine.cases.open_claims() and not driver.runs.due else []
    said += ["a lease is out"] if await driver.engine.leases.all() else []
    return json.dumps(said) if said else ""
