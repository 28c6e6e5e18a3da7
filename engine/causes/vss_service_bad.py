"""The Volume Shadow Copy service itself is in a bad state."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

NEEDED = ("VSS", "swprv")
"""The service, and Microsoft's software provider behind it; both start when they are asked for, unless disabled."""


@cause(fixes=[step("restart_vss_services"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def vss_service_bad(evidence: Facts) -> Verdict:
    """The Volume Shadow Copy service is disabled, hangs or does not answer."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    states = {name: str(report.value("services", name)) for name in NEEDED}
    bad = [f"{name} is {state}" for name, state in states.items() if _bad(state)]
    if bad:
        return confirmed(f"the Volume Shadow Copy service cannot work: {', '.join(bad)}")
    if report.value("writers", "answered") is False:
        return confirmed("the Volume Shadow Copy service does not answer: it lists no writers")
    return ruled_out("the Volume Shadow Copy service answers")


def _bad(state: str) -> bool:
    """Disabled, or stuck on its way: Windows' own names of states (Win32_Service), which no language changes."""
    return state.endswith("/Disabled") or "Pending/" in state
