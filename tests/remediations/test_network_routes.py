"""Where a subnet's routes lead what is meant for storage; what is not sure stays open."""

import pytest

from gateway.arm.network import Route, RouteTable, Subnet
from remediations.network.routes import virtual_network_is_private, way
from remediations.network.service_tags import Service

STORAGE = Service("Storage", "westeurope")
SUBNET = Subnet("/subnet", "", "/table", ())


def table(*routes: tuple[str, str], gateway_routes: bool = True) -> RouteTable:
    made = tuple(Route(f"r{n}", to, hop, "") for n, (to, hop) in enumerate(routes))
    return RouteTable("/table", made, gateway_routes)


@pytest.mark.parametrize(
    ("routes", "leads"),
    [
        ((), True),
        ((("0.0.0.0/0", "Internet"),), True),
        ((("0.0.0.0/0", "None"),), False),
        ((("0.0.0.0/0", "VirtualAppliance"),), None),
        ((("0.0.0.0/0", "VirtualNetworkGateway"),), None),
        ((("10.0.0.0/8", "VirtualAppliance"),), True),
        ((("10.0.0.0/8", "None"),), True),
        ((("0.0.0.0/0", "None"), ("Storage", "Internet")), True),
        ((("0.0.0.0/0", "VirtualAppliance"), ("Storage.WestEurope", "Internet")), True),
        ((("0.0.0.0/0", "Internet"), ("Storage.WestEurope", "None")), False),
        ((("0.0.0.0/0", "None"), ("Storage.NorthEurope", "Internet")), False),
        ((("0.0.0.0/0", "None"), ("20.60.0.0/16", "Internet")), None),
        ((("0.0.0.0/0", "Internet"), ("20.60.0.0/16", "None")), None),
        ((("20.60.0.0/16", "None"),), None),
        ((("AzureCloud", "None"), ("Storage", "Internet")), None),
        ((("0.0.0.0/1", "VirtualAppliance"), ("128.0.0.0/1", "VirtualAppliance")), None),
        ((("", ""),), None),
    ],
)
def test_the_most_exact_route_decides_and_what_may_apply_leaves_it_open(
    routes: tuple[tuple[str, str], ...], leads: bool | None
) -> None:
    assert way(SUBNET, table(*routes), STORAGE).open is leads


def test_a_subnet_without_a_table_leads_straight_out() -> None:
    assert way(SUBNET, None, STORAGE).open is True


@pytest.mark.parametrize("endpoint", ["Microsoft.Storage", "microsoft.storage.global"])
def test_a_service_endpoint_goes_before_any_default_route(endpoint: str) -> None:
    nowhere = table(("0.0.0.0/0", "None"))
    assert way(Subnet("/subnet", "", "/table", (endpoint,)), nowhere, STORAGE).open is True
    assert way(Subnet("/subnet", "", "/table", ("Microsoft.Sql",)), nowhere, STORAGE).open is False


def test_the_route_that_says_so_is_named() -> None:
    found = way(SUBNET, table(("10.0.0.0/8", "None"), ("0.0.0.0/0", "VirtualAppliance")), STORAGE)
    assert found.route is not None and found.route.name == "r1"


@pytest.mark.parametrize(
    ("made", "private"),
    [
        (None, False),
        (table(), False),
        (table(gateway_routes=False), True),
        (table(("10.0.0.0/8", "VirtualAppliance"), gateway_routes=False), True),
        (table(("0.0.0.0/0", "VirtualAppliance"), gateway_routes=False), False),
    ],
)
def test_the_tag_virtual_network_is_private_only_where_no_default_route_can_be_in_it(
    made: RouteTable | None, private: bool
) -> None:
    assert virtual_network_is_private(made, STORAGE) is private
