"""A blocked way out is named with its rule and left to the network's owner; what cannot be seen is named as such."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import CATALOG
from engine.causes.contract import CAUSES
from engine.diagnose import UNKNOWN, Diagnosis, diagnose
from gateway.arm.clouds import cloud_of
from remediations.facts import Facts
from sandbox.arm.rbac import Role
from tests.engine.driver import Driver, driving

NO_NETWORK = "ExtensionSnapshotFailedNoNetwork"
DENY = {"name": "deny-out", "priority": 300}
READS = ("networkInterfaces", "virtualNetworks/subnets", "networkSecurityGroups", "routeTables")
NETWORK = re.compile(r"/providers/Microsoft\.Network/", re.I)


def facts(driver: Driver) -> Facts:
    item = driver.world["cases"][0]["item"]
    return Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of)


async def named(driver: Driver) -> Diagnosis:
    found = await diagnose(facts(driver), driver.world["cases"][0]["code"])
    assert not driver.box.changes()
    return found


def world(code: str = NO_NETWORK, network: dict[str, Any] | None = None, **machine: Any) -> dict[str, Any]:
    joined = {"network": "vnet-test"} if network is not None else {}
    one = {"name": "web-01", **joined, **machine, "failure": {"code": code}}
    declared = [{"name": "vnet-test", **network}] if network is not None else []
    return {"name": "net", "title": "t", "machine": [one], "network": declared}


def asked_of_networks(driver: Driver) -> int:
    return sum(bool(NETWORK.search(r["path"])) for r in driver.box.requests())


@pytest.mark.parametrize("name", ["nsg_blocks_storage", "subnet_nsg_blocks", "route_to_nowhere"])
async def test_the_rule_is_named_with_the_exact_commands_and_nothing_is_opened(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(name, tmp_path, monkeypatch) as driver:
        found = await named(driver)
        said = found.verdict.instructions
        assert found.cause == "network_blocked" and CAUSES[found.cause].steps == ()
        assert "Storage.westeurope" in said and "az network " in said and "list-effective-nsg" in said
        assert "The engine never opens a network" in said and "*.blob.core.windows.net" in said


async def test_new_rules_get_free_numbers_before_the_blocking_one_for_what_is_not_allowed_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [
        {**DENY, "destination": "Internet"},
        {"name": "taken", "priority": 299, "access": "Allow", "destination": "Sql"},
        {"name": "sign-in", "priority": 200, "access": "Allow", "destination": "AzureActiveDirectory"},
    ]
    async with driving(world(network_rules=rules), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert "deny-out (priority 300) of the network security group web-01-nsg" in found.verdict.reason
        made = re.findall(
            r"-n (\S+) --priority (\d+) .*?--destination-address-prefixes (\S+)", found.verdict.instructions
        )
        assert made == [
            ("allow-Storage-out", "298", "Storage.westeurope"),
            ("allow-AzureBackup-out", "297", "AzureBackup"),
        ]


async def test_where_no_number_is_free_the_owner_is_told_to_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(network_rules=[{**DENY, "priority": 100}]), tmp_path, monkeypatch) as driver:
        assert "renumber the rules of the group first" in (await named(driver)).verdict.instructions


async def test_the_rules_that_the_advice_makes_let_the_backup_work_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person is told to type, typed: the sandbox then takes the snapshot."""
    rules = [DENY, {"name": "storage-out", "priority": 299, "access": "Allow", "protocol": "Tcp", "port": "443"}]
    for made, works in (([DENY], False), ([DENY, {**rules[1], "destination": "Storage.westeurope"}], True)):
        (folder := tmp_path / str(works)).mkdir()
        async with driving(world(network_rules=made), folder, monkeypatch) as driver:
            item = driver.world["cases"][0]["item"]
            await driver.engine.starts.backup(item, driver.box.now.replace(month=5))
            await driver.box.advance(driver.box.now.replace(hour=6))
            newest = max(driver.box.model.jobs.under(item), key=lambda job: job.start)
            assert (newest.status == "Completed") == works, newest
            assert works or newest.problem.title == NO_NETWORK


