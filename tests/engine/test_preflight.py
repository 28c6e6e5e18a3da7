"""The preflight says what a deployment lacks, where, and the command that gives it; it changes nothing in Azure."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.engine import Engine
from engine.policy import Policy
from engine.rights.preflight import ANY_IDENTITY, Look, main
from engine.rights.preflight_rights import Place, needs_at, taken
from engine.rights.preflight_rows import NOTE, Row
from engine.rights.roles import roles
from gateway.arm import ids
from gateway.arm.rights import EVERYONE, Block, DenyAssignment, Principal
from tests.engine.driver import Driver, driving

ROOT = Path(__file__).parents[2]
EVERY = [action for role in roles(Policy()) for action in role.actions]
BACKUP = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action"
GROUP = "group:AzureBackupRG_westeurope_1"


def role(*without: str) -> dict[str, Any]:
    return {"actions": [action for action in EVERY if action not in without]}


async def rows(driver: Driver, groups: int = 25, engine: Engine | None = None) -> dict[str, Row]:
    """The rows of a preflight, by what each is about without its subscription and groups."""
    await driver.box.advance(timedelta(minutes=5))  # Resource Graph lags behind
    look = Look(engine or driver.engine, roles(driver.engine.policy), driver.box.now, groups)
    return {row.what.split(" /")[0] + " " + row.what.rpartition("/")[2]: row async for row in look.rows()}


def named(found: dict[str, Row], kind: str) -> Row:
    [row] = [row for what, row in found.items() if what.startswith(kind)]
    return row


async def test_a_deployment_with_its_four_roles_is_all_right_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role()) as driver:
        found = await rows(driver)
        assert [row.what for row in found.values() if row.bad] == []
        for place in Place:
            assert named(found, place).state == "ok"
        assert driver.box.requests() and not any(request["write"] for request in driver.box.requests())
        assert driver.box.changes() == [] and await driver.engine.rows.scan("preflight") == []


@pytest.mark.parametrize(
    ("action", "place", "named_role"),
    [
        (BACKUP, Place.VAULT, "Backup Runbooks Vault Operator"),
        ("Microsoft.Authorization/locks/write", Place.POINTS, "Backup Runbooks Lock and Point Custodian"),
        ("Microsoft.Compute/virtualMachines/extensions/delete", Place.MACHINES, "Backup Runbooks Guest"),
        ("Microsoft.AlertsManagement/alerts/changestate/action", Place.SUBSCRIPTION, "Backup Runbooks Vault Operator"),
        (
            "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
            Place.SUBSCRIPTION,
            "Backup Runbooks Reader",
        ),
        ("Microsoft.Authorization/denyAssignments/read", Place.SUBSCRIPTION, "Backup Runbooks Reader"),
        ("Microsoft.Authorization/permissions/read", Place.SUBSCRIPTION, "Backup Runbooks Reader"),
        ("Microsoft.Authorization/permissions/read", Place.VAULT, "Backup Runbooks Reader"),
    ],
)
async def test_a_missing_action_is_named_with_its_role_and_the_command_that_gives_it(
    action: str, place: Place, named_role: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role(action)) as driver:
        row = named(await rows(driver), place)
        scope = row.what.removeprefix(f"{place} ")
        assert row.state == "missing"
        assert f"{action} (role {named_role})" in row.more
        command = f'az role assignment create --assignee "{ANY_IDENTITY}" --role "{named_role}" --scope "{scope}"'
        assert command in row.more


async def test_a_role_is_named_with_the_ending_that_the_deployment_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = "Microsoft.Authorization/locks/write"
    async with driving("locked_group", tmp_path, monkeypatch, role=role(lacking)) as driver:
        settings = replace(driver.engine.settings, role_name_suffix=" test")
        row = named(await rows(driver, engine=replace(driver.engine, settings=settings)), Place.POINTS)
        assert f"{lacking} (role Backup Runbooks Lock and Point Custodian test)" in row.more
        assert '--role "Backup Runbooks Lock and Point Custodian test" --scope' in row.more[-1]


async def test_each_scope_asks_only_for_what_is_done_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role("Microsoft.Authorization/locks/delete")) as box:
        found = await rows(box)
        assert [row.what.partition(" /")[0] for row in found.values() if row.bad] == [Place.POINTS]
    for asked in EVERY:
        assert any(asked == one.action for place in Place for one in needs_at(place, roles(Policy()))), asked


async def test_only_what_the_policy_enables_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = {"actions": [action for action in EVERY if action.endswith(("/read", "backupStatus/action"))]}
    async with driving("locked_group", tmp_path, monkeypatch, mode="observe", role=reading) as driver:
        assert not any(row.bad for row in (await rows(driver)).values())


async def test_a_deny_assignment_for_everyone_takes_the_right_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("deny_assignment", tmp_path, monkeypatch, role=role()) as driver:
        found = await rows(driver)
        row = named(found, Place.POINTS)
        assert row.state == "missing" and "denied" in row.text
        assert any(
            "Microsoft.Authorization/locks/delete is denied by the deny assignment Deny settings" in m for m in row.more
        )
        assert named(found, Place.MACHINES).state == "ok"


def test_a_deny_assignment_that_may_not_mean_us_is_told_and_does_not_fail_the_check() -> None:
    needs = needs_at(Place.POINTS, roles(Policy()))
    block = (Block(("*/delete",)),)
    others = DenyAssignment("/d", "stack", "/s", block, (Principal("someone", "User"),))
    exempting = DenyAssignment("/d", "stack", "/s", block, (Principal(EVERYONE, "System"),), (Principal("x", "User"),))
    everyone = DenyAssignment("/d", "stack", "/s", block, (Principal(EVERYONE, "System"),))
    assert {one.surely for one in taken(needs, [others, exempting])} == {False}
    assert {one.surely for one in taken(needs, [everyone])} == {True}


async def test_what_resource_graph_leaves_out_is_told_by_the_missing_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(
        "locked_group", tmp_path, monkeypatch, role=role("Microsoft.RecoveryServices/Vaults/read")
    ) as box:
        found = await rows(box)
        assert any(row.state == NOTE and row.text == "no vault was found" for row in found.values())
        assert any("Microsoft.RecoveryServices/Vaults/read" in line for line in named(found, Place.SUBSCRIPTION).more)


async def test_a_group_that_also_holds_other_things_is_no_restore_point_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {"name": "web-01", "restore_points": 3, "restore_group": "rg-mixed"}
    world = {"name": "mixed", "title": "t", "machine": [machine]}
    mixed = {**world, "resource": [{"group": "rg-mixed", "type": "Microsoft.Storage/storageAccounts", "name": "st1"}]}
    async with driving(mixed, tmp_path, monkeypatch, role=role()) as driver:
        assert any(row.text == "no restore point group was found" for row in (await rows(driver)).values())


async def test_of_many_machine_groups_some_are_looked_at_and_the_rest_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines = [{"name": f"vm-{n}", "group": f"rg-{n}"} for n in range(5)]
    async with driving({"name": "many", "title": "t", "machine": machines}, tmp_path, monkeypatch) as driver:
        found = await rows(driver, groups=3)
        assert len([what for what in found if what.startswith(Place.MACHINES)]) == 3
        assert any(row.text.startswith("2 more machine groups were not looked at") for row in found.values())


async def test_what_returns_a_lifted_lock_is_asked_for_though_the_policy_lifts_none_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = role("Microsoft.Authorization/locks/write")
    async with driving("locked_group", tmp_path, monkeypatch, mode="plan", role=lacks) as driver:
        assert [row.what for row in (await rows(driver)).values() if row.bad] == []
        (lock,) = await driver.engine.reads.locks(driver.world["subscription"], driver.box.now)
        group = ids.group_id(lock.scope)
        await driver.engine.leases.take("c" * 32, lock, group, driver.box.now)
        row = named(await rows(driver), "lifted lock's group")
        assert row.state == "missing" and row.what.endswith(group)
        assert "locks/write" in " ".join(row.more) and "Lock and Point Custodian" in " ".join(row.more)
        assert row.more[-1].startswith("the role made from this policy does not hold it: first let `governance`")


async def test_a_subscription_that_the_identity_does_not_see_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        strange = "11111111-1111-4111-8111-111111111111"
        code, said = await run(driver, tmp_path, SUBSCRIPTIONS=strange, ROLE_NAME_SUFFIX=" test")
        assert code == 1 and f"subscription /subscriptions/{strange}: is not seen by the identity" in said
        assert f'--role "Backup Runbooks Reader test" --scope "/subscriptions/{strange}"' in said


def settings_of(driver: Driver, folder: Path) -> dict[str, str]:
    return {
        "ARM_ENDPOINT": driver.box.url,
        "STORE_URL": f"sqlite://{folder}/other.db",
        "POLICY_FILE": str(folder / "policy.toml"),
        "SUBSCRIPTIONS": driver.world["subscription"],
        "SWEEP_SCHEDULE": "0 0 4 * * *",
        "AzureWebJobsStorage__accountName": "st1",
    }


async def run(driver: Driver, folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """The command in a process of its own, with the environment that an app would have; it says nothing on stderr."""
    return await ran({**os.environ, **settings_of(driver, folder), **settings}, *arguments)


async def ran(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "engine.rights.preflight", *arguments]
    done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, done.stdout


async def test_the_command_ends_with_0_1_or_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role()) as driver:
        code, said = await run(driver, tmp_path, "--all")
        assert code == 0 and said.endswith("all right\n")
        code, said = await run(driver, tmp_path, LEASE_HOURS="soon")
        assert code == 1 and "wrong    settings: LEASE_HOURS must be a number" in said
        (tmp_path / "policy.toml").write_text('[modes]\nbackup = "always"\n')
        code, said = await run(driver, tmp_path)
        assert code == 1 and "line 2" in said
        code, said = await run(driver, tmp_path, SUBSCRIPTIONS="")
        assert code == 1 and "SUBSCRIPTIONS: names no subscription" in said
        code, said = await run(driver, tmp_path, SWEEP_SCHEDULE="", AzureWebJobsStorage__accountName="")
        assert code == 1 and "SWEEP_SCHEDULE is not set" in said and "AzureWebJobsStorage is not set" in said
        code, said = await run(driver, tmp_path, ARM_ENDPOINT="http://127.0.0.1:9")
        assert code == 2 and "cannot run: no subscription could be looked at" in said


def test_without_a_store_it_cannot_run_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == 2
    assert "cannot run: the setting STORE_URL names no store" in capsys.readouterr().out


async def test_a_store_that_cannot_be_written_is_a_row_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role()) as driver:
        code, said = await run(driver, tmp_path, STORE_URL=f"sqlite://{tmp_path}/policy.toml")
        assert code == 1 and "missing  store: cannot be written and read back" in said


async def test_a_store_that_is_there_is_written_and_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role()) as driver:
        kept = await driver.engine.rows.insert("things", "one", "thing", {"kept": True})
        assert (await rows(driver))["store store"].state == "ok"
        assert await driver.engine.rows.scan("things") == [kept] and await driver.engine.rows.scan("preflight") == []


async def test_a_store_file_that_is_not_there_is_told_and_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=role()) as driver:
        before = sorted(tmp_path.rglob("*"))
        code, said = await run(driver, tmp_path, STORE_URL=f"sqlite://{tmp_path}/new/store.db")
        assert code == 0 and f"note     store: {tmp_path}/new/store.db is not there: the app makes it" in said
        code, said = await run(driver, tmp_path, STORE_URL=f"sqlite://{tmp_path}/policy.toml/store.db")
        assert code == 1 and f"cannot be made in {tmp_path}/policy.toml" in said
        assert sorted(tmp_path.rglob("*")) == before


async def test_what_no_identity_can_be_asked_is_one_line_without_the_noise_of_the_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        code, said = await run(driver, tmp_path, IDENTITY_ENDPOINT="http://127.0.0.1:9/msi/token")
        assert code == 2 and len([line for line in said.splitlines() if "127.0.0.1:9" in line]) == 1


async def test_what_may_not_be_searched_is_told_with_the_role_that_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = "Microsoft.Compute/restorePointCollections/read"
    async with driving("locked_group", tmp_path, monkeypatch, role=role(lacking)) as driver:
        found = await rows(driver)
        [row] = [one for one in found.values() if one.text.startswith("no restore point group could be looked for")]
        subscription = driver.world["subscription"]
        assert row.state == "missing" and f"{lacking} (role Backup Runbooks Reader)" in row.more
        assert any(f'--scope "/subscriptions/{subscription}"' in line for line in row.more)
