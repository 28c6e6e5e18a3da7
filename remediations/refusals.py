"""What a person reads when Azure refuses: whose decision stands in the way, and the exact commands. Pure.

What a refusal leaves open, such as <vault>, is filled in with the case's own names (guides/own_names.py).
"""

import shlex
from collections.abc import Callable

from gateway.arm import ids
from gateway.arm.errors import AzureError, Denied, Forbidden
from remediations.guides.commands import VM, item_of, subscription_of

AZURE_BACKUP_APP = "262044b1-e2ce-469f-a196-69ab7ada62d3"
"""The Backup Management Service's application in the public cloud (azure-facts, E)."""
SHORT = 200
"""Characters of Azure's words in a case's reason; the timeline holds them all."""


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


def in_short(error: AzureError) -> str:
    """What was refused and by whom, without Azure's own long words; "" for a refusal that is not explained."""
    if not explain(error):
        return ""
    attempted, _, message = str(error).partition(": ")
    code = f" ({error.code})" if error.code else ""
    if isinstance(error, Denied):
        return f"{attempted}: {_guard(error)} forbids it{code}"
    if isinstance(error, Forbidden) and error.action:
        return f"{attempted}: the engine's identity lacks the action {error.action}{code}"
    short = message if len(message) <= SHORT else f"{message[:SHORT].rpartition(' ')[0]} ..."
    return f"{attempted}: {short}{code}"


def undelete(item_id: str) -> str:
    """The commands that bring a soft-deleted item back and protect it again."""
    return _undelete(item_of(item_id), subscription_of(item_id))


def _undelete(item: str, subscription: str) -> str:
    return (
        f"Bring it back: `az backup protection undelete {item} {VM} {subscription}`, then protect it again: `az backup "
        f"protection resume {item} --policy-name <choose> {subscription}`."
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
    guard = error.id if isinstance(error, Denied) else ""
    scope = shlex.quote(guard) if guard else "<id of the guard>"
    return (
        f"The vault is guarded by multi-user authorization, and {_guard(error)} protects this operation. Its owner must agree: "
        "ask for a time-limited role on it (through Privileged Identity Management where it is used, else `az role assignment "
        f'create --role "Backup MUA Operator" --assignee <you> --scope {scope} {_own_subscription(guard)}`), make the change '
        "yourself while you hold it (a backup: `<az backup protection backup-now>`), and give the role back. The engine never "
        "asks for that role. `az backup vault resource-guard-mapping show -g <group of the vault> -n <vault> --subscription "
        "<subscription>` names the guard of the vault."
    )


def _guard(error: AzureError) -> str:
    """What forbids it, by its name and its group where they are told."""
    if not isinstance(error, Denied):
        return "a guard"
    kind = {"resource guard": "Resource Guard", "policy": "policy assignment"}.get(error.by, error.by)
    where = f" in {ids.group(error.id)}" if ids.group(error.id) else ""
    return f"the {kind} {error.name}{where}" if error.name else f"a {kind}"


def _own_subscription(resource_id: str) -> str:
    return subscription_of(resource_id) if resource_id else "--subscription <subscription>"


def _deny_assignment(error: AzureError) -> str:
    return (
        f"Forbidden by {_guard(error)}, which binds everyone it does not exempt, whatever their roles allow; it cannot be "
        "removed by hand. Ask the owner of what made it (a deployment stack, a managed application, a blueprint) to leave "
        "the restore point group out, or to exempt Azure Backup and the engine's identity."
    )


def _policy(error: AzureError) -> str:
    assignment = shlex.quote(error.id) if isinstance(error, Denied) and error.id else "<id of the assignment>"
    return (
        f"Forbidden by {_guard(error)}. Ask its owner for an exemption of this group: `az policy exemption create -n "
        f"azure-backup-clean-up --policy-assignment {assignment} --exemption-category Waiver --scope "
        "/subscriptions/<subscription>/resourceGroups/<group of what was refused>`."
    )


def disk_access_advice() -> str:
    """What its owner can do about a restore point whose disks are being read."""
    return (
        "A disk of this restore point is being read through a shared access signature (an export, another backup product). "
        "Ask who reads it, and end the access once they are done: `az resource invoke-action --action endGetAccess --ids "
        "<id of the disk restore point>`, for a disk `az disk revoke-access --ids <id of the disk>`, for a snapshot `az "
        "snapshot revoke-access --ids <id of the snapshot>`. Then delete the restore point again."
    )


def _deferred_delete(error: AzureError) -> str:
    return (
        "The item was deleted and is kept only until its deferred deletion: no backup can be made of it. "
        f"{_undelete(_ITEM, '--subscription <subscription>')}"
    )


def _immutable(error: AzureError) -> str:
    return (
        "The vault is immutable: nothing may be done that would lose recovery points before their time. Read its state: "
        "`az backup vault show -g <group of the vault> -n <vault> --subscription <subscription> --query "
        "properties.securitySettings.immutabilitySettings.state`. "
        "Unlocked can be turned off by the vault's owner, Locked cannot be undone; wait for the points' retention instead."
    )


def _quota(error: AzureError) -> str:
    return (
        "Azure Backup's own limit for this operation is spent (for on-demand backups a number a day, by UTC). Wait for the "
        "next day or for the next scheduled backup, and look for other scripts that back this machine up."
    )


_ITEM = "-g <group of the vault> -v <vault> -c <container> -i <item>"
_BY_CODE: dict[str, Callable[[AzureError], str]] = {
    "linkedauthorizationfailed": _resource_guard,
    "denyassignmentauthorizationfailed": _deny_assignment,
    "requestdisallowedbypolicy": _policy,
    "diskrestorepointusedbycustomer": lambda error: disk_access_advice(),
    "bmsusererrordatasourceindeferreddeletestate": _deferred_delete,
}
_BY_START: dict[str, Callable[[AzureError], str]] = {"clouddos": _quota}
