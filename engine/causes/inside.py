"""The way of causes into the guest: only where a snapshot asks anything of it, and only by what a probe told."""

from engine.causes.contract import Verdict, ruled_out
from remediations.facts import Facts
from remediations.facts.guest_report import GuestReport


async def inside(evidence: Facts, os: str = "") -> GuestReport | Verdict:
    """The probe's report, or why the guest cannot be the cause.

    Raises Unprobed where no probe was made, Unknown where it could not be made or read.
    """
    machine = await evidence.machine()
    if os and machine.os != os:
        return ruled_out(f"{machine.name} does not run {os}")
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: its snapshot asks nothing of the guest")
    if (await evidence.policy()).crash_consistent:
        return ruled_out("the policy takes crash-consistent snapshots, which ask nothing of the guest")
    return await evidence.guest()
