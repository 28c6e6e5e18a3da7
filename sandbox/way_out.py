"""Puts machines into networks, and tells whether Azure Storage is reached from there.

A machine for which a world declares nothing lies in a subnet without rules and routes, and has no row.
"""

from ipaddress import ip_address, ip_network
from typing import Any

from sandbox import ids
from sandbox.build_rules import ensure_group
from sandbox.model import Machine, Other
from sandbox.network import Interface, Route, RouteTable, Rule, SecurityGroup, Subnet
from sandbox.simulation import Simulation

Declared = dict[str, Any]
# ASSUMED: the storage that a snapshot needs lies at this public address in every region.
STORAGE = ip_address("20.60.0.4")
PLAIN_NETWORK = "vnet-prod"


def interface_id(machine: Machine) -> str:
    return f"{_provider(machine.id.split('/providers/', 1)[0])}/networkInterfaces/{machine.name}-nic"


def plain_subnet(machine: Machine) -> str:
    base = machine.id.split("/providers/", 1)[0]
    return f"{_provider(base)}/virtualNetworks/{PLAIN_NETWORK}/subnets/default"


def interface_of(sim: Simulation, machine: Machine) -> Interface:
    own = sim.state.interfaces.get(interface_id(machine))
    return own or Interface(interface_id(machine), machine.id, plain_subnet(machine))


def build_networks(sim: Simulation, declared: Declared) -> None:
    for one in declared.get("network", []):
        _network(sim, one)


def join_network(sim: Simulation, machine: Machine, declared: Declared) -> None:
    """Only a machine that declares a network or rules of its own gets a row."""
    if not {"network", "network_rules"} & set(declared):
        return
    named, group = declared.get("network"), ""
    subnet = next(s.id for s in sim.state.subnets if f"/{named}/" in s.id) if named else plain_subnet(machine)
    if "network_rules" in declared:
        base = machine.id.split("/providers/", 1)[0]
        group = _security_group(sim, base, f"{machine.name}-nsg", declared["network_rules"])
    sim.state.interfaces.put(Interface(interface_id(machine), machine.id, subnet, group))


def _network(sim: Simulation, declared: Declared) -> None:
    base = ensure_group(sim, declared.get("group", "rg-network"))
    name, subnet = declared["name"], declared.get("subnet", "default")
    group = _security_group(sim, base, f"{name}-nsg", declared["rules"]) if "rules" in declared else ""
    table = _route_table(sim, base, f"{name}-routes", declared) if "routes" in declared else ""
    network = f"{_provider(base)}/virtualNetworks/{name}"
    sim.state.others.put(Other(network, sim.state.world.location))
    endpoints = tuple(declared.get("endpoints", ()))
    sim.state.subnets.put(Subnet(f"{network}/subnets/{subnet}", group, table, endpoints))


def _security_group(sim: Simulation, base: str, name: str, rules: list[Declared]) -> str:
    location, group = sim.state.world.location, f"{_provider(base)}/networkSecurityGroups/{name}"
    sim.state.others.put(Other(group, location))
    sim.state.security_groups.put(SecurityGroup(group, location, tuple(map(_rule, rules))))
    return group


def _rule(declared: Declared) -> Rule:
    told = dict(declared)
    to = told.pop("destination", "*")
    return Rule(**told, destinations=(to,) if isinstance(to, str) else tuple(to))


def _route_table(sim: Simulation, base: str, name: str, declared: Declared) -> str:
    location, table = sim.state.world.location, f"{_provider(base)}/routeTables/{name}"
    routes = tuple(Route(**one) for one in declared["routes"])
    sim.state.others.put(Other(table, location))
    sim.state.route_tables.put(RouteTable(table, location, routes, declared.get("gateway_routes", True)))
    return table


def _provider(base: str) -> str:
    return f"{base}/providers/Microsoft.Network"


def storage_is_out_of_reach(sim: Simulation, machine: Machine) -> bool:
    """Whether a rule or a route of the machine's network, or an appliance on the way, keeps it from storage."""
    interface = interface_of(sim, machine)
    subnet = sim.state.subnets.get(interface.subnet) or Subnet(interface.subnet)
    groups = [sim.state.security_groups.get(one) for one in (interface.security_group, subnet.security_group) if one]
    if any(group and _denied(group, machine.location) for group in groups):
        return True
    table = sim.state.route_tables.get(subnet.route_table) if subnet.route_table else None
    return bool(table and "Microsoft.Storage" not in subnet.endpoints and _lost(table, machine.location))


def _denied(group: SecurityGroup, location: str) -> bool:
    """The first rule that matches decides; Azure's default rules let everything out."""
    for rule in sorted(group.rules, key=lambda one: one.priority):
        to_storage = any(_bits(one, location) is not None for one in rule.destinations)
        if rule.direction == "Outbound" and rule.protocol in ("*", "Tcp") and rule.port in ("*", "443") and to_storage:
            return rule.access == "Deny"
    return False


def _lost(table: RouteTable, location: str) -> bool:
    """The longest prefix decides."""
    matching = {route: _bits(route.to, location) for route in table.routes}
    best = max((r for r, bits in matching.items() if bits is not None), key=lambda r: matching[r] or 0, default=None)
    return best is not None and (best.hop == "None" or best.filters)


def _bits(named: str, location: str) -> int | None:
    """How exactly a prefix or a tag names storage, None where it does not."""
    tags = {"*": 0, "internet": 0, "azurecloud": 8, f"azurecloud.{location}": 9, "storage": 16}
    known = {**tags, f"storage.{location}": 17}.get(named.lower())
    if known is not None or "/" not in named:
        return known
    prefix = ip_network(named)
    return prefix.prefixlen if STORAGE in prefix else None


def address_of(machine: Machine) -> str:
    number = int(ids.digits(5, machine.id, "address"))
    return f"10.1.{number % 250}.{number // 250 % 246 + 4}"
