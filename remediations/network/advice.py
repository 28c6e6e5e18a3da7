"""What a person does about a blocked way out to Azure: exact commands with the machine's own names. Pure."""

import shlex

from gateway.arm import ids
from gateway.arm.clouds import Cloud
from gateway.arm.network import Route, RouteTable, SecurityGroup
from remediations.guides.commands import named, subscription_of
from remediations.network.rules import decide, free_priority
from remediations.network.service_tags import Service

NEVER_OPENED = "The engine never opens a network: this is for the network's owner."
PORTS = {"Storage": "443 8443"}
"""The extension writes to managed disks on 8443 too (coverage B7); every other service is asked on 443."""


def rule_advice(group: SecurityGroup, wanted: tuple[Service, ...], address: str) -> str:
    """Rules that go before the one that blocks, for each service that the group does not let through already."""
    said, taken = [], list[int]()
    for service in wanted:
        if decide(group.rules, service, address).allowed:
            continue
        number = free_priority(group.rules, service, address, taken)
        taken += [number] if number else []
        said.append(_create(group, service, number))
    return f"Let the machine out before that rule: {', '.join(said)}."


def _create(group: SecurityGroup, service: Service, number: int | None) -> str:
    """Without a free number the owner has to make room first."""
    chosen = str(number) if number else "<a number before it; none is free, so renumber the rules of the group first>"
    return (
        f"`az network nsg rule create {_within(group.id, 'nsg')} -n allow-{service.tag}-out "
        f"--priority {chosen} --direction Outbound --access Allow --protocol Tcp --destination-address-prefixes "
        f"{service.name} --destination-port-ranges {PORTS.get(service.tag, '443')}`"
    )


def route_advice(table: RouteTable, route: Route, dropped: tuple[Service, ...]) -> str:
    """A more exact route goes before one that drops everything; each service that is dropped needs its own."""
    ways = ", ".join(_way_out(table, route, service) for service in dropped)
    return f"Give each service that is dropped a way of its own: {ways}; or change the route {route.name}."


def _way_out(table: RouteTable, route: Route, service: Service) -> str:
    """A table holds one route for a prefix: one that names the service itself is changed."""
    where = _within(table.id, "route-table")
    if route.to.strip().lower() == service.name.lower():
        return f"`az network route-table route update {where} -n {shlex.quote(route.name)} --next-hop-type Internet`"
    return (
        f"`az network route-table route create {where} -n {service.tag.lower()}-out --address-prefix {service.name} "
        "--next-hop-type Internet`"
    )


def _within(resource_id: str, kind: str) -> str:
    """A security group or a route table, as the commands about its entries take it."""
    group, name = shlex.quote(ids.group(resource_id)), shlex.quote(ids.name(resource_id))
    return f"-g {group} --{kind}-name {name} {subscription_of(resource_id)}"


def check_advice(interface_id: str) -> str:
    """How to see what holds in fact, with what a virtual network manager adds."""
    where = named(interface_id)
    return (
        f"`az network nic list-effective-nsg {where}` and `az network nic show-effective-route-table {where}` show what "
        "holds in fact, while the machine runs."
    )


def hosts_advice(cloud: Cloud | None) -> str:
    """What a firewall or a proxy that goes by names has to let through, in the configured cloud."""
    if cloud is None:
        return "The hosts of this cloud are not known here: ask its operator for those of storage, sign-in and Azure Backup."
    return f"In {cloud.name} a firewall or proxy that goes by names lets through {cloud.hosts}, on port 443, to storage on 8443 too."
