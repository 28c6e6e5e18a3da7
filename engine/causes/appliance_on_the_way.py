"""Something between the machine and Azure, into which Azure's own network does not see."""

from engine.causes.actions import WAY_OUT
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, ruled_out
from engine.causes.outward import way_out
from remediations.facts import Facts
from remediations.network.advice import hosts_advice
from remediations.network.blocks import leads_elsewhere, services


@cause(fixes=[], permissions=[*WAY_OUT])
async def appliance_on_the_way(evidence: Facts) -> Verdict:
    """A firewall or a gateway on the machine's way out may filter: never confirmed, but named to whoever looks further."""
    out = await way_out(evidence)
    if isinstance(out, Verdict):
        return out
    machine = await evidence.machine()
    wanted = services(out, machine.location)
    elsewhere = leads_elsewhere(out, wanted[0])
    if not elsewhere:
        return ruled_out("no route of one's own leads what is sent to storage elsewhere")
    return Verdict(
        "unknown",
        f"{elsewhere}; whether that lets {machine.name} through to {wanted[0].name} cannot be seen from here",
        f"Ask its owner whether it lets {machine.name} ({out.interface.address}) through to "
        f"{', '.join(service.name for service in wanted)} on port 443. {hosts_advice(evidence.cloud)} {then_back_up(evidence)}",
    )
