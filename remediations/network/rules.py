"""Which rule of a network security group decides about a machine's way out to an Azure service. Pure.

Rules are asked by rising priority, the first that matches decides (https://learn.microsoft.com/azure/virtual-network/
network-security-groups-overview). A rule of which it cannot be told whether it matches leaves the answer open only where the
rules after it decide otherwise. No such rule blocks 168.63.129.16, the host's own address: that traffic is not asked about here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from gateway.arm.network import SecurityRule
from remediations.network.service_tags import Service, hold

HTTPS = 443
FIRST_PRIORITY = 100
"""The smallest number that a rule of one's own may bear."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the traffic: `allowed` is None where it cannot be told. `rule`: the one that decides for certain.

    `doubtful`: the rule that would decide otherwise, where it matches.
    """

    allowed: bool | None
    rule: SecurityRule | None = None
    doubtful: SecurityRule | None = None


def decide(rules: Iterable[SecurityRule], service: Service, source: str, port: int = HTTPS) -> Decision:
    """About TCP from `source`, the machine's private address or "", to the service's port."""
    doubtful: list[SecurityRule] = []
    for rule, matches in _asked(rules, service, source, port):
        if matches is None:
            doubtful.append(rule)
            continue
        other = next((one for one in doubtful if _allows(one) != _allows(rule)), None)
        return Decision(None if other else _allows(rule), rule, other)
    return Decision(None, None, doubtful[0] if doubtful else None)


def free_priority(
    rules: Iterable[SecurityRule], service: Service, source: str, taken: Iterable[int] = (), port: int = HTTPS
) -> int | None:
    """The highest free number before every rule that denies this or may deny it; None where none is free."""
    rules = tuple(rules)
    denying = [rule.priority for rule, _ in _asked(rules, service, source, port) if not _allows(rule)]
    used = {rule.priority for rule in rules if rule.direction.lower() == "outbound"} | set(taken)
    before = range(min(denying, default=FIRST_PRIORITY) - 1, FIRST_PRIORITY - 1, -1)
    return next((number for number in before if number not in used), None)


def _asked(
    rules: Iterable[SecurityRule], service: Service, source: str, port: int
) -> Iterator[tuple[SecurityRule, bool | None]]:
    """The outbound rules that match, or may match, in the order in which they are asked."""
    for rule in sorted(rules, key=lambda one: one.priority):
        if rule.direction.lower() not in ("outbound", ""):
            continue
        matches = _matches(rule, service, source, port)
        if matches is not False:
            yield rule, matches


def _matches(rule: SecurityRule, service: Service, source: str, port: int) -> bool | None:
    protocol = True if rule.protocol.lower() in ("*", "tcp") else None if not rule.protocol else False
    told = [protocol, _port_in(rule.ports, port), _every_port(rule.source_ports)]
    told += [None] if rule.grouped else [_from(rule.sources, source), _to(rule.destinations, service)]
    told += [] if rule.direction and _allows(rule) is not None else [None]
    return False if False in told else None if None in told else True


def _to(destinations: tuple[str, ...], service: Service) -> bool | None:
    return hold(destinations, service) if destinations else None


def _allows(rule: SecurityRule) -> bool | None:
    return {"allow": True, "deny": False}.get(rule.access.lower())


def _port_in(ranges: tuple[str, ...], port: int) -> bool | None:
    told = [_in_range(one, port) for one in ranges]
    return True if True in told else None if None in told or not told else False


def _in_range(text: str, port: int) -> bool | None:
    low, _, high = text.strip().partition("-")
    if low == "*":
        return True
    if not low.isascii() or not low.isdigit() or (high and not (high.isascii() and high.isdigit())):
        return None
    return int(low) <= port <= int(high or low)


def _every_port(ranges: tuple[str, ...]) -> bool | None:
    """A client's own port may be any: a rule about some of them may match."""
    return True if any(one.strip() in ("*", "0-65535") for one in ranges) else None


def _from(sources: tuple[str, ...], address: str) -> bool | None:
    told = [_source_holds(one, address) for one in sources]
    return True if True in told else None if None in told or not told else False


def _source_holds(source: str, address: str) -> bool | None:
    """A machine of a virtual network is in VirtualNetwork, and in no public range that it does not name itself."""
    if source.strip().lower() in ("*", "virtualnetwork"):
        return True
    try:
        return ip_address(address) in ip_network(source.strip(), strict=False)
    except ValueError:
        return None
