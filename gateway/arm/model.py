"""Facts about Azure as the engine sees them: frozen, only what is used, times aware and in UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.arm.encryption import DiskKeys


@dataclass(frozen=True, slots=True)
class ProtectedItem:
    """A protected item of a vault; `data_id` is the suffix of its restore point collection's name.

    `kept_for_s`: how long a soft-deleted item is still kept, in seconds, None where Azure does not say.
    """

    id: str
    machine_id: str
    friendly_name: str
    container_name: str
    data_id: str
    policy_id: str
    protection_state: str
    last_backup_status: str
    last_recovery_point: datetime | None
    item_type: str
    soft_deleted: bool = False
    kept_for_s: float | None = None


@dataclass(frozen=True, slots=True)
class Vault:
    """A Recovery Services vault; `immutability` and `soft_delete` are Azure's own words, "" where it says nothing."""

    id: str
    name: str
    location: str
    tags: dict[str, str]
    immutability: str = ""
    soft_delete: str = ""


@dataclass(frozen=True, slots=True)
class JobError:
    """One entry of a job's errorDetails; `title` is the symbolic code, "" where Azure left it out."""

    title: str
    number: int | None
    message: str
    recommendations: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The symbolic code, or the number where there is no title."""
        return self.title or (str(self.number) if self.number is not None else "")


@dataclass(frozen=True, slots=True)
class Job:
    """A backup job; `tasks` maps task name to status and is empty in lists.

    `cancellable` is Azure's word for the kind of job: only one that takes its snapshot is cancelled in fact.
    """

    id: str
    name: str
    operation: str
    status: str
    start: datetime | None
    end: datetime | None
    container_name: str
    friendly_name: str
    errors: tuple[JobError, ...] = ()
    tasks: dict[str, str] = field(default_factory=dict)
    dynamic_message: str = ""
    cancellable: bool = False

    @property
    def running(self) -> bool:
        return self.status in ("InProgress", "Cancelling")

    @property
    def failed(self) -> bool:
        """Failed, or completed with the errors that a failed transfer leaves behind."""
        return self.status == "Failed" or (self.status == "CompletedWithWarnings" and bool(self.errors))

    @property
    def code(self) -> str:
        return self.errors[0].code if self.errors else ""


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """A recovery point of the vault; `tiers` maps InstantRP, HardenedRP, ArchivedRP to their status."""

    name: str
    time: datetime
    consistency: str
    tiers: dict[str, str]
    file_recovery_active: bool = False

    @property
    def vaulted(self) -> bool:
        return self.tiers.get("HardenedRP") == "Valid"


@dataclass(frozen=True, slots=True)
class Policy:
    """A backup policy; `run_times` are (hour, minute) in `time_zone`, None where the schedule is not understood."""

    id: str
    name: str
    version: str
    time_zone: str
    frequency: str
    run_times: tuple[tuple[int, int], ...]
    run_days: tuple[str, ...]
    interval_hours: int | None
    snapshot_retention_days: int | None
    group_prefix: str = ""
    group_suffix: str = ""
    crash_consistent: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """A VM extension as the machine shows it; `state` is its provisioning state."""

    name: str
    publisher: str
    type: str
    version: str
    state: str
    message: str = ""

    @property
    def is_backup(self) -> bool:
        """The two extensions that Azure Backup itself installs and that may be removed."""
        return (
            self.publisher.lower() == "microsoft.azure.recoveryservices"
            and self.type in ("VMSnapshot", "VMSnapshotLinux")
            and self.name.lower() in ("vmsnapshot", "vmsnapshotlinux")
        )

    @property
    def failed(self) -> bool:
        return self.state == "Failed"


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk of a machine: `lun` is None for the one with the system; `id` is "" where it is unmanaged.

    `size_gb` is None where Azure does not say; `ephemeral`: it lies on the host, and a redeployment loses it.
    """

    name: str
    id: str
    lun: int | None
    size_gb: int | None
    ephemeral: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine with its instance view; `agent_ready` is None where the view says nothing about the agent.

    `provisioned`: when the platform last came to an end with it, a start or a change, and `provisioning_message`: what it said
    of that. `nics`: ids of its network interfaces, the
    primary one first.
    """

    id: str
    name: str
    vm_id: str
    location: str
    os: str
    provisioning_state: str
    power: str
    agent_ready: bool | None
    agent_version: str
    agent_message: str
    extensions: tuple[Extension, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    size: str = ""
    os_name: str = ""
    os_version: str = ""
    provisioned: datetime | None = None
    provisioning_message: str = ""
    disks: tuple[Disk, ...] = ()
    nics: tuple[str, ...] = ()
    disk_keys: tuple[DiskKeys, ...] = ()


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """One instant-restore snapshot; `vm_id` is the machine's unique id at the time it was taken."""

    id: str
    name: str
    created: datetime | None
    vm_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A restore point collection; `points` is None where it was read without them."""

    id: str
    name: str
    source_id: str
    state: str
    points: tuple[RestorePoint, ...] | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """A management lock, whole: what it takes to write it back as it was."""

    id: str
    name: str
    scope: str
    level: str
    notes: str | None = None
    owners: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "scope": self.scope,
            "level": self.level,
            "notes": self.notes,
            "owners": list(self.owners),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Lock":
        return cls(
            value["id"],
            value["name"],
            value["scope"],
            value["level"],
            value.get("notes"),
            tuple(value.get("owners") or ()),
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """Any resource of a group: what it is, no more."""

    id: str
    type: str


@dataclass(frozen=True, slots=True)
class Started:
    """A long-running operation that was accepted. `poll` is a signed URL: used verbatim, never shown, never stored."""

    operation: str
    correlation: str
    poll: str = field(repr=False, default="")
