"""A machine's network from its raw JSON: one value or many, what is missing, and which cloud it is."""

from typing import Any

import pytest

from gateway.arm import network
from gateway.arm.clouds import CHINA, GERMANY, PUBLIC, US_GOVERNMENT, Cloud, cloud_of
from gateway.arm.errors import Forbidden, NotFound
from tests.gateway.arm.small_arm import answering

BASE = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg/providers/Microsoft.Network"
NSG = f"{BASE}/networkSecurityGroups/web-nsg"


def rule(**told: Any) -> dict[str, Any]:
    """As Azure writes a rule with one value each."""
    p = {"protocol": "TCP", "sourcePortRange": "*", "destinationPortRange": "443", "sourceAddressPrefix": "*"}
    p |= {"destinationAddressPrefix": "Internet", "access": "Deny", "priority": 300, "direction": "Outbound"}
    p |= {f"{one}s": [] for one in ("sourcePortRange", "destinationPortRange")}
    p |= {"sourceAddressPrefixes": [], "destinationAddressPrefixes": [], **told}
    return {"name": "a-rule", "id": f"{NSG}/securityRules/a-rule", "properties": p}


def group(*rules: dict[str, Any], **more: Any) -> network.SecurityGroup:
    return network.security_group({"id": NSG, "properties": {"securityRules": list(rules), **more}})


def test_one_value_and_many_are_read_alike() -> None:
    single = group(rule()).rules[0]
    assert (single.destinations, single.ports, single.sources) == (("Internet",), ("443",), ("*",))
    many = {"destinationAddressPrefix": "", "destinationAddressPrefixes": ["Sql", "10.0.0.0/8"]}
    ports = {"destinationPortRange": None, "destinationPortRanges": ["80", "443"]}
    several = group(rule(**many, **ports)).rules[0]
    assert (several.destinations, several.ports) == (("Sql", "10.0.0.0/8"), ("80", "443"))


def test_own_rules_and_default_ones_come_by_their_priority() -> None:
    found = group(rule(priority=400), rule(priority=200), defaultSecurityRules=[rule(priority=65500)])
    assert [one.priority for one in found.rules] == [200, 400, 65500]


@pytest.mark.parametrize("side", ["source", "destination"])
def test_application_security_groups_are_noticed(side: str) -> None:
    assert group(rule(**{f"{side}ApplicationSecurityGroups": [{"id": "/asg"}]})).rules[0].grouped
    assert not group(rule(**{f"{side}ApplicationSecurityGroups": []})).rules[0].grouped


def test_a_rule_of_which_azure_leaves_everything_out_is_asked_first() -> None:
    found = group(rule(priority=100), {"name": "bare"})
    assert [one.name for one in found.rules] == ["bare", "a-rule"]


def test_the_primary_address_of_an_interface_counts() -> None:
    listed = [
        {"properties": {"primary": False, "privateIPAddress": "10.0.0.9", "subnet": {"id": "/second"}}},
        {
            "name": "ipconfig2",
            "properties": {
                **{"primary": True, "privateIPAddress": "10.0.0.4", "privateIPAllocationMethod": "Static"},
                "subnet": {"id": "/first"},
            },
        },
    ]
    told = network.interface({"id": "/nic", "properties": {"ipConfigurations": listed}})
    assert (told.subnet, told.address, told.security_group) == ("/first", "10.0.0.4", "")
    assert (told.configuration, told.allocation) == ("ipconfig2", "Static")
    assert network.interface({"id": "/nic"}) == network.Interface("/nic", "", "", "")


def test_a_subnet_tells_its_rules_routes_and_service_endpoints() -> None:
    p = {"networkSecurityGroup": {"id": "/nsg"}, "routeTable": {"id": "/table"}}
    told = network.subnet({"id": "/s", "properties": {**p, "serviceEndpoints": [{"service": "Microsoft.Storage"}]}})
    assert told == network.Subnet("/s", "/nsg", "/table", ("Microsoft.Storage",))


@pytest.mark.parametrize(("told", "takes"), [({}, True), ({"disableBgpRoutePropagation": True}, False)])
def test_a_route_table_tells_whether_a_gateways_routes_hold_too(told: dict[str, Any], takes: bool) -> None:
    routes = [{"name": "r", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}}]
    found = network.route_table({"id": "/t", "properties": {**told, "routes": routes}})
    assert found == network.RouteTable("/t", (network.Route("r", "0.0.0.0/0", "None", ""),), takes)


@pytest.mark.parametrize(("status", "error"), [(403, Forbidden), (404, NotFound)])
async def test_what_cannot_be_read_is_named(
    status: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with answering({NSG: status}, monkeypatch) as (reads, _):
        with pytest.raises(error, match="network security group web-nsg"):
            await reads.security_group(NSG)


@pytest.mark.parametrize(
    ("endpoint", "cloud"),
    [
        ("https://management.azure.com", PUBLIC),
        ("https://management.chinacloudapi.cn/", CHINA),
        ("https://management.usgovcloudapi.net:443", US_GOVERNMENT),
        ("https://management.microsoftazure.de", GERMANY),
        ("https://management.local.azurestack.external", None),
        ("https://management.azure.com.example.org", None),
    ],
)
def test_the_cloud_is_told_by_the_configured_endpoint(endpoint: str, cloud: Cloud | None) -> None:
    assert cloud_of(endpoint) == cloud
