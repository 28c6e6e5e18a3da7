"""A machine of the platform before Resource Manager."""

from engine.causes.actions import ITEM
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from remediations.facts import Facts
from remediations.guides.commands import stop_protection

CLASSIC = "/providers/microsoft.classiccompute/"


@cause(fixes=[], permissions=[*ITEM])
async def classic_machine(evidence: Facts) -> Verdict:
    """The protected machine is a classic one (Microsoft.ClassicCompute), of a platform that is retired."""
    item = await evidence.item()
    if not any(CLASSIC in told.casefold() for told in (item.machine_id, f"/providers/{item.item_type}")):
        return ruled_out("the item is no classic machine")
    name = item.friendly_name or ids.name(item.machine_id)
    return confirmed(
        f"{name} is a classic machine ({item.machine_id})",
        instructions=(
            "Classic machines (Microsoft.ClassicCompute) belong to a retired platform, and the engine reads and changes none. If it "
            f"still runs, its guest agent must be installed, and its property ProvisionGuestAgent be true: `{_told_to_azure(name)}` "
            "(PowerShell's module for classic machines). Move it to Resource Manager and protect it anew there. Once it is gone, stop "
            f"its protection and keep its data: `{stop_protection(item.id)}`."
        ),
    )


def _told_to_azure(name: str) -> str:
    """How the article has an agent registered that was installed by hand."""
    return (
        f"Get-AzureVM | Where-Object {{ $_.Name -eq '{name}' }} | ForEach-Object {{ $_.VM.ProvisionGuestAgent = $TRUE; "
        "Update-AzureVM -ServiceName $_.ServiceName -Name $_.Name -VM $_.VM }"
    )
