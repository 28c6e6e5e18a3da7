"""The Linux agent trips over what it kept of earlier goal states."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

FILES = "/var/lib/waagent/*.[0-9]*.xml"


@cause(fixes=[step("remove_stale_goal_state_files"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def stale_goal_state(evidence: Facts) -> Verdict:
    """Files of earlier goal states keep the Linux agent from reading the newest one.

    The files alone are no fault, a working agent of that age has them too: its errors, unrecovered, must be there as well.
    """
    report = await inside(evidence, "Linux")
    if isinstance(report, Verdict):
        return report
    errors = report.number("goal_state", "errors")
    if not errors:
        return ruled_out(
            "the agent's log of the last 24 hours shows no goal-state error that it has not recovered from"
        )
    files = report.number("goal_state", "files")
    if not files:
        return ruled_out(f"there are no files {FILES}")
    machine = await evidence.machine()
    return confirmed(
        f"the agent of {machine.name} fails to read its goal state ({errors} error(s)) and keeps {files} file(s) {FILES}",
        instructions=f"On {machine.name}, stop the agent, move exactly the files {FILES} into another folder, and start the "
        f"agent: it fetches what it needs anew. {then_back_up(evidence)}",
    )
