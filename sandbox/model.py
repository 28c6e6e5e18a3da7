"""The rows of the simulated world. Every row is replaced as a whole, never changed in place."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """What a world promises about one machine: who announces the failure, its true cause, how it should end."""

    machine: str
    item: str
    trigger: str
    code: str
    cause: str
    outcome: str
    decision: str = ""  # what the person on call answers when asked: approve, reject
    recurs: bool = False  # whether the ending must name a date of recurrence
    first_cause: str = ""  # what is found first, where another cause lies behind it


@dataclass(frozen=True, slots=True)
class World:
    """What never changes while a world runs."""

    name: str
    title: str
    start: datetime
    subscription: str
    subscription_name: str
    tenant: str
    location: str
    secret: str
    cases: tuple[Case, ...] = ()
    requests_per_hour: int = 150
    page_size: int = 200


@dataclass(frozen=True, slots=True)
class Live:
    """The clock, the last number given out, and where alerts go."""

    now: datetime
    counter: int = 0
    webhook: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    n: int
    at: datetime
    kind: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    name: str
    location: str


@dataclass(frozen=True, slots=True)
class Vault:
    id: str
    name: str
    group: str
    location: str
    resource_guard: str | None = None
    guard_protects: tuple[str, ...] = ()
    immutability: str = "Disabled"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    id: str
    name: str
    vault: str
    version: str = "V1"
    snapshot_days: int = 2
    daily_retention: int = 30
    hour: int = 2
    minute: int = 0
    consistency: str = "AppConsistent"
    group_prefix: str | None = None
    group_suffix: str | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    name: str
    publisher: str
    type: str
    version: str
    state: str = "Succeeded"
    message: str = "Plugin enabled"


@dataclass(frozen=True, slots=True)
class Machine:
    id: str
    name: str
    group: str
    location: str
    vm_id: str
    created: datetime
    os: str = "Windows"
    size: str = "Standard_D2s_v5"
    power: str = "running"
    agent: str = "Ready"
    agent_version: str = "2.7.41491.1172"
    updating: bool = False
    reapply_heals: bool = False
    encrypted: bool = False
    disks_gb: tuple[int, ...] = (127,)
    extensions: tuple[Extension, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    started: datetime | None = None  # by the platform, long after it was made
    change_failed: str = ""  # what the platform said when its last change of the machine failed

    @property
    def provisioning(self) -> str:
        """One failed extension leaves the whole machine Failed."""
        if self.updating:
            return "Updating"
        failed = self.change_failed or any(one.state == "Failed" for one in self.extensions)
        return "Failed" if failed else "Succeeded"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error of a job or of an item's health. A number or a title that is not on record is absent, never invented."""

    title: str | None
    text: str
    recommendations: tuple[str, ...] = ()
    code: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A protected item and what the world hides behind it."""

    id: str
    vault: str
    machine: str
    machine_name: str
    machine_group: str
    container: str
    policy: str
    data_id: str
    restore_group: str
    collection: str
    protection_state: str = "Protected"
    last_status: str = ""
    last_time: datetime | None = None
    last_point: datetime | None = None
    problem: Problem | None = None
    cleanup_stuck: bool = False
    collection_lost: bool = False
    limit_reported_by_compute: bool = False
    always_fails: str | None = None
    next_failures: tuple[str, ...] = ()
    transfer_failures: tuple[str, ...] = ()
    transfer_minutes: float = 33.64
    alert: str | None = "A1b"
    deferred_until: datetime | None = None  # soft-deleted: when its data goes for good


@dataclass(frozen=True, slots=True)
class Task:
    name: str
    status: str = "NotStarted"
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    vault: str
    item: str
    machine_name: str
    container: str
    operation: str
    status: str
    start: datetime
    listed_at: datetime
    expiry: datetime
    on_demand: bool = False
    end: datetime | None = None
    problem: Problem | None = None
    tasks: tuple[Task, ...] = ()
    size_mb: int = 0
    activity: str = ""
    bag: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """A point as the vault lists it; `instant` and `hardened` are the states of its two tiers."""

    id: str
    item: str
    name: str
    time: datetime
    consistency: str
    instant: str | None
    hardened: str | None
    restore_point: str | None
    os: str = "Windows"
    size: str = "Standard_D2s_v5"
    policy_version: str = "V1"
    file_session: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    id: str
    group: str
    name: str
    location: str
    machine: str
    guid: str
    state: str = "Succeeded"


@dataclass(frozen=True, slots=True)
class RestorePoint:
    id: str
    collection: str
    name: str
    machine: str
    vm_id: str
    created: datetime
    consistency: str
    state: str = "Succeeded"
    in_use: bool = False  # one of its disk restore points has an active shared access signature


@dataclass(frozen=True, slots=True)
class FiredAlert:
    """An alert of Azure Monitor; `state` is what people set, `condition` what Azure Monitor sees."""

    id: str
    item: str
    job: str
    fired: datetime
    condition: str
    essentials: dict[str, Any]
    context: dict[str, Any]
    state: str = "New"
    modified: datetime | None = None
    modified_by: str = "System"


@dataclass(frozen=True, slots=True)
class Operation:
    """A long-running operation: pending until `end` is set."""

    id: str
    family: str
    start: datetime
    end: datetime | None = None
    status: str = "InProgress"
    error_code: str | None = None
    error_text: str | None = None
    job: str | None = None
    output: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    id: str
    name: str
    location: str
    sku: str = "Standard_LRS"


@dataclass(frozen=True, slots=True)
class Other:
    """Any other resource that a world puts into a group."""

    id: str
    location: str


@dataclass(frozen=True, slots=True)
class Request:
    n: int
    at: datetime
    method: str
    path: str
    query: str
    status: int | None
    action: str | None
    write: bool
    fault: str | None


@dataclass(frozen=True, slots=True)
class Change:
    n: int
    at: datetime
    kind: str
    id: str
