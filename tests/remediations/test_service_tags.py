"""What a rule or a route names holds a service's addresses, or not, or that cannot be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediations.network.service_tags import NEVER_AZURE_SERVICES, Service, hold

STORAGE = Service("Storage", "westeurope")


@pytest.mark.parametrize(
    ("named", "held"),
    [
        ("*", True),
        ("Internet", True),
        ("AzureCloud", True),
        ("azurecloud.WestEurope", True),
        ("AzureCloud.northeurope", False),
        ("Storage", True),
        ("Storage.WestEurope", True),
        ("Storage.NorthEurope", False),
        ("Sql.WestEurope", False),
        ("AzureActiveDirectory", False),
        ("AzureFrontDoor.FirstParty", None),
        ("VirtualNetwork", None),
        ("0.0.0.0/0", True),
        ("10.0.0.0/8", False),
        ("10.0.0.0/7", None),
        ("168.63.129.16", False),
        ("168.63.129.0/24", None),
        ("20.60.0.0/16", None),
        ("::/0", None),
        ("not a prefix", None),
        ("", None),
    ],
)
def test_one_name_alone(named: str, held: bool | None) -> None:
    assert hold((named,), STORAGE) is held


def test_halves_of_the_whole_hold_everything_together() -> None:
    assert hold(("0.0.0.0/1", "128.0.0.0/1"), STORAGE) is True
    assert hold(("0.0.0.0/1", "10.0.0.0/8"), STORAGE) is None


@pytest.mark.parametrize(("location", "tag"), [("francecentral", "centralfrance"), ("norwayeast", "norwaye")])
def test_the_odd_names_of_regions_are_known(location: str, tag: str) -> None:
    assert hold((f"AzureCloud.{tag}",), Service("Storage", location)) is True
    assert hold((f"AzureCloud.{tag}",), STORAGE) is False


def test_a_service_without_regions_is_not_held_by_a_regions_tag_for_certain() -> None:
    for tag in ("AzureCloud.westeurope", "AzureBackup.westeurope"):
        assert hold((tag,), Service("AzureBackup")) is None
    assert hold(("AzureBackup",), Service("AzureBackup")) is True


def test_virtual_network_holds_no_service_where_no_default_route_can_widen_it() -> None:
    assert hold(("VirtualNetwork",), Service("Storage", "westeurope", True)) is False


@given(
    prefixes=st.lists(
        st.sampled_from(NEVER_AZURE_SERVICES).flatmap(
            lambda known: st.integers(known.prefixlen, 32).map(lambda bits: f"{known.network_address}/{bits}")
        ),
        max_size=5,
    )
)
def test_private_prefixes_never_hold_a_service_however_many(prefixes: list[str]) -> None:
    assert hold(prefixes, STORAGE) is False


@given(named=st.lists(st.text(max_size=12), max_size=4), more=st.text(max_size=12))
def test_another_name_never_makes_less_of_it(named: list[str], more: str) -> None:
    rank = {False: 0, None: 1, True: 2}
    assert rank[hold([*named, more], STORAGE)] >= rank[hold(named, STORAGE)]
