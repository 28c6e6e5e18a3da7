"""What a person does about a blocked way out to Azure: exact commands with the machine's own names. Pure."""

from gateway.arm import ids
from gateway.arm.clouds import Cloud
from gateway.arm.network import Route, RouteTable, SecurityGroup
from remediations.network.rules import decide, free_priority
from remediations.network.service_tags import Service

NEVER_OPENED = "The engine never opens a network: this is for the network's owner."


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
    chosen = str(number) if number else "<a number before it: none is free, so renumber the group's rules first>"
    return (
        f"`az network nsg rule create -g {ids.group(group.id)} --nsg-name {ids.name(group.id)} -n allow-{service.tag}-out "
        f"--priority {chosen} --direction Outbound --access Allow --protocol Tcp --destination-address-prefixes "
        f"{service.name} --destination-port-ranges 443 --subscription {ids.subscription(group.id)}`"
    )


def route_advice(table: RouteTable, route: Route, service: Service) -> str:
    """A more exact route goes before one that drops everything."""
    return (
        f"Give storage a way of its own: `az network route-table route create -g {ids.group(table.id)} --route-table-name "
        f"{ids.name(table.id)} -n storage-out --address-prefix {service.name} --next-hop-type Internet --subscription "
        f"{ids.subscription(table.id)}`, or change {route.name}."
    )


def check_advice(interface_id: str) -> str:
    """How to see what holds in fact, with what a virtual network manager adds."""
    where = f"-g {ids.group(interface_id)} -n {ids.name(interface_id)} --subscription {ids.subscription(interface_id)}"
    return (
        f"`az network nic list-effective-nsg {where}` and `az network nic show-effective-route-table {where}` show what "
        "holds in fact, while the machine runs."
    )


def hosts_advice(cloud: Cloud | None) -> str:
    """What a firewall or a proxy that goes by names has to let through, in the configured cloud."""
    if cloud is None:
        return "The hosts of this cloud are not known here: ask its operator for those of storage, sign-in and Azure Backup."
    return f"In {cloud.name} a firewall or proxy that goes by names lets through {cloud.hosts}, on port 443."
