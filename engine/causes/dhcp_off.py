"""The guest does not take its address from Azure."""

import shlex

from engine.causes.actions import INTERFACE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from gateway.arm.errors import PASSING, AzureError
from gateway.arm.model import Machine
from gateway.arm.network import Interface
from remediations.facts import Facts, Unknown
from remediations.guides.commands import by_id, named, of_interface

TURN_ON = {
    "Windows": "`netsh interface ipv4 set address name=<interface> source=dhcp` (`netsh interface show interface` names it)",
    "Linux": "in netplan, NetworkManager, or the distribution's own files, then take the interface down and up",
}


@cause(fixes=[], permissions=[*INTERFACE, *POLICY])
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
        told = f"{await _address(evidence, machine)} {_turn_on(machine)} {then_back_up(evidence)}"
        return confirmed(f"DHCP is off in the guest of {machine.name}", instructions=told)
    if report.told("reach", "wire_80") is True:
        return ruled_out("whether DHCP is on cannot be told, but the host's own address answers")
    raise Unknown("the guest probe cannot tell whether DHCP is on")


async def _address(evidence: Facts, machine: Machine) -> str:
    """What the platform gives comes first: with DHCP on the guest gets that address, and loses any other it holds."""
    try:
        interface = await evidence.interface()
    except PASSING:
        raise
    except (AzureError, Unknown) as e:
        return f"1. Look up the address that the platform gives {machine.name}, which could not be read here: {e}."
    if not interface.address or not interface.configuration:
        return f"1. Look up the address that the platform gives {machine.name}: `az network nic show {by_id(interface.id)}`."
    how = f", {interface.allocation.lower()}" if interface.allocation else ""
    return f"1. The platform gives {machine.name} the address {interface.address}{how}. {_match(interface)}"


def _match(interface: Interface) -> str:
    update = f"az network nic ip-config update {of_interface(interface.id)} -n {shlex.quote(interface.configuration)}"
    return (
        f"If the guest holds another one (step 2) that has to stay, have the platform give that before you go on: `{update} "
        f"--private-ip-address <that address>`. If {interface.address} has to stay for good, fix it: `{update} "
        f"--private-ip-address {interface.address}`."
    )


def _turn_on(machine: Machine) -> str:
    """By the serial console: a connection over the network breaks off meanwhile."""
    look = "ipconfig /all" if machine.os == "Windows" else "ip address"
    return (
        f"2. Sign in by the serial console, since the network breaks off meanwhile (`az serial-console connect "
        f"{named(machine.id)}`), and see which address the guest holds: `{look}`. 3. Only then turn DHCP on: "
        f"{TURN_ON.get(machine.os, "by the system's own means")}. 4. See that the guest has the platform's address and reaches 168.63.129.16."
    )
