"""What on a machine's way out keeps it from Azure Storage, for certain or perhaps, and what its owner can do. Pure."""

from dataclasses import dataclass

from gateway.arm import ids
from gateway.arm.network import SecurityGroup
from remediations.facts import WayOut
from remediations.network.advice import route_advice, rule_advice
from remediations.network.routes import virtual_network_is_private, way
from remediations.network.rules import Decision, decide
from remediations.network.service_tags import Service


@dataclass(frozen=True, slots=True)
class Block:
    """Something that blocks for certain. `by`: the id of the security group or route table."""

    by: str
    reason: str
    advice: str


def services(out: WayOut, location: str) -> tuple[Service, Service, Service]:
    """What the tag AzureBackup depends on by its own page: storage of the region first, Azure Backup, sign-in."""
    private = virtual_network_is_private(out.routes, Service("Storage", location))
    storage = Service("Storage", location, private)
    return storage, Service("AzureBackup", "", private), Service("AzureActiveDirectory", "", private)


def blocks(out: WayOut, wanted: tuple[Service, ...]) -> tuple[Block, ...]:
    """The rules of security groups and the route that keep the machine from the first of the services."""
    told = [(group, decide(group.rules, wanted[0], out.interface.address)) for group in out.groups]
    found = [
        Block(group.id, _denied_by(group, decision), rule_advice(group, wanted, out.interface.address))
        for group, decision in told
        if decision.allowed is False
    ]
    leads = way(out.subnet, out.routes, wanted[0])
    if leads.open is False and leads.route and out.routes:
        dropped = f"the route {leads.route.name} of {ids.name(out.routes.id)} drops what is sent to {leads.route.to}"
        closed = tuple(one for one in wanted if way(out.subnet, out.routes, one).open is False)
        found.append(Block(out.routes.id, dropped, route_advice(out.routes, leads.route, closed)))
    return tuple(found)


def doubt(out: WayOut, storage: Service) -> str:
    """Why it cannot be told whether a security group lets the machine through, "" where it can."""
    told = ((group, decide(group.rules, storage, out.interface.address)) for group in out.groups)
    return next((_undecided(group, one, storage) for group, one in told if one.allowed is None), "")


def leads_elsewhere(out: WayOut, storage: Service) -> str:
    """The route by which something else than Azure's own network carries on, "" where there is none."""
    leads = way(out.subnet, out.routes, storage)
    if leads.open is not None or leads.route is None or out.routes is None:
        return ""
    to = f"{leads.route.hop} {leads.route.address}".rstrip()
    return f"the route {leads.route.name} of {ids.name(out.routes.id)} leads what is sent to {leads.route.to} to {to}"


def _denied_by(group: SecurityGroup, decision: Decision) -> str:
    rule, of = decision.rule, f"of the network security group {ids.name(group.id)}"
    return (
        f"the outbound rule {rule.name} (priority {rule.priority}) {of} denies it" if rule else f"a rule {of} denies it"
    )


def _undecided(group: SecurityGroup, decision: Decision, storage: Service) -> str:
    name, doubtful = ids.name(group.id), decision.doubtful
    if doubtful is None:
        return f"no rule of the network security group {name} decides about {storage.name}"
    after = f"; the rule {decision.rule.name} after it decides otherwise" if decision.rule else ""
    return (
        f"whether the outbound rule {doubtful.name} (priority {doubtful.priority}) of the network security group {name} is "
        f"meant for {storage.name} cannot be told from its addresses{after}"
    )
