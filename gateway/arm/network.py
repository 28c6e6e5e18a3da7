"""A machine's way out as Azure's own network shows it: interface, subnet, security rules, routes; with their parsers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface; `address` is its private IPv4 address. What Azure leaves out is "".

    `configuration`: the name of its primary address configuration. `allocation`: Dynamic or Static.
    """

    id: str
    subnet: str
    security_group: str
    address: str
    configuration: str = ""
    allocation: str = ""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet; `endpoints` are the services with a service endpoint there, such as Microsoft.Storage."""

    id: str
    security_group: str
    route_table: str
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """A rule of a security group. `grouped`: it speaks of application security groups, whose members are not read."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    sources: tuple[str, ...]
    source_ports: tuple[str, ...]
    destinations: tuple[str, ...]
    ports: tuple[str, ...]
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A network security group with its own rules and Azure's default ones, the first to be asked first."""

    id: str
    rules: tuple[SecurityRule, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A user-defined route; `to` is a prefix or a service tag, `hop` the kind of its next hop."""

    name: str
    to: str
    hop: str
    address: str


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table; `takes_gateway_routes`: what a gateway learns from elsewhere holds in the subnet too."""

    id: str
    routes: tuple[Route, ...]
    takes_gateway_routes: bool


def interface(raw: Json) -> Interface:
    """Its primary address configuration counts."""
    p = raw.get("properties") or {}
    listed = p.get("ipConfigurations") or ()
    first: Json = min(listed, key=lambda one: (one.get("properties") or {}).get("primary") is False, default={})
    own = first.get("properties") or {}
    told = (own.get("privateIPAddress"), first.get("name"), own.get("privateIPAllocationMethod"))
    return Interface(
        raw["id"], _id(own.get("subnet")), _id(p.get("networkSecurityGroup")), *(str(one or "") for one in told)
    )


def subnet(raw: Json) -> Subnet:
    p = raw.get("properties") or {}
    endpoints = tuple(str(one.get("service") or "") for one in p.get("serviceEndpoints") or ())
    return Subnet(raw["id"], _id(p.get("networkSecurityGroup")), _id(p.get("routeTable")), endpoints)


def security_group(raw: Json) -> SecurityGroup:
    p = raw.get("properties") or {}
    found = [_rule(one) for name in ("securityRules", "defaultSecurityRules") for one in p.get(name) or ()]
    return SecurityGroup(raw["id"], tuple(sorted(found, key=lambda rule: rule.priority)))


def route_table(raw: Json) -> RouteTable:
    p = raw.get("properties") or {}
    return RouteTable(
        raw["id"], tuple(_route(one) for one in p.get("routes") or ()), p.get("disableBgpRoutePropagation") is not True
    )


def _rule(raw: Json) -> SecurityRule:
    """What Azure leaves out is "" or 0: such a rule is asked first, and leaves the answer open."""
    p = raw.get("properties") or {}
    grouped = any(p.get(f"{side}ApplicationSecurityGroups") for side in ("source", "destination"))
    return SecurityRule(
        str(raw.get("name") or ""),
        int(p.get("priority") or 0),
        str(p.get("direction") or ""),
        str(p.get("access") or ""),
        str(p.get("protocol") or ""),
        _either(p, "sourceAddressPrefix", "sourceAddressPrefixes"),
        _either(p, "sourcePortRange", "sourcePortRanges"),
        _either(p, "destinationAddressPrefix", "destinationAddressPrefixes"),
        _either(p, "destinationPortRange", "destinationPortRanges"),
        grouped,
    )


def _either(p: Json, one: str, many: str) -> tuple[str, ...]:
    """Azure writes one value in the singular, more in the plural, and leaves the other empty."""
    return tuple(str(value) for value in ([p[one]] if p.get(one) else p.get(many) or ()))


def _route(raw: Json) -> Route:
    p = raw.get("properties") or {}
    told = (raw.get("name"), p.get("addressPrefix"), p.get("nextHopType"), p.get("nextHopIpAddress"))
    return Route(*(str(one or "") for one in told))


def _id(reference: Any) -> str:
    return str((reference or {}).get("id") or "")
