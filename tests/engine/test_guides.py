"""What a person is told to do: each command can be pasted as it stands, wherever one's default subscription is, and ends where it ends."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalog import CATALOG, Runbook
from gateway.arm.errors import from_response
from gateway.arm.ids import vm_item_id
from remediations.guides.commands import back_up
from remediations.guides.own_names import with_names
from remediations.refusals import _BY_CODE, explain
from sandbox.arm.rbac import Role
from sandbox.world_files import names
from tests.engine.driver import driving

SLOW = {"region_incident"}
"""Thirty machines with one guide."""
MOST = 4000
COMMAND = re.compile(r"`(az [^`]*)`")
LOOSE = re.compile(r"\baz [a-z-]+ [a-z-]+")
DIRECTORY = "az ad "
"""Microsoft Entra ID lies in no subscription."""
SUBSCRIPTION = re.compile(r"--subscription '?[0-9a-f]{8}-|--ids '?[/<]")
WHOLE_ID = re.compile(r"--(?:resource|scope|url) '?(?:https://[\w.]+)?/subscriptions/[0-9a-f]{8}-")
OPEN = re.compile(
    r"<(?:(?:the |its |your )?(?:vault(?:'s group|'s name)?|group|container|item|subscription|machine(?:'s id)?|policy)"
    r"|(?:id|group|name) of the (?:vault|machine|item)|az [^>]*)>"
)
"""What the protected item's own id tells is never left open."""


def complaints(text: str) -> list[str]:
    """What is wrong with a text for a person."""
    wrong = [f"a command that no backticks end: {found}" for found in LOOSE.findall(COMMAND.sub("", text))]
    wrong += ["a backtick without its other one"] if text.count("`") % 2 else []
    wrong += [f"{len(text)} characters"] if len(text) > MOST else []
    wrong += [f"left open: {left}" for left in OPEN.findall(text)]
    return wrong + [said for command in COMMAND.findall(text) for said in _wrong_with(command)]


def _wrong_with(command: str) -> list[str]:
    wrong = [f"said twice: {command}"] if command.count(" --subscription ") > 1 else []
    if not (command.startswith(DIRECTORY) or SUBSCRIPTION.search(command) or WHOLE_ID.search(command)):
        wrong.append(f"in whichever subscription: {command}")
    try:
        shlex.split(command)
    except ValueError as e:
        wrong.append(f"{e}: {command}")
    return wrong


