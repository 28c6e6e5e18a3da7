"""Azure Backup's own extension is broken."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts


@cause(fixes=[step("reinstall_snapshot_extension"), step("trigger_backup")], permissions=[*MACHINE])
async def snapshot_extension_failed(evidence: Facts) -> Verdict:
    """The VMSnapshot extension of Azure Backup failed; the next backup reinstalls it once it is gone."""
    machine = await evidence.machine()
    extension = next((e for e in machine.extensions if e.is_backup), None)
    if extension is None:
        return ruled_out("no VMSnapshot extension is on the machine; the next backup installs it")
    if not extension.failed:
        return ruled_out(f"{extension.name} is {extension.state or 'in an unknown state'}")
    return confirmed(
        f"{extension.name} {extension.version} is Failed: {extension.message or 'no message'}",
        shared=f"{extension.name} {extension.version}",
    )
