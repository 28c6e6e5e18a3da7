"""The Distributed Transaction Coordinator is gone or runs as somebody else."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

NETWORK_SERVICE = "S-1-5-20"
"""The account Network Service by its security id; its name is in the language of the system."""
STEPS = (
    "From an elevated prompt in an agreed downtime: stop MSDTC (`net stop MSDTC`), `msdtc -uninstall`, `msdtc -install`, "
    'make it run as Network Service (`sc.exe config MSDTC obj= "NT AUTHORITY\\NetworkService" password= ""`), '
    "`net start MSDTC`, `net start COMSysApp`. A new installation forgets MSDTC's settings for distributed transactions and "
    "clusters: note them first."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def msdtc_broken(evidence: Facts) -> Verdict:
    """The Distributed Transaction Coordinator is not installed, or does not run as Network Service."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    told = f"{STEPS} {then_back_up(evidence)}"
    if report.value("services", "MSDTC") == "absent":
        return confirmed("the service MSDTC is not installed", instructions=told)
    account = str(report.value("msdtc", "account"))
    if account == NETWORK_SERVICE:
        return ruled_out("the service MSDTC runs as Network Service")
    return confirmed(f"the service MSDTC runs as {account}, not as Network Service", instructions=told)
