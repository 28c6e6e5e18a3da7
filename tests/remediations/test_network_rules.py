"""Which security rule decides about the way to storage; what cannot be told of a rule is never guessed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.arm.network import SecurityRule
from remediations.network.rules import FIRST_PRIORITY, decide, free_priority
from remediations.network.service_tags import Service

STORAGE = Service("Storage", "westeurope")
ADDRESS = "10.1.0.4"
MAYBE = "20.60.0.0/16"
"""A public prefix that may hold the service's addresses, or not."""


def rule(priority: int, access: str = "Deny", to: str = "*", **told: Any) -> SecurityRule:
    values: dict[str, Any] = {"direction": "Outbound", "protocol": "*", "sources": ("*",), "source_ports": ("*",)}
    values |= {"destinations": (to,), "ports": ("*",), **told}
    return SecurityRule(f"rule-{priority}", priority, access=access, **values)


DEFAULTS = (
    rule(65000, "Allow", "VirtualNetwork", sources=("VirtualNetwork",)),
    rule(65001, "Allow", "Internet"),
    rule(65500, "Deny"),
)


def test_azures_default_rules_let_the_machine_out() -> None:
    found = decide(DEFAULTS, STORAGE, ADDRESS)
    assert found.allowed is True and found.rule == DEFAULTS[1]


@pytest.mark.parametrize("to", ["*", "Internet", "AzureCloud", "Storage", "Storage.WestEurope", "0.0.0.0/0"])
def test_a_rule_that_denies_all_of_storage_is_the_one_that_is_named(to: str) -> None:
    denying = rule(300, to=to)
    found = decide((*DEFAULTS, denying), STORAGE, ADDRESS)
    assert (found.allowed, found.rule) == (False, denying)


@pytest.mark.parametrize("to", ["Storage", "storage.westeurope", "AzureCloud", "AzureCloud.westeurope", "Internet"])
def test_an_earlier_rule_that_allows_storage_wins_whatever_the_order_of_the_list(to: str) -> None:
    rules = (rule(300), rule(200, "Allow", to), *DEFAULTS)
    assert decide(rules, STORAGE, ADDRESS).allowed is True
    assert decide(reversed(rules), STORAGE, ADDRESS).allowed is True


@pytest.mark.parametrize(
    "told",
    [
        {"direction": "Inbound"},
        {"protocol": "Udp"},
        {"protocol": "Icmp"},
        {"ports": ("80", "8000-9000")},
        {"sources": ("10.9.0.0/16",)},
        {"destinations": ("10.0.0.0/8",)},
        {"destinations": ("AzurePlatformDNS",)},
        {"destinations": ("168.63.129.16",)},
        {"destinations": ("Storage.northeurope", "Sql")},
    ],
)
def test_a_rule_about_something_else_does_not_count(told: dict[str, Any]) -> None:
    assert decide((rule(100, **told), *DEFAULTS), STORAGE, ADDRESS).allowed is True


@pytest.mark.parametrize(
    "told",
    [
        {"protocol": "tcp"},
        {"ports": ("443",)},
        {"ports": ("80", "400-500")},
        {"sources": ("VirtualNetwork",)},
        {"sources": ("10.1.0.0/24",)},
        {"sources": (ADDRESS,)},
        {"destinations": ("10.0.0.0/8", "Storage")},
    ],
)
def test_a_rule_about_this_machine_and_port_counts(told: dict[str, Any]) -> None:
    assert decide((rule(100, **told), *DEFAULTS), STORAGE, ADDRESS).allowed is False


@pytest.mark.parametrize(
    "told",
    [
        {"grouped": True},
        {"destinations": (MAYBE,)},
        {"destinations": ("AzureSomethingNew",)},
        {"destinations": ()},
        {"sources": ("AzureLoadBalancer",)},
        {"source_ports": ("1024-2048",)},
        {"ports": ("https",)},
        {"protocol": ""},
        {"direction": ""},
        {"access": "Sometimes"},
    ],
)
def test_a_rule_that_may_match_leaves_it_open_and_is_named(told: dict[str, Any]) -> None:
    doubtful = rule(100, **told)
    found = decide((doubtful, *DEFAULTS), STORAGE, ADDRESS)
    assert (found.allowed, found.doubtful, found.rule) == (None, doubtful, DEFAULTS[1])


