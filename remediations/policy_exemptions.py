"""What its owner can do about a policy that forbids Azure Backup to create what a snapshot needs. Pure."""

from gateway.arm import ids
from gateway.arm.deny_creation import DenyCreationPolicy
from gateway.arm.model import Machine


def creation_advice(policy: DenyCreationPolicy, group_id: str, machine: Machine) -> str:
    """`group_id`: the restore point group, "" where there is none yet."""
    return (
        "This policy guards more than backups: it is reported and never touched. Its owner can change its effect from Deny "
        "to Modify, which adds what is missing instead of refusing; or exempt the restore point group, which holds nothing "
        f"but Azure Backup's own snapshots: {_exemption(policy, group_id or _new_group(machine))}."
        f"{'' if group_id else _group_beforehand(machine)}"
    )


def _exemption(policy: DenyCreationPolicy, scope: str) -> str:
    return (
        f"`az policy exemption create -n azure-backup --policy-assignment '{policy.id}' --exemption-category Waiver "
        f"--scope '{scope}'`"
    )


def _new_group(machine: Machine) -> str:
    return f"/subscriptions/{ids.subscription(machine.id)}/resourceGroups/<name of the new group>"


def _group_beforehand(machine: Machine) -> str:
    """The naming scheme: backup-during-vm-creation, Azure Backup resource group for virtual machines."""
    return (
        " There is no such group yet: create it beforehand, with the tags that the policy asks for, in "
        f"{machine.location}, named by Azure Backup's scheme, a prefix, a number from 1 on and where wanted a suffix (such "
        "as restorepoints-1), and write prefix and suffix, without the number, as the resource group into the instant "
        "restore settings of the machine's backup policy."
    )
