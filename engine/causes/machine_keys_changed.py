"""The rights on the folder of the machine's keys were changed."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

FOLDER = r"%ProgramData%\Microsoft\Crypto\RSA\MachineKeys"
INSTRUCTIONS = (
    f"Look: `icacls {FOLDER}`. By default Everyone may read and write in the folder itself and Administrators have full control, "
    f"and nobody else stands there. Keep what is there (`icacls {FOLDER} /save machinekeys.acl`), then set the folder's own "
    "entries back to these in its advanced security settings, without touching the key files in it. Delete below Personal > "
    "Certificates of the local computer the certificates issued to Windows Azure CRP Certificate Generator: the agent makes "
    "new ones."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def machine_keys_changed(evidence: Facts) -> Verdict:
    """The rights on MachineKeys are not the default ones, so the extension cannot decrypt its settings."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    if report.value("machine_keys", "changed") is not True:
        return ruled_out(f"the rights on {FOLDER} are the default ones")
    return confirmed(
        f"the rights on {FOLDER} are not the default ones", instructions=f"{INSTRUCTIONS} {then_back_up(evidence)}"
    )
