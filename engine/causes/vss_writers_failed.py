"""Writers of the Volume Shadow Copy service failed."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts
from remediations.guest.vss_writers import failed_writers, named


@cause(fixes=[step("restart_vss_services"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def vss_writers_failed(evidence: Facts) -> Verdict:
    """Writers of the Volume Shadow Copy service failed, and a restart of their system services makes them anew."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    failed = failed_writers(report)
    if not failed:
        return ruled_out("every VSS writer is stable")
    if theirs := [one for one in failed if one.for_a_person]:
        return ruled_out(f"{named(theirs)} belongs to an application")
    services = ", ".join(sorted({one.service for one in failed}))
    return confirmed(f"{len(failed)} VSS writer(s) failed: {named(failed)}; their services: {services}")
