"""Azure Backup's own service in a Windows guest does not start by itself."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

SERVICE = "IaasVmProvider"


@cause(fixes=[step("enable_provider_service"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def provider_service_off(evidence: Facts) -> Verdict:
    """The service IaasVmProvider of the backup extension does not start by itself, so the extension does not load."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    state = str(report.value("services", SERVICE))
    if state == "absent":
        return ruled_out(f"there is no service {SERVICE}; the next backup installs it")
    if state.endswith("/Automatic"):  # it runs only while a snapshot is taken
        return ruled_out(f"the service {SERVICE} starts by itself")
    return confirmed(f"the service {SERVICE} is {state}; it must start automatically")