@pytest.mark.parametrize("code", ["BackUpOperationFailed", "UserErrorGuestAgentStatusUnavailable"])
async def test_an_appliance_on_the_way_keeps_no_passing_error_from_being_tried_again(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = [{"name": "to-fw", "to": "0.0.0.0/0", "hop": "VirtualAppliance", "address": "10.0.1.4"}]
    async with driving(world(code, {"routes": routes}), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        said = dict(found.verdicts)["network_blocked"]
        assert said.says == "ruled out" and found.verdicts[-1][0] != "network_blocked"
        assert "to-fw" in said.reason and "10.0.1.4, which may" in said.reason


@pytest.mark.parametrize("hop", ["VirtualAppliance", "VirtualNetworkGateway"])
async def test_where_something_carries_on_elsewhere_it_is_named_and_not_blamed(
    hop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = [{"name": "elsewhere", "to": "0.0.0.0/0", "hop": hop}]
    async with driving(world(network={"routes": routes}), tmp_path, monkeypatch) as driver:
        said = await CAUSES["appliance_on_the_way"].examine(facts(driver))
        assert said.says == "unknown" and "elsewhere" in said.reason and hop in said.reason
        assert "Storage.westeurope, AzureBackup, AzureActiveDirectory" in said.instructions


async def test_where_the_code_says_no_network_the_ending_names_the_appliance_after_all_else_was_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("appliance_route", tmp_path, monkeypatch) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert (case.cause, case.outcome) == (UNKNOWN, "needs a person")
        assert "to-firewall" in case.ending["reason"] and "10.0.1.4" in case.ending["reason"]
        assert "Storage.westeurope" in case.ending["instructions"]


def test_what_is_only_a_doubt_is_asked_about_last() -> None:
    runbook = CATALOG.find(NO_NETWORK)
    assert runbook is not None and runbook.causes[-1] == "appliance_on_the_way"


async def test_without_an_appliance_there_is_none_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        assert (await CAUSES["appliance_on_the_way"].examine(facts(driver))).says == "ruled out"


async def test_a_dead_agent_is_still_found_behind_an_appliance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = [{"name": "to-fw", "to": "0.0.0.0/0", "hop": "VirtualAppliance", "address": "10.0.1.4"}]
    async with driving(world(network={"routes": routes}, agent="Not Ready"), tmp_path, monkeypatch) as driver:
        assert (await named(driver)).cause == "guest_agent_not_ready"


async def test_a_rule_that_may_be_meant_for_storage_is_unknown_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [{"name": "partner", "priority": 200, "access": "Allow", "destination": "20.0.0.0/8"}, DENY]
    async with driving(world("BackUpOperationFailed", network_rules=rules), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and found.verdicts[-1][0] == "network_blocked"
        assert "partner (priority 200)" in found.verdict.reason and "deny-out" in found.verdict.reason


@pytest.mark.parametrize(
    "quiet", [{"power": "deallocated"}, {"power": "stopped"}, {"_policy": {"consistency": "CrashConsistent"}}]
)
async def test_the_network_of_a_machine_whose_snapshot_needs_none_is_not_looked_at(
    quiet: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = quiet.pop("_policy", {})
    declared = {**world(network_rules=[DENY], **quiet), "policy": policy}
    async with driving(declared, tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert dict(found.verdicts)["network_blocked"].says == "ruled out"
        assert asked_of_networks(driver) == 0


async def test_the_whole_way_out_costs_five_reads_once_and_a_machine_that_is_off_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow = [{"name": "allow-out", "priority": 100, "access": "Allow"}]
    straight = {"rules": allow, "routes": [{"name": "out", "to": "0.0.0.0/0", "hop": "Internet"}]}
    for number, (differs, reads) in enumerate((({}, 5), ({"agent": "Not Ready"}, 5), ({"power": "stopped"}, 0))):
        declared = world("UserErrorGuestAgentStatusUnavailable", straight, network_rules=allow, **differs)
        (folder := tmp_path / str(number)).mkdir()
        async with driving(declared, folder, monkeypatch) as driver:
            await named(driver)
            assert asked_of_networks(driver) == reads
            assert sum(not r["path"].startswith("/msi") for r in driver.box.requests()) <= 12


@pytest.mark.parametrize("missing", READS)
async def test_what_may_not_be_read_of_a_network_is_unknown_and_names_the_right(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = [{"name": "out", "to": "0.0.0.0/0", "hop": "Internet"}]
    declared = world("BackUpOperationFailed", {"rules": [{**DENY, "access": "Allow"}], "routes": routes})
    role = Role(("*",), (f"Microsoft.Network/{missing}/read",))
    async with driving(declared, tmp_path, monkeypatch, role=role) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and found.verdicts[-1][0] == "network_blocked"
        assert f"Microsoft.Network/{missing}/read" in found.verdict.reason


@pytest.mark.parametrize(
    ("endpoint", "storage"),
    [
        ("https://management.chinacloudapi.cn", "*.blob.core.chinacloudapi.cn"),
        ("https://management.usgovcloudapi.net", "*.blob.core.usgovcloudapi.net"),
        ("https://management.microsoftazure.de", "*.blob.core.cloudapi.de"),
        ("https://management.private.example", "ask its operator"),
    ],
)
async def test_the_hosts_are_those_of_the_configured_cloud(
    endpoint: str, storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything is read from the sandbox; only the name of the cloud is another one."""
    async with driving("nsg_blocks_storage", tmp_path, monkeypatch) as driver:
        driver.engine.reads.cloud = cloud_of(endpoint)
        said = (await named(driver)).verdict.instructions
        assert storage in said and "windows.net" not in said


async def test_a_machine_that_names_no_interface_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(Facts):
        async def machine(self) -> Any:
            return replace(await super().machine(), nics=())

    async with driving(world(), tmp_path, monkeypatch) as driver:
        item = driver.world["cases"][0]["item"]
        found = await diagnose(Bare(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of), NO_NETWORK)
        assert found.cause == UNKNOWN and "names no network interface" in found.verdict.reason
