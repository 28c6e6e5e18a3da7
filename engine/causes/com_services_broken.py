"""The COM+ services that a snapshot needs do not run."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

NEEDED = ("COMSysApp", "MSDTC")


@cause(fixes=[step("restart_com_services"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def com_services_broken(evidence: Facts) -> Verdict:
    """COM+ System Application or the Distributed Transaction Coordinator does not run."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    states = {name: str(report.value("services", name)) for name in NEEDED}
    off = [f"{name} is {state}" for name, state in states.items() if not state.startswith("Running/")]
    if not off:
        return ruled_out("COM+ System Application and the Distributed Transaction Coordinator run")
    return confirmed(f"services that the snapshot needs do not run: {', '.join(off)}")
