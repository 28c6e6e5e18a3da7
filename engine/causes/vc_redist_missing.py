"""The Visual C++ redistributable that the backup extension needs is not there."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def vc_redist_missing(evidence: Facts) -> Verdict:
    """The Visual C++ redistributable of the backup extension (12.0, x64) is not installed."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    if report.value("vc_redist", "installed") is True:
        return ruled_out("the Visual C++ redistributable 12.0 (x64) is installed")
    installer = str(report.section("services").get("msiserver") or "")
    return confirmed(
        "the Visual C++ redistributable 12.0 (x64) is not installed"
        + (", and the Windows Installer service is disabled" if installer.endswith("/Disabled") else ""),
        instructions=f"{_instructions()} {then_back_up(evidence)}",
    )


def _instructions() -> str:
    """The article's steps (backup-azure-vms-troubleshoot, ExtensionVCRedistInstallationFailure, 2025-11)."""
    return (
        r"Run vcredist2013_x64 from the newest folder below C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot. "
        r"The value Start of HKLM\SYSTEM\CurrentControlSet\Services\Msiserver must be 3, not 4; if the installation still fails, "
        "run `MSIEXEC /UNREGISTER` and `MSIEXEC /REGISTER` from an elevated prompt. Where the event log tells of error 1401, give the "
        r"account rights on HKLM\SOFTWARE\Classes and restart the Windows Azure Guest Agent; let an antivirus allow the "
        "installation."
    )
