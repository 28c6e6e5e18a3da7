"""SELinux keeps the agent from its own folder."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def selinux_blocks(evidence: Facts) -> Verdict:
    """SELinux denies the agent or the backup extension what they do in /var/lib/waagent."""
    report = await inside(evidence, "Linux")
    if isinstance(report, Verdict):
        return report
    if (mode := report.value("selinux", "mode")) != "Enforcing":
        return ruled_out(f"SELinux is {mode}")
    denials = report.number("selinux", "denials")
    if not denials:
        return ruled_out("SELinux denied the agent nothing in the last 24 hours")
    machine = await evidence.machine()
    return confirmed(
        f"SELinux on {machine.name} is Enforcing and has denied the agent or the backup extension {denials} time(s) in the last "
        "24 hours",
        instructions=f"On {machine.name}, see what is denied (`ausearch -m avc -ts today | grep waagent`), exclude the agent's "
        "path /var/lib/waagent from the policy (a module made by `audit2allow`, or `semanage fcontext` and `restorecon -R "
        f"/var/lib/waagent`), and see that the backup extension is installed. {then_back_up(evidence)}",
    )
