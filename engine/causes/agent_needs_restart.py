"""The Linux agent answers and yet does not do its work."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

NOT_ENABLED = "disabled"
"""What systemd says of a service that does not start with the system."""


@cause(fixes=[step("restart_guest_agent"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def agent_needs_restart(evidence: Facts) -> Verdict:
    """The Linux agent answers, but cannot read its goal state or does not start with the system."""
    report = await inside(evidence, "Linux")
    if isinstance(report, Verdict):
        return report
    machine = await evidence.machine()
    by_hand = (
        f"On {machine.name}, run `systemctl enable --now walinuxagent` (`waagent` outside Ubuntu and Debian), restart the "
        f"service, and look into /var/log/waagent.log. {then_back_up(evidence)}"
    )
    if report.section("agent").get("start") == NOT_ENABLED:
        return confirmed(f"the agent's service on {machine.name} does not start with the system", instructions=by_hand)
    if errors := report.number("goal_state", "errors"):
        return confirmed(
            f"the agent of {machine.name} fails to read its goal state ({errors} error(s))", instructions=by_hand
        )
    return ruled_out("the agent's service starts with the system, and reads its goal state")
