"""Networks of machines: interfaces, subnets, security rules, routes. Rows, replaced as a whole."""

from dataclasses import dataclass, fields

KEYS = {"name", "group", "subnet", "rules", "routes", "gateway_routes", "endpoints"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a security group; a destination is a prefix, a service tag, or a list of them."""

    name: str
    priority: int
    access: str = "Deny"
    direction: str = "Outbound"
    protocol: str = "*"
    source: str = "*"
    destinations: tuple[str, ...] = ("*",)
    port: str = "*"


@dataclass(frozen=True, slots=True)
class Route:
    """A route; `filters`: what the world hides, an appliance that lets nothing through to storage."""

    name: str
    to: str
    hop: str
    address: str = ""
    filters: bool = False


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    id: str
    location: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RouteTable:
    id: str
    location: str
    routes: tuple[Route, ...]
    gateway_routes: bool = True


@dataclass(frozen=True, slots=True)
class Subnet:
    id: str
    security_group: str = ""
    route_table: str = ""
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    id: str
    machine: str
    subnet: str
    security_group: str = ""


RULE_KEYS = {one.name for one in fields(Rule)} - {"destinations"} | {"destination"}
ROUTE_KEYS = {one.name for one in fields(Route)}
