"""Application control keeps the backup extension's program from running."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

INSTRUCTIONS = (
    "Allow IaaSBcdrExtension.exe in AppLocker, App Control for Business or whatever controls applications here: by its "
    r"publisher, or by its folders C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot and "
    r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot. Whoever owns these rules changes them; the "
    "engine never does."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def application_control(evidence: Facts) -> Verdict:
    """AppLocker or another application control blocked IaaSBcdrExtension.exe in the last 24 hours."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    blocked = report.value("events", "app_control")
    if not blocked:
        return ruled_out("no application control blocked IaaSBcdrExtension.exe in the last 24 hours")
    return confirmed(
        f"application control blocked IaaSBcdrExtension.exe {blocked} time(s) in the last 24 hours",
        instructions=f"{INSTRUCTIONS} {then_back_up(evidence)}",
    )
