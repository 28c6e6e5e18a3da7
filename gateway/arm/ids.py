"""ARM resource ids: taken apart and compared without regard to case, on segment boundaries. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

_LOCK = re.compile(r"(.*)/providers/microsoft\.authorization/locks/", re.IGNORECASE | re.ASCII)

# Azure's naming rules: what they forbid names no group, vault or machine, and must not reach the path of a request.
_GROUP, _MACHINE = r"[\w.()-]{1,90}", r"[\w.-]{1,64}"
_IN_GROUP = rf"/subscriptions/[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}/resourcegroups/{_GROUP}/providers"
_UNIQUE = rf"iaasvmcontainerv2;{_GROUP};{_MACHINE}"
MACHINE_ID = re.compile(rf"{_IN_GROUP}/microsoft\.compute/virtualmachines/{_MACHINE}", re.I)
VAULT_ID = re.compile(rf"{_IN_GROUP}/microsoft\.recoveryservices/vaults/[a-z][a-z0-9-]{{1,49}}", re.I)
UNIQUE_NAME = re.compile(rf"(?:.*;)?({_UNIQUE})", re.I)
"""Ends in a machine's name as Azure Backup writes it: `iaasvmcontainerv2;group;machine`."""
VM_ITEM_ID = re.compile(
    rf"{VAULT_ID.pattern}/backupfabrics/azure/protectioncontainers/iaasvmcontainer;{_UNIQUE}"
    rf"/protecteditems/vm;(?:iaasvmcontainerv2;)?{_GROUP};{_MACHINE}",
    re.I,
)


def same(a: str, b: str) -> bool:
    """Whether two ids name one resource."""
    return key(a) == key(b)


@lru_cache(maxsize=65536)
def key(resource_id: str) -> str:
    """The id's form for comparing: casefolded, single slashes, none at the end."""
    return "/" + "/".join(part for part in folded(resource_id).split("/") if part)


def folded(text: str) -> str:
    """The text without regard to case, letter by letter: `ß` is not `ss`, `ſ` no `s`, the Kelvin sign no `k`.

    Groups of such names exist side by side, since Resource Manager takes any letter; str.casefold() would join them.
    """
    return text.lower() if text.isascii() else "".join(map(_folded, text))


def _folded(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 and lower.isascii() == letter.isascii() else letter


def within(resource_id: str, scope: str) -> bool:
    """Whether the resource is the scope itself or lies below it."""
    return key(resource_id) == key(scope) or key(resource_id).startswith(key(scope).rstrip("/") + "/")


def segment(resource_id: str, name: str) -> str:
    """The value that follows `name` in the id, in its own case; "" where it has none."""
    parts = [part for part in resource_id.split("/") if part]
    for at, part in enumerate(parts[:-1]):
        if folded(part) == folded(name):
            return parts[at + 1]
    return ""


def subscription(resource_id: str) -> str:
    return segment(resource_id, "subscriptions")


def group(resource_id: str) -> str:
    """The name of the resource group."""
    return segment(resource_id, "resourceGroups")


def group_id(resource_id: str) -> str:
    """The id of the resource group that holds the resource."""
    return f"/subscriptions/{subscription(resource_id)}/resourceGroups/{group(resource_id)}"


def vault_of(resource_id: str) -> str:
    """The id of the Recovery Services vault that holds the resource, "" where none does."""
    vault = segment(resource_id, "vaults")
    if not vault or folded(segment(resource_id, "providers")) != "microsoft.recoveryservices":
        return ""  # a key vault is no such vault
    return f"{group_id(resource_id)}/providers/Microsoft.RecoveryServices/vaults/{vault}"


def name(resource_id: str) -> str:
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def lock_scope(lock_id: str) -> str:
    """What a management lock locks: its id before `/providers/Microsoft.Authorization/locks`."""
    found = _LOCK.match(lock_id)  # not by an index into the casefolded id: ß folds into two letters
    return found[1] if found else ""


def alert_path(alert_id: str) -> str:
    """Where an Azure Monitor alert is asked for; an id below a resource names the same alert, by its guid."""
    if not subscription(alert_id) or not segment(alert_id, "alerts"):
        raise ValueError(f"not the id of an alert: {alert_id!r}")
    return f"/subscriptions/{subscription(alert_id)}/providers/Microsoft.AlertsManagement/alerts/{name(alert_id)}"


@dataclass(frozen=True, slots=True)
class ItemId:
    """The parts of a protected item's id that the Azure Backup API asks for one by one."""

    subscription: str
    group: str
    vault: str
    fabric: str
    container: str
    item: str

    @classmethod
    def parse(cls, item_id: str) -> "ItemId":
        """Raises ValueError where the id is not that of a protected item."""
        parts = [
            segment(item_id, name)
            for name in (
                "subscriptions",
                "resourceGroups",
                "vaults",
                "backupFabrics",
                "protectionContainers",
                "protectedItems",
            )
        ]
        if not all(parts):
            raise ValueError(f"not the id of a protected item: {item_id!r}")
        return cls(*parts)

    @property
    def vault_id(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
            f"/providers/Microsoft.RecoveryServices/vaults/{self.vault}"
        )

    @property
    def unique_name(self) -> str:
        """`group;machine`: what the names in two and in three parts share (`VM;rg;vm`, `VM;iaasvmcontainerv2;rg;vm`)."""
        return folded(";".join(self.item.split(";")[-2:]))

    @property
    def key(self) -> str:
        """What two ids of one item share, however its name is written."""
        return f"{key(self.vault_id)} {self.unique_name}"


def vm_item_id(vault_id: str, unique_name: str) -> str:
    """The id of a machine's protected item from `iaasvmcontainerv2;group;machine`."""
    return (
        f"{vault_id}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{unique_name}"
        f"/protectedItems/VM;{unique_name}"
    )
