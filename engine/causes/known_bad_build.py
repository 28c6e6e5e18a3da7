"""A build of the backup extension that its makers know to fail, and whose cure comes by itself."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from remediations.backups.known_builds import WAIT, bad_build, concerning, numbers
from remediations.facts import Facts, Unknown
from remediations.guides.commands import by_id


@cause(fixes=[], permissions=[*MACHINE])
async def known_bad_build(evidence: Facts) -> Verdict:
    """The backup extension is of a build that is known to fail on this system; reinstalling it would bring the same again."""
    machine = await evidence.machine()
    extension = next((e for e in machine.extensions if e.is_backup), None)
    off = machine.power not in ("", "running")
    if off or extension is None or not concerning(machine, extension, WAIT):
        return ruled_out(f"no bad build for the system of {machine.name} is on record")
    if numbers(extension.version) is None or not machine.os_name:
        raise Unknown(f"the instance view of {machine.name} does not tell its system or the build of {extension.name}")
    row = bad_build(machine, extension, WAIT)
    if row is None:
        return ruled_out(f"{extension.name} {extension.version} is not known to fail")
    show = f"az vm get-instance-view {by_id(machine.id)} --query instanceView.extensions"
    return confirmed(
        f"{extension.name} {extension.version} is below {row.below} on {machine.os_name} {machine.os_version}: {row.why}",
        instructions=(
            f"Do not reinstall it again and again: the build {row.below} mends it ({row.source}) and comes with a later backup. "
            f"See with `{show}` which build is there. Where {row.below} does not come within some days, ask Microsoft support to "
            "have it brought to this region; until then the machine can be backed up crash-consistently or shut down."
        ),
        shared=f"{extension.name} {extension.version} {row.below}",
    )
