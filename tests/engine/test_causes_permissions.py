"""Every ARM action that the product uses is declared by the read, write, cause or fix that uses it."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES
from gateway.arm.errors import AzureError
from gateway.arm.needs import actions_of
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from remediations.contract import REMEDIATIONS
from remediations.facts import Facts, Unknown
from remediations.facts.guest_report import END
from sandbox.arm.routes import find
from tests.engine.driver import Driver, driving

WORLDS = sorted(path.stem for path in (Path(__file__).parents[2] / "sandbox" / "worlds").glob("*.toml"))
EXAMINED = (
    "full_collection",
    "locked_group",
    "inherited_lock",
    "deny_assignment",
    "deny_delete_policy",
    "transient_failure",
    "appliance_route",
    "creation_denied",
    "agent_cut_off",
    "agent_dead",
    "machine_deleted",
    "key_vault_access_policy",
    "key_vault_rbac",
    "encrypted_disk_too_large",
    "protection_stopped",
    "soft_deleted",
    "dhcp_off",
    "backup_in_old_vault",
    "backup_stuck",
    "extension_stuck",
    "machine_locked",
    "backup_transfer_endless",
)
NEVER_ASKED_BY_A_WORLD = {
    "microsoft.authorization/policysetdefinitions/read",  # no world holds an initiative
    "microsoft.compute/restorepointcollections/restorepoints/read",  # Azure's expanded read; the sandbox asks one action
}


def asked(requests: list[dict[str, Any]]) -> set[str]:
    """The actions of requests by the sandbox's own routes, in one case."""
    found = [find(r["method"], r["path"]) for r in requests]
    return {action.casefold() for route in found if route for action in route[0].actions}


def declared_by_all() -> set[str]:
    of_calls = [*actions_of(Reads).values(), *actions_of(Starts).values()]
    of_causes = [cause.permissions for cause in CAUSES.values()]
    of_fixes = [fix.permissions for fix in REMEDIATIONS.values()]
    return {action.casefold() for actions in (*of_calls, *of_causes, *of_fixes) for action in actions}


@pytest.mark.parametrize("world", WORLDS)
async def test_what_a_world_is_asked_for_is_declared(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        for _ in range(120):
            if driver.runs.due:
                await driver.turn()
        used = asked(driver.box.requests())
        assert used and used <= declared_by_all(), used - declared_by_all()


async def examined(driver: Driver, cause: str) -> set[str]:
    """The actions that one cause alone asks for, with nothing known before."""
    reads = Reads(driver.engine.clients)
    document = {"probe": 1, "os": "Windows", "end": END, "dhcp": {"on": False}}
    probed = {"at": driver.box.now.isoformat(), "document": document}
    item, leases_out = driver.world["cases"][0]["item"], driver.engine.leases.out_of
    facts = Facts(reads, item, driver.box.now, leases_out, probed=probed)
    before = len(driver.box.requests())
    with suppress(AzureError, Unknown):
        await CAUSES[cause].examine(facts)
    return asked(driver.box.requests()[before:])


async def test_a_cause_asks_for_what_it_declares_and_declares_nothing_spare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: dict[str, set[str]] = {name: set() for name in CAUSES}
    for world in EXAMINED:
        (folder := tmp_path / world).mkdir()
        async with driving(world, folder, monkeypatch) as driver:
            for name in CAUSES:
                used[name] |= await examined(driver, name)
    for name, cause in CAUSES.items():
        declared = {action.casefold() for action in cause.permissions}
        assert used[name] <= declared, (name, used[name] - declared)
        assert declared - used[name] <= NEVER_ASKED_BY_A_WORLD, (name, declared - used[name])
