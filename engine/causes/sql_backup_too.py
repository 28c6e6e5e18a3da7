"""SQL Server's own backups and the machine's full VSS backups get in each other's way."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

INSTRUCTIONS = (
    r'With the owner of the databases: `REG ADD "HKLM\SOFTWARE\Microsoft\BcdrAgent" /v USEVSSCOPYBACKUP /t REG_SZ /d TRUE /f` from '
    "an elevated prompt. Azure Backup then takes copy-only VSS backups, which leave SQL Server's own chain of backups alone. "
    "Move the SQL backups away from the time of the machine's backup as well."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def sql_backup_too(evidence: Facts) -> Verdict:
    """SQL Server backs itself up on the machine, its backups fail too, and VSS copy backups are not set."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    if not str(report.value("sql", "writer")).startswith("Running/"):
        return ruled_out("SQL Server's VSS writer does not run on the machine")
    if report.value("sql", "copy_only") is True:
        return ruled_out("the machine's backups are VSS copy backups already")
    made, failed = report.value("sql", "backups"), report.value("sql", "errors")
    if not made or not failed:
        return ruled_out(f"SQL Server's own backups of the last 24 hours: {made} made, {failed} failed")
    return confirmed(
        f"SQL Server backs itself up too ({made} in the last 24 hours), {failed} such backup(s) failed, and the machine's "
        "backups are full VSS backups",
        instructions=f"{INSTRUCTIONS} {then_back_up(evidence)}",
    )
