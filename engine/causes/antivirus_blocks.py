"""Antivirus breaks the backup extension's program."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

INSTRUCTIONS = (
    "Exclude these folders in the antivirus of the machine, with whoever answers for it: "
    r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot and "
    r"C:\WindowsAzure\Logs\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot. The engine never changes an antivirus."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def antivirus_blocks(evidence: Facts) -> Verdict:
    """IaaSBcdrExtension.exe was stopped in the last 24 hours, which the articles take as the sign of an antivirus."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    faulting, defended = report.value("events", "faulting"), report.section("events").get("antivirus") or 0
    if not faulting and not defended:
        return ruled_out("IaaSBcdrExtension.exe neither broke off nor was stopped by Defender in the last 24 hours")
    return confirmed(
        f"IaaSBcdrExtension.exe broke off {faulting} time(s) and Defender stopped it {defended} time(s) in the last 24 hours",
        instructions=f"{INSTRUCTIONS} {then_back_up(evidence)}",
    )
