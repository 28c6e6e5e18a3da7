"""ARM resource ids: taken apart and compared without regard to case, on segment boundaries. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

_LOCK = re.compile(r"(.*)/providers/microsoft\.authorization/locks/", re.IGNORECASE | re.ASCII)


def same(a: str, b: str) -> bool:
    """Whether two ids name one resource."""
    return key(a) == key(b)


@lru_cache(maxsize=65536)
def key(resource_id: str) -> str:
    """The id's form for comparing: casefolded, single slashes, none at the end."""
    return "/" + "/".join(part for part in resource_id.casefold().split("/") if part)


def within(resource_id: str, scope: str) -> bool:
    """Whether the resource is the scope itself or lies below it."""
    return key(resource_id) == key(scope) or key(resource_id).startswith(key(scope).rstrip("/") + "/")


def segment(resource_id: str, name: str) -> str:
    """The value that follows `name` in the id, in its own case; "" where it has none."""
    parts = [part for part in resource_id.split("/") if part]
    for at, part in enumerate(parts[:-1]):
        if part.casefold() == name.casefold():
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


def name(resource_id: str) -> str:
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def lock_scope(lock_id: str) -> str:
    """What a management lock locks: its id before `/providers/Microsoft.Authorization/locks`."""
    found = _LOCK.match(lock_id)  # not by an index into the casefolded id: ß folds into two letters
    return found[1] if found else ""


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
        return ";".join(self.item.split(";")[-2:]).casefold()

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
