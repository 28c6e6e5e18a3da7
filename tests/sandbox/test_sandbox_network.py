"""Networks of machines: their bodies, and what they do to a backup."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox_arm import Arm, World, one_machine

from sandbox.world_keys import BadWorld

VERSION = "2024-05-01"
GROUP = "/resourceGroups/rg-app/providers/Microsoft.Network"
HUB = "/resourceGroups/rg-network/providers/Microsoft.Network"
NO_NETWORK = "ExtensionSnapshotFailedNoNetwork"


def networked(machine: dict[str, Any] | None = None, **network: Any) -> dict[str, Any]:
    return one_machine(network="vnet-a", **(machine or {}), _world={"network": [{"name": "vnet-a", **network}]})


async def backed_up(arm: Arm) -> str:
    """The code that the next backup fails with, "" where it completes."""
    job = await arm.start_backup()
    await arm.box.advance(timedelta(hours=2))
    done = arm.job(job.name)
    return str(done.problem.title) if done.problem else ""


async def test_a_machine_without_declared_network_has_an_interface_in_a_plain_subnet(world: World) -> None:
    arm = await world(one_machine())
    shown = (await arm.get(arm.machine))["properties"]["networkProfile"]["networkInterfaces"][0]["id"]
    interface = await arm.get(shown, version=VERSION)
    assert interface["type"] == "Microsoft.Network/networkInterfaces" and "etag" in interface
    p = interface["properties"]
    assert p["virtualMachine"] == {"id": arm.machine} and "networkSecurityGroup" not in p
    [configuration] = p["ipConfigurations"]
    subnet = await arm.get(configuration["properties"]["subnet"]["id"], version=VERSION)
    assert subnet["type"] == "Microsoft.Network/virtualNetworks/subnets"
    assert not {"networkSecurityGroup", "routeTable"} & set(subnet["properties"])


async def test_a_security_group_shows_its_own_rules_and_azures_six(world: World) -> None:
    rules = [{"name": "deny-out", "priority": 300}, {"name": "two", "priority": 310, "destination": ["Sql", "Storage"]}]
    arm = await world(networked(rules=rules))
    found = (await arm.get(f"{arm.sub}{HUB}/networkSecurityGroups/vnet-a-nsg", version=VERSION))["properties"]
    deny, two = (one["properties"] for one in found["securityRules"])
    assert deny["destinationAddressPrefix"] == "*" and deny["destinationAddressPrefixes"] == []
    assert "destinationAddressPrefix" not in two and two["destinationAddressPrefixes"] == ["Sql", "Storage"]
    defaults = {one["name"]: one["properties"]["priority"] for one in found["defaultSecurityRules"]}
    assert len(defaults) == 6 and defaults["AllowInternetOutBound"] == 65001


async def test_a_subnet_names_its_group_its_table_and_its_endpoints(world: World) -> None:
    routes = [{"name": "fw", "to": "0.0.0.0/0", "hop": "VirtualAppliance", "address": "10.0.1.4"}]
    declared = networked(rules=[], routes=routes, gateway_routes=False, endpoints=["Microsoft.Storage"])
    arm = await world(declared)
    subnet = await arm.get(f"{arm.sub}{HUB}/virtualNetworks/VNET-A/subnets/default", version=VERSION)
    p = subnet["properties"]
    assert p["networkSecurityGroup"]["id"].endswith("/vnet-a-nsg")
    assert [one["service"] for one in p["serviceEndpoints"]] == ["Microsoft.Storage"]
    table = (await arm.get(p["routeTable"]["id"], version=VERSION))["properties"]
    assert table["disableBgpRoutePropagation"] is True
    assert table["routes"][0]["properties"]["nextHopIpAddress"] == "10.0.1.4"


@pytest.mark.parametrize(
    "path",
    [
        f"{GROUP}/networkInterfaces/other-nic",
        f"{GROUP}/virtualNetworks/vnet-none/subnets/default",
        f"{GROUP}/networkSecurityGroups/none",
        f"{GROUP}/routeTables/none",
    ],
)
async def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    arm = await world(one_machine())
    assert (await arm("GET", arm.sub + path, version=VERSION)).status == 404


@pytest.mark.parametrize(
    ("rules", "works"),
    [
        ([], True),
        ([{"name": "a", "priority": 300, "destination": "Internet"}], False),
        ([{"name": "a", "priority": 300}], False),
        ([{"name": "a", "priority": 300, "direction": "Inbound"}], True),
        ([{"name": "a", "priority": 300, "destination": "10.0.0.0/8"}], True),
        ([{"name": "a", "priority": 300, "destination": "20.60.0.0/16"}], False),
        ([{"name": "a", "priority": 300, "destination": "Storage.northeurope"}], True),
        ([{"name": "a", "priority": 300, "protocol": "Udp"}], True),
        (
            [
                {"name": "a", "priority": 300},
                {"name": "b", "priority": 200, "access": "Allow", "destination": "Storage.westeurope"},
            ],
            True,
        ),
    ],
)
async def test_the_first_rule_that_matches_decides_whether_a_snapshot_is_taken(
    world: World, rules: list[dict[str, Any]], works: bool
) -> None:
    for declared in (networked(rules=rules), one_machine(network_rules=rules)):
        assert await backed_up(await world(declared)) == ("" if works else NO_NETWORK)


@pytest.mark.parametrize(
    ("routes", "endpoints", "works"),
    [
        ([{"name": "a", "to": "0.0.0.0/0", "hop": "None"}], [], False),
        ([{"name": "a", "to": "0.0.0.0/0", "hop": "None"}], ["Microsoft.Storage"], True),
        ([{"name": "a", "to": "0.0.0.0/0", "hop": "VirtualAppliance"}], [], True),
        ([{"name": "a", "to": "0.0.0.0/0", "hop": "VirtualAppliance", "filters": True}], [], False),
        (
            [{"name": "a", "to": "0.0.0.0/0", "hop": "None"}, {"name": "b", "to": "Storage", "hop": "Internet"}],
            [],
            True,
        ),
    ],
)
async def test_routes_and_hidden_filters_decide_too(
    world: World, routes: list[dict[str, Any]], endpoints: list[str], works: bool
) -> None:
    arm = await world(networked(routes=routes, endpoints=endpoints))
    assert await backed_up(arm) == ("" if works else NO_NETWORK)


@pytest.mark.parametrize(
    "quiet", [{"power": "deallocated"}, {"_world": {"policy": {"consistency": "CrashConsistent"}}}]
)
async def test_a_snapshot_that_asks_nothing_of_the_guest_needs_no_network(world: World, quiet: dict[str, Any]) -> None:
    arm = await world(one_machine(network_rules=[{"name": "a", "priority": 300}], **quiet))
    assert await backed_up(arm) == ""


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (networked(rules=[{"name": "a", "prio": 3}]), "network 'vnet-a'.rules: unknown key 'prio'"),
        (networked(routes=[{"name": "a", "to": "x", "hop": "Nowhere"}]), "network 'vnet-a'.routes: hop = 'Nowhere'"),
        (
            one_machine(network_rules=[{"name": "a", "priority": 1, "access": "Perhaps"}]),
            "machine 'web-01'.network_rules: access = 'Perhaps'",
        ),
    ],
)
async def test_a_wrong_key_or_value_of_a_network_is_refused_by_name(
    world: World, declared: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadWorld) as refused:
        await world(declared)
    assert str(refused.value).startswith(said)
