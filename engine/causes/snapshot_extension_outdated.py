"""A build of the backup extension that is too old to update itself."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.backups.known_builds import REINSTALL, bad_build, concerning, numbers
from remediations.facts import Facts, Unknown


@cause(
    fixes=[step("reinstall_snapshot_extension", outdated=True), step("trigger_backup")],
    permissions=[*MACHINE],
)
async def snapshot_extension_outdated(evidence: Facts) -> Verdict:
    """The backup extension is of a build that is too old; the next backup installs a newer one once it is gone."""
    machine = await evidence.machine()
    extension = next((e for e in machine.extensions if e.is_backup), None)
    off = machine.power not in ("", "running")
    if off or extension is None or not concerning(machine, extension, REINSTALL):
        return ruled_out(f"no build that is too old for {machine.name} is on record")
    if numbers(extension.version) is None:
        raise Unknown(f"the instance view of {machine.name} does not tell the build of {extension.name}")
    row = bad_build(machine, extension, REINSTALL)
    if row is None:
        return ruled_out(f"{extension.name} {extension.version} is not too old")
    return confirmed(
        f"{extension.name} {extension.version} is below {row.below}: {row.why} ({row.source})",
        shared=f"{extension.name} {extension.version}",
    )