@pytest.mark.parametrize("world", [name for name in names() if name not in SLOW])
async def test_each_command_of_a_world_can_be_pasted_as_it_stands(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        for case in await driver.run():
            for text in (case.ending.get("instructions", ""), case.by_hand):
                assert complaints(text) == [], (case.machine, text)


SUBSCRIPTION_ID = "5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
VAULT = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg-v/providers/Microsoft.RecoveryServices/vaults/v"
ITEM = vm_item_id(VAULT, "iaasvmcontainerv2;rg;m")
NAMES = {
    **{"<group of the vault>": "rg-v", "<vault>": "v", "<container>": "'c;1'", "<item>": "'i;1'", "<policy>": "Daily"},
    "<subscription>": SUBSCRIPTION_ID,
    "<id of the machine>": f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/m",
    "<az backup protection backup-now>": back_up(ITEM, datetime(2026, 3, 2, tzinfo=UTC)),
}


@pytest.mark.parametrize("runbook", CATALOG.runbooks, ids=lambda runbook: runbook.code)
def test_each_command_of_the_catalog_can_be_pasted_once_its_names_are_filled_in(runbook: Runbook) -> None:
    assert complaints(with_names(runbook.guide, NAMES)) == []


@pytest.mark.parametrize("code", sorted([*_BY_CODE, "clouddosx", "usererrorimmutable"]))
def test_each_command_about_a_refusal_can_be_pasted_once_its_names_are_filled_in(code: str) -> None:
    refused = from_response(403, {"code": code, "message": "no"}, {}, "do it", write=True)
    assert complaints(with_names(explain(refused), NAMES)) == []


def test_what_cannot_be_pasted_is_seen() -> None:
    for text in (
        "`az vm start -g rg -n web-01`",
        "`az vm start -g <group> -n web-01 --subscription 5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88`",
        "Run az vm start --ids /subscriptions/5b1f7c2e.",
        "`az vm show --ids /subscriptions/s --query 'name`",
        "x" * (MOST + 1),
    ):
        assert complaints(text), text


SAID = {
    "inherited_lock": [
        "1. Save",
        "az lock show",
        "2. Make",
        "none on AzureBackupRG_westeurope_1",
        "3. Only then",
        "judge by",
    ],
    "agent_dead": ["az vm deallocate --ids", "temporary disk is lost", "dynamic public address"],
    "machine_deleted": ["Each of them has a copy in the vault", "az restore-point collection delete"],
    "wrong_region": ["kept and billed until somebody deletes them"],
    "soft_deleted": [
        "ends about 2026-03-16 01:30 UTC",
        "DailyPolicy (keeps 30 days)",
        "az backup protection backup-now",
    ],
    "file_system_freeze": ["az snapshot create -g rg-sap", "/disks/sap-01_", "umount /data"],
    "mount_unreadable": ["az snapshot create -g rg-files", "`umount`"],
    "dhcp_off": [
        "10.1.170.117",
        "ip-config update -g rg-app --nic-name app-01-nic",
        "serial-console connect",
        "turn DHCP on",
    ],
    "resource_guard": ["backup-guard in rg-security", "az backup protection backup-now", "-g rg-backup -n rsv-prod-01"],
    "deny_assignment": ["expected to fail", "next scheduled backup succeeds", "may not fit here: "],
    "deny_delete_policy": ["expected to fail", "next scheduled backup succeeds", "may not fit here: "],
    "other_extension": [
        "az vm reapply --ids",
        "Plugins\\Microsoft.Compute.CustomScriptExtension",
        "az vm extension delete --ids",
    ],
    "machine_offline": ["az vm get-instance-view --ids /subscriptions"],
    "machine_locked": ["az lock update --lock-type CanNotDelete --ids", "It means"],
    "route_to_nowhere": ["--address-prefix Storage.westeurope", "--address-prefix AzureBackup", "AzureActiveDirectory"],
    "nsg_blocks_storage": ["Storage.westeurope --destination-port-ranges 443 8443"],
    "subnet_nsg_blocks": ["Storage.westeurope --destination-port-ranges 443 8443"],
    "selinux_blocks": ["ausearch -m avc -ts today"],
    "linux_agent_too_old": ["az backup protection backup-now"],
    "unknown_code": ["Azure Backup says: "],
}
"""What a guide says, in this order."""


@pytest.mark.parametrize("world", SAID)
async def test_a_guide_says_in_order_what_is_to_be_done(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        left = case.ending["instructions"]
        for part in SAID[world]:
            _, found, left = left.partition(part)
            assert found, (part, case.ending["instructions"])


async def test_a_refusal_is_told_in_short_and_its_own_words_are_in_the_timeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("resource_guard", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        assert "the Resource Guard backup-guard in rg-security forbids it" in case.ending["reason"]
        assert len(case.ending["reason"]) < 200 and "linked scope" not in case.ending["summary"]
        assert any("linked scope" in entry["text"] for entry in case.timeline)


@pytest.mark.parametrize(("unvaulted", "said"), [(0, "Each of them has a copy"), (1, "Of 1 of them no copy")])
async def test_a_snapshot_that_outlived_its_machine_is_told_with_its_copy_in_the_vault(
    unvaulted: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = {"code": "UserErrorVmNotFoundV2", "trigger": "sweep"}
    machine = {"name": "old-01", "gone": True, "unvaulted": unvaulted, "failure": failure}
    async with driving({"name": "gone", "title": "t", "machine": [machine]}, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        assert said in case.ending["instructions"], case.ending["instructions"]
        assert len(driver.box.requests()) <= 12


async def test_copies_that_may_not_be_read_are_said_to_be_unknown_and_how_to_see_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read"
    async with driving("machine_deleted", tmp_path, monkeypatch, role=Role(("*",), (missing,))) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        told = case.ending["instructions"]
        assert "could not be read" in told and "az backup recoverypoint list" in told and complaints(told) == []
