"""The Linux agent's own configuration keeps it from running extensions."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

NEEDED = {"Extensions.Enable": "y", "Provisioning.Agent": "auto"}
"""What the agent article asks of /etc/waagent.conf (troubleshoot-vm-backup-fails-snapshot-timeout, 2025-11-12)."""


@cause(fixes=[step("set_agent_options"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def agent_options(evidence: Facts) -> Verdict:
    """An option in /etc/waagent.conf keeps the Linux agent from running the backup extension."""
    report = await inside(evidence, "Linux")
    if isinstance(report, Verdict):
        return report
    options = report.section("options")
    wrong = {name: options.get(name) for name, value in NEEDED.items() if options.get(name) not in (None, value)}
    if not wrong:
        return ruled_out("no option in /etc/waagent.conf keeps the agent from running extensions")
    said = ", ".join(f"{name}={value}" for name, value in wrong.items())
    return confirmed(f"/etc/waagent.conf says {said}; backups need {_needed(list(wrong))}")


def _needed(names: list[str]) -> str:
    return ", ".join(f"{name}={NEEDED[name]}" for name in names)
