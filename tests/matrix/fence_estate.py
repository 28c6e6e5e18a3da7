"""What one example of the fence's matrix finds in a subscription: plain data, as Azure would tell it."""

from dataclasses import dataclass

SUB = "/subscriptions/5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
COMPUTE = "providers/Microsoft.Compute"


def group_id(name: str) -> str:
    return f"{SUB}/resourceGroups/{name}"


@dataclass(frozen=True, slots=True)
class Point:
    """A restore point that is `days` old; `vm_id` of the machine it was taken of."""

    name: str
    days: int
    vm_id: str


@dataclass(frozen=True, slots=True)
class Collection:
    group: str
    name: str
    source: str
    points: tuple[Point, ...] = ()

    @property
    def id(self) -> str:
        return f"{group_id(self.group)}/{COMPUTE}/restorePointCollections/{self.name}"


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else that lies in a group; `type` as ARM writes it."""

    group: str
    type: str
    name: str

    @property
    def id(self) -> str:
        return f"{group_id(self.group)}/providers/{self.type}/{self.name}"


@dataclass(frozen=True, slots=True)
class Lock:
    scope: str
    name: str
    level: str = "CanNotDelete"
    notes: str | None = None

    @property
    def id(self) -> str:
        return f"{self.scope}/providers/Microsoft.Authorization/locks/{self.name}"


@dataclass(frozen=True, slots=True)
class Extension:
    name: str
    publisher: str
    type: str
    state: str = "Failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A backup that runs for hours; `vault` "" is the item's own. `known`: the machine that its vault means by our machine's name."""

    vault: str
    name: str
    container: str
    known: str
    in_snapshot: bool = True


@dataclass(frozen=True, slots=True)
class Estate:
    """One protected machine and all that lies around it; `told_id`: the machine's id as its protected item spells it."""

    machine: str
    group: str
    vm_id: str
    data_id: str
    told_id: str
    restore_group: str
    collections: tuple[Collection, ...] = ()
    others: tuple[Other, ...] = ()
    locks: tuple[Lock, ...] = ()
    extensions: tuple[Extension, ...] = ()
    jobs: tuple[Job, ...] = ()

    @property
    def machine_id(self) -> str:
        return f"{group_id(self.group)}/{COMPUTE}/virtualMachines/{self.machine}"

    @property
    def item_path(self) -> str:
        """The protected item below its vault; Azure Backup keeps its names in lower case."""
        return item_path(self.container)

    @property
    def container(self) -> str:
        """The machine as Azure Backup names it in every vault."""
        return f"iaasvmcontainerv2;{self.group.lower()};{self.machine.lower()}"


def item_path(container: str) -> str:
    return f"backupFabrics/Azure/protectionContainers/IaasVMContainer;{container}/protectedItems/VM;{container}"
