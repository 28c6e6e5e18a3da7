"""Names and ids in the shapes Azure gives them; all of them follow from their inputs, so that runs repeat."""

import hashlib
import re
import uuid
from datetime import datetime

_ROOT = uuid.UUID("6f2b1c0e-8a57-4b7e-9a3e-5a0d3d6f0b11")


def guid(*parts: object) -> str:
    return str(uuid.uuid5(_ROOT, "|".join(str(part) for part in parts)))


def digits(count: int, *parts: object) -> str:
    """A decimal name of `count` digits, as Azure Backup gives to recovery points and data sources."""
    number = int(hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest(), 16)
    return str(10 ** (count - 1) + number % (9 * 10 ** (count - 1)))


def subscription_id(subscription: str) -> str:
    return f"/subscriptions/{subscription}"


def group_id(subscription: str, group: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def vault_id(subscription: str, group: str, vault: str) -> str:
    return f"{group_id(subscription, group)}/providers/Microsoft.RecoveryServices/vaults/{vault}"


def machine_id(subscription: str, group: str, machine: str) -> str:
    return f"{group_id(subscription, group)}/providers/Microsoft.Compute/virtualMachines/{machine}"


def collection_id(subscription: str, group: str, collection: str) -> str:
    return f"{group_id(subscription, group)}/providers/Microsoft.Compute/restorePointCollections/{collection}"


def container_name(group: str, machine: str) -> str:
    """The part that Azure Backup stores in lower case, whatever the group is called."""
    return f"iaasvmcontainerv2;{group.lower()};{machine.lower()}"


def item_id(vault: str, group: str, machine: str) -> str:
    name = container_name(group, machine)
    return f"{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{name}/protectedItems/VM;{name}"


def restore_point_name(at: datetime) -> str:
    """AzureBackup_yyyyMMdd_hhmmss: a 12-hour clock, so two instants of a day may share a name."""
    return at.strftime("AzureBackup_%Y%m%d_%I%M%S")


def group_of(resource: str) -> str:
    """The resource group's name inside an ARM id, or an empty string."""
    parts = resource.strip("/").split("/")
    return parts[3] if len(parts) > 3 and parts[2].lower() == "resourcegroups" else ""


def type_of(resource: str) -> str:
    """Provider/type/subtype of the last resource in an ARM id; a group's own type without a provider."""
    if "/providers/" not in resource.lower():
        return "Microsoft.Resources/resourceGroups"
    parts = re.split("/providers/", resource, flags=re.IGNORECASE)[-1].strip("/").split("/")
    return "/".join([parts[0], *parts[1::2]])


def under(resource: str, scope: str) -> bool:
    """Whether `resource` is `scope` or lies below it, on segment boundaries and without regard to case."""
    low, top = resource.lower().rstrip("/"), scope.lower().rstrip("/")
    return low == top or low.startswith(top + "/")
