"""What a person reads when Azure refuses: whose decision stands in the way, and the exact commands. Pure."""

from collections.abc import Callable

from gateway.arm.errors import AzureError, Denied, Forbidden
from gateway.arm.ids import ItemId

AZURE_BACKUP_APP = "262044b1-e2ce-469f-a196-69ab7ada62d3"
"""The Backup Management Service's application in the public cloud (azure-facts, E)."""


def explain(error: AzureError) -> str:
    """Advice for a refusal whose code is known, "" for any other."""
    code = error.code.casefold()
    known = next((advice for start, advice in _BY_START.items() if code.startswith(start)), _BY_CODE.get(code))
    if "immutab" in code:
        known = _immutable
    if isinstance(error, Forbidden) and (error.action or known is None):
        lacking = error.action or "that the message names"
        return f"Grant the engine's identity the action {lacking} there: `GET /api/preflight` names the role and the scope."
    return known(error) if known else ""


def undelete(item_id: str) -> str:
    """The commands that bring a soft-deleted item back and protect it again."""
    i = ItemId.parse(item_id)
    item = (
        f"-g {i.group} -v {i.vault} -c '{i.container}' -i '{i.item}' --backup-management-type AzureIaasVM "
        f"--workload-type VM --subscription {i.subscription}"
    )
    resume = f"-g {i.group} -v {i.vault} -c '{i.container}' -i '{i.item}' --subscription {i.subscription}"
    return (
        f"`az backup protection undelete {item}`, then `az backup protection resume {resume} --policy-name <policy>`."
    )


def deny_assignment_advice(deny_id: str, group_id: str) -> str:
    """What its owner can do about a deny assignment that reaches a restore point group."""
    return (
        "A deny assignment belongs to what made it (a deployment stack, a managed application, a blueprint) and guards more "
        f"than backups: it is reported and never touched. Read it: `az rest --method get --url '{deny_id}?api-version="
        f"2022-04-01'`. Its owner can leave {group_id} out, or exempt Azure Backup, whose object id is given by `az ad sp "
        f"show --id {AZURE_BACKUP_APP} --query id -o tsv` (a deployment stack takes it as "
        "--deny-settings-excluded-principals)."
    )


def policy_advice(assignment_id: str, group_id: str) -> str:
    """What its owner can do about a policy that forbids deletions in a restore point group."""
    return (
        "This policy guards more than backups: it is reported and never touched. Its owner can exempt the restore point "
        f"group, which holds nothing but Azure Backup's own snapshots: `az policy exemption create -n azure-backup-clean-up "
        f"--policy-assignment '{assignment_id}' --exemption-category Waiver --scope '{group_id}'`."
    )


def _resource_guard(error: AzureError) -> str:
    guard = f" {error.name}" if isinstance(error, Denied) and error.name else ""
    return (
        f"The vault is guarded by multi-user authorization, and this operation is protected by the Resource Guard{guard}. "
        "The guard's owner must agree: ask for a time-limited Backup MUA Operator role on the guard (through Privileged "
        "Identity Management where it is used), make the change yourself while you hold it, and give the role back. The "
        "engine never asks for that role. `az backup vault resource-guard-mapping show -g <vault's group> -n <vault>` names "
        "the guard."
    )


def _deny_assignment(error: AzureError) -> str:
    name = f" {error.name}" if isinstance(error, Denied) and error.name else ""
    return (
        f"The deny assignment{name} forbids this to everyone it does not exempt, whatever their roles allow; it cannot be "
        "removed by hand. Ask the owner of what made it (a deployment stack, a managed application, a blueprint) to leave "
        "the restore point group out, or to exempt Azure Backup and the engine's identity."
    )


def _policy(error: AzureError) -> str:
    name = f" {error.name}" if isinstance(error, Denied) and error.name else ""
    return (
        f"The policy assignment{name} forbids this. Ask its owner for an exemption of this group: `az policy exemption "
        "create -n azure-backup-clean-up --policy-assignment <its id> --exemption-category Waiver --scope <the group's id>`."
    )


def disk_access_advice() -> str:
    """What its owner can do about a restore point whose disks are being read."""
    return (
        "A disk of this restore point is being read through a shared access signature (an export, another backup product). "
        "Ask who reads it, and end the access once they are done: `az resource invoke-action --action endGetAccess --ids "
        "<id of the disk restore point>`, for a disk `az disk revoke-access -g <group> -n <disk>`, for a snapshot `az "
        "snapshot revoke-access -g <group> -n <snapshot>`. Then delete the restore point again."
    )


def _deferred_delete(error: AzureError) -> str:
    return (
        "The item was deleted and is kept only until its deferred deletion: no backup can be made of it. To bring it back: "
        "`az backup protection undelete -g <group> -v <vault> -c <container> -i <item> --backup-management-type AzureIaasVM "
        "--workload-type VM`, then `az backup protection resume -g <group> -v <vault> -c <container> -i <item> "
        "--policy-name <policy>`."
    )


def _immutable(error: AzureError) -> str:
    return (
        "The vault is immutable: nothing may be done that would lose recovery points before their time. Read its state: "
        "`az backup vault show -g <group> -n <vault> --query properties.securitySettings.immutabilitySettings.state`. "
        "Unlocked can be turned off by the vault's owner, Locked cannot be undone; wait for the points' retention instead."
    )


def _quota(error: AzureError) -> str:
    return (
        "Azure Backup's own limit for this operation is spent (for on-demand backups a number a day, by UTC). Wait for the "
        "next day or for the next scheduled backup, and look for other scripts that back this machine up."
    )


_BY_CODE: dict[str, Callable[[AzureError], str]] = {
    "linkedauthorizationfailed": _resource_guard,
    "denyassignmentauthorizationfailed": _deny_assignment,
    "requestdisallowedbypolicy": _policy,
    "diskrestorepointusedbycustomer": lambda error: disk_access_advice(),
    "bmsusererrordatasourceindeferreddeletestate": _deferred_delete,
}
_BY_START: dict[str, Callable[[AzureError], str]] = {"clouddos": _quota}
