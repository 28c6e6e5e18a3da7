"""Network interfaces, subnets, security groups and route tables: reading them."""

# ASSUMED: bodies as in the REST reference of Microsoft.Network 2024-05-01; no recording shows them.

from sandbox import ids
from sandbox.arm.routes import route
from sandbox.arm.wire import Call, Json, Reply, not_found
from sandbox.model import Machine
from sandbox.network import Interface, Route, Rule, SecurityGroup, Subnet
from sandbox.simulation import Simulation
from sandbox.way_out import address_of, interface_of, plain_subnet

_NETWORK = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Network"
_ACTION = "Microsoft.Network/"
_SINCE = "2019-04-01"
_DEFAULTS = (
    Rule("AllowVnetInBound", 65000, "Allow", "Inbound", "*", "VirtualNetwork", ("VirtualNetwork",)),
    Rule("AllowAzureLoadBalancerInBound", 65001, "Allow", "Inbound", "*", "AzureLoadBalancer"),
    Rule("DenyAllInBound", 65500, "Deny", "Inbound"),
    Rule("AllowVnetOutBound", 65000, "Allow", "Outbound", "*", "VirtualNetwork", ("VirtualNetwork",)),
    Rule("AllowInternetOutBound", 65001, "Allow", "Outbound", "*", "*", ("Internet",)),
    Rule("DenyAllOutBound", 65500, "Deny"),
)


@route("GET", _NETWORK + "/networkInterfaces/{nic}", _ACTION + "networkInterfaces/read", _SINCE)
def get_interface(sim: Simulation, call: Call) -> Reply:
    for machine in sim.state.machines:
        found = interface_of(sim, machine)
        if ids.under(call.path, found.id):
            return Reply(200, _interface_body(machine, found))
    raise not_found(f"/providers/Microsoft.Network/networkInterfaces/{call.names['nic']}", call.names["rg"])


def _interface_body(machine: Machine, interface: Interface) -> Json:
    address = {
        "provisioningState": "Succeeded",
        "privateIPAddress": address_of(machine),
        "privateIPAllocationMethod": "Dynamic",
        "subnet": {"id": interface.subnet},
        "primary": True,
        "privateIPAddressVersion": "IPv4",
    }
    configuration = {
        "name": "ipconfig1",
        "id": f"{interface.id}/ipConfigurations/ipconfig1",
        "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
        "properties": address,
    }
    properties: Json = {
        "provisioningState": "Succeeded",
        "resourceGuid": ids.guid(interface.id),
        "ipConfigurations": [configuration],
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": True,
        "enableIPForwarding": False,
        "primary": True,
        "virtualMachine": {"id": machine.id},
    }
    return _body(
        interface.id, machine.location, properties | _reference("networkSecurityGroup", interface.security_group)
    )


@route(
    "GET",
    _NETWORK + "/virtualNetworks/{vnet}/subnets/{subnet}",
    _ACTION + "virtualNetworks/subnets/read",
    _SINCE,
)
def get_subnet(sim: Simulation, call: Call) -> Reply:
    subnet = sim.state.subnets.get(call.path.rstrip("/"))
    if subnet is None:
        plain = next((p for p in map(plain_subnet, sim.state.machines) if ids.under(call.path, p)), None)
        if plain is None:
            raise not_found(f"/providers/Microsoft.Network/virtualNetworks/{call.names['vnet']}", call.names["rg"])
        subnet = Subnet(plain)
    return Reply(200, _subnet_body(subnet))


def _subnet_body(subnet: Subnet) -> Json:
    services = [{"service": one, "provisioningState": "Succeeded", "locations": ["*"]} for one in subnet.endpoints]
    properties: Json = {
        "provisioningState": "Succeeded",
        "addressPrefix": "10.1.0.0/16",
        "delegations": [],
        "privateEndpointNetworkPolicies": "Disabled",
        "privateLinkServiceNetworkPolicies": "Enabled",
    }
    properties |= {"serviceEndpoints": services} if services else {}
    properties |= _reference("networkSecurityGroup", subnet.security_group) | _reference(
        "routeTable", subnet.route_table
    )
    return _body(subnet.id, "", properties)


@route("GET", _NETWORK + "/networkSecurityGroups/{nsg}", _ACTION + "networkSecurityGroups/read", _SINCE)
def get_security_group(sim: Simulation, call: Call) -> Reply:
    group = sim.state.security_groups.get(call.path.rstrip("/"))
    if group is None:
        raise not_found(f"/providers/Microsoft.Network/networkSecurityGroups/{call.names['nsg']}", call.names["rg"])
    properties = {
        "provisioningState": "Succeeded",
        "resourceGuid": ids.guid(group.id),
        "securityRules": [_rule_body(group, "securityRules", one) for one in group.rules],
        "defaultSecurityRules": [_rule_body(group, "defaultSecurityRules", one) for one in _DEFAULTS],
    }
    return Reply(200, _body(group.id, group.location, properties))


def _rule_body(group: SecurityGroup, kind: str, rule: Rule) -> Json:
    several = len(rule.destinations) > 1
    properties = {
        "provisioningState": "Succeeded",
        "protocol": rule.protocol,
        "sourcePortRange": "*",
        "destinationPortRange": rule.port,
        "sourceAddressPrefix": rule.source,
        **({} if several else {"destinationAddressPrefix": rule.destinations[0]}),
        "access": rule.access,
        "priority": rule.priority,
        "direction": rule.direction,
        "sourcePortRanges": [],
        "destinationPortRanges": [],
        "sourceAddressPrefixes": [],
        "destinationAddressPrefixes": list(rule.destinations) if several else [],
    }
    return _body(f"{group.id}/{kind}/{rule.name}", "", properties)


@route("GET", _NETWORK + "/routeTables/{table}", _ACTION + "routeTables/read", _SINCE)
def get_route_table(sim: Simulation, call: Call) -> Reply:
    table = sim.state.route_tables.get(call.path.rstrip("/"))
    if table is None:
        raise not_found(f"/providers/Microsoft.Network/routeTables/{call.names['table']}", call.names["rg"])
    properties = {
        "provisioningState": "Succeeded",
        "resourceGuid": ids.guid(table.id),
        "disableBgpRoutePropagation": not table.gateway_routes,
        "routes": [_route_body(table.id, one) for one in table.routes],
    }
    return Reply(200, _body(table.id, table.location, properties))


def _route_body(table: str, one: Route) -> Json:
    properties: Json = {
        "provisioningState": "Succeeded",
        "addressPrefix": one.to,
        "nextHopType": one.hop,
        "hasBgpOverride": False,
    }
    properties |= {"nextHopIpAddress": one.address} if one.address else {}
    return _body(f"{table}/routes/{one.name}", "", properties)


def _reference(name: str, resource: str) -> Json:
    return {name: {"id": resource}} if resource else {}


def _body(resource: str, location: str, properties: Json) -> Json:
    """Children bear no location."""
    named = {"name": resource.rsplit("/", 1)[1], "id": resource, "etag": f'W/"{ids.guid(resource, "etag")}"'}
    where = {"location": location} if location else {}
    return {**named, "type": ids.type_of(resource), **where, "properties": properties}