def test_a_rule_that_may_match_does_not_matter_where_what_follows_decides_alike() -> None:
    found = decide((rule(100, to=MAYBE), rule(200), *DEFAULTS), STORAGE, ADDRESS)
    assert found.allowed is False and found.rule is not None and found.rule.priority == 200
    assert decide((rule(100, "Allow", MAYBE), *DEFAULTS), STORAGE, ADDRESS).allowed is True


def test_without_the_machines_address_a_rule_for_some_sources_is_open() -> None:
    assert decide((rule(100, sources=("10.1.0.0/24",)), *DEFAULTS), STORAGE, "").allowed is None


def test_no_rule_at_all_tells_nothing() -> None:
    assert decide((), STORAGE, ADDRESS).allowed is None


TOLD = [
    "*",
    "Internet",
    "Storage",
    "Storage.westeurope",
    "Storage.northeurope",
    "Sql",
    "10.0.0.0/8",
    MAYBE,
    "20.0.0.0/8",
]
one_rule = st.builds(
    lambda access, to, port, source: {"access": access, "to": to, "ports": (port,), "sources": (source,)},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(TOLD),
    st.sampled_from(["*", "443", "80"]),
    st.sampled_from(["*", "10.1.0.0/16", "10.2.0.0/16"]),
)


def truly(rules: list[SecurityRule], in_maybe: bool, in_wide: bool) -> bool:
    """What Azure does where storage lies, or does not lie, in the two public prefixes: the first match, by hand."""
    holds = {name: name in ("*", "Internet", "Storage", "Storage.westeurope") for name in TOLD}
    holds |= {MAYBE: in_maybe, "20.0.0.0/8": in_wide}
    for one in sorted(rules, key=lambda r: r.priority):
        port, source = one.ports[0] in ("*", "443"), one.sources[0] in ("*", "10.1.0.0/16", "VirtualNetwork")
        if port and source and holds.get(one.destinations[0], False):
            return one.access == "Allow"
    raise AssertionError("the default rules decide at the latest")


@given(made=st.lists(one_rule, max_size=6))
def test_what_is_told_is_what_happens_wherever_storage_lies(made: list[dict[str, Any]]) -> None:
    rules = [*(rule(100 + n, **one) for n, one in enumerate(made)), *DEFAULTS]
    found = decide(rules, STORAGE, ADDRESS)
    happens = {truly(rules, maybe, wide) for maybe in (True, False) for wide in (True, False)}
    assert found.allowed is None or happens == {found.allowed}


@given(
    made=st.lists(one_rule, max_size=6), numbers=st.lists(st.integers(100, 140), min_size=6, max_size=6, unique=True)
)
def test_a_new_rule_at_the_free_number_lets_the_machine_out(made: list[dict[str, Any]], numbers: list[int]) -> None:
    rules = [*(rule(number, **one) for number, one in zip(numbers, made, strict=False)), *DEFAULTS]
    number = free_priority(rules, STORAGE, ADDRESS)
    if number is not None:
        assert number >= FIRST_PRIORITY and number not in {one.priority for one in rules}
        opened = rule(number, "Allow", STORAGE.name, protocol="Tcp", ports=("443",))
        assert decide([*rules, opened], STORAGE, ADDRESS).allowed is True


def test_a_free_number_is_before_every_denying_rule_and_not_taken() -> None:
    rules = (rule(102), rule(300), rule(101, "Allow", "Sql"), rule(100, "Allow", direction="Inbound"), *DEFAULTS)
    assert free_priority(rules, STORAGE, ADDRESS) == 100
    assert free_priority(rules, STORAGE, ADDRESS, taken=(100,)) is None
