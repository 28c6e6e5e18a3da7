"""The guest does not take its address from Azure."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from gateway.arm import ids
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def dhcp_off(evidence: Facts) -> Verdict:
    """DHCP is off in the guest, so it never hears of the host's own address, which the snapshot needs.

    Azure tells that address in option 245 of its DHCP answer; a fixed address is set in the platform, never in the guest.
    """
    report = await inside(evidence)
    if isinstance(report, Verdict):
        return report
    on = report.section("dhcp").get("on")
    if on is True:
        return ruled_out("DHCP is on in the guest")
    machine = await evidence.machine()
    if on is False:
        return confirmed(f"DHCP is off in the guest of {machine.name}", instructions=_instructions(machine))
    if report.told("reach", "wire_80") is True:
        return ruled_out("whether DHCP is on cannot be told, but the host's own address answers")
    raise Unknown("the guest probe cannot tell whether DHCP is on")


def _instructions(machine: Machine) -> str:
    nic = ids.name(machine.nics[0]) if machine.nics else "<interface>"
    return (
        f"Turn DHCP on in the guest of {machine.name}. Where it needs a fixed address, set it in the platform: `az network nic "
        f"ip-config update -g {ids.group(machine.nics[0] if machine.nics else machine.id)} --nic-name {nic} -n <ip-config> "
        "--private-ip-address <address>`; the guest then gets it by DHCP. See that it reaches 168.63.129.16, then back up again."
    )
