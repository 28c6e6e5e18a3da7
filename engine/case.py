"""A failure, and the case that works on it: plain data, stored as one JSON object a row."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from gateway.arm import ids

REMEDIATED = "remediated"
VAULT_PENDING = "snapshot proven, vault pending"
NEEDS_PERSON = "needs a person"
GAVE_UP = "gave up"
NOT_NEEDED = "not needed"
INCIDENT_OVER = "incident over"
TIMELINE_KEPT = 300
"""Timeline entries a case row keeps; the row must stay far below the store's 900 kB."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with one protected item's backup. `fired_at` in ISO 8601 UTC; job and code "" where unsaid.

    `alert`: the Azure Monitor alert's resource id, which is closed once backups are proven to work.
    """

    item_id: str
    fired_at: str
    trigger: str
    job: str = ""
    code: str = ""
    machine_id: str = ""
    told_by: str = ""
    dry_run: bool = False
    alert: str = ""

    @property
    def item_key(self) -> str:
        """sha256 of the item, however its id is written: the partition of its claim. A dry run claims nothing real."""
        key = ids.ItemId.parse(self.item_id).key if self.item_id else ids.key(self.machine_id)
        return hashlib.sha256(f"{key}{' dry run' if self.dry_run else ''}".encode()).hexdigest()

    @property
    def case_id(self) -> str:
        """32 hex digits, alike for every telling of this failure: by its job, else by code and time.

        A manual call is a wish of its own: it opens a new case though the failure is known, and of two in the same instant
        each is one, unless they say the same.
        """
        job = self.job.casefold()
        sign = f"{self.code.casefold()} {self.fired_at}"
        if job:
            sign = f"{sign} {job}" if self.trigger == "manual" else f"job {job}"
        return hashlib.sha256(f"{self.item_key} {sign}".encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Failure":
        """Raises ValueError that names the field where the value is not a failure of a protected item."""
        unknown = set(value) - set(cls.__dataclass_fields__)
        if unknown:
            raise ValueError(f"a failure has no field {sorted(unknown)[0]!r}")
        for name in ("fired_at", "trigger"):
            if not isinstance(value.get(name), str) or not value[name]:
                raise ValueError(f"the field {name!r} of a failure must be a text, not {value.get(name)!r}")
        if value.get("item_id") or not value.get("machine_id"):
            ids.ItemId.parse(str(value.get("item_id") or ""))
        datetime.fromisoformat(value["fired_at"])
        return cls(**{"item_id": "", **value})


@dataclass(slots=True)
class Case:
    """All work on one failure of one item. Times in ISO 8601 UTC.

    `before`: each failure that was mended only to bring another to light: its code, cause and reason, and the failed job that
    shows the next one.
    """

    id: str
    failure: dict[str, Any]
    opened: str
    phase: str = "diagnose"
    code: str = ""
    machine: str = ""
    cause: str = ""
    diagnosis: dict[str, Any] = field(default_factory=dict)
    guest: dict[str, Any] = field(default_factory=dict)
    fleet: dict[str, Any] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    before: list[dict[str, str]] = field(default_factory=list)
    plan: dict[str, Any] = field(default_factory=dict)
    ask: dict[str, Any] = field(default_factory=dict)
    permits: list[dict[str, Any]] = field(default_factory=list)
    turn: dict[str, str] = field(default_factory=dict)
    region: str = ""
    borrowed: list[str] = field(default_factory=list)
    recurs_about: str = ""
    kind: str = ""
    step: int = 0
    step_since: str = ""
    memo: dict[str, Any] = field(default_factory=dict)
    proof_job: str = ""
    proof: dict[str, Any] = field(default_factory=dict)
    troubles: int = 0
    locked_since: str = ""
    due: str = ""
    faults: int = 0
    ending: dict[str, Any] = field(default_factory=dict)
    outcome: str = ""
    closed: str = ""
    timeline: list[dict[str, str]] = field(default_factory=list)
    joined: list[dict[str, Any]] = field(default_factory=list)
    joined_count: int = 0

    @classmethod
    def open(cls, failure: Failure, now: datetime) -> "Case":
        machine = ids.name(failure.machine_id) if failure.machine_id else failure.item_id.rsplit(";", 1)[-1]
        case = cls(failure.case_id, failure.to_json(), now.isoformat(), machine=machine, code=failure.code)
        case.note(now, "opened", f"told by {failure.told_by or failure.trigger}")
        return case

    @property
    def told(self) -> Failure:
        return Failure(**self.failure)

    @property
    def by_hand(self) -> str:
        """What a person would do about the cause, "" where nothing is on record."""
        said = self.diagnosis.get("by_hand") or self.diagnosis.get("guide") or ""
        return f"By hand: {said}" if said else ""

    def note(self, now: datetime, event: str, text: str) -> None:
        """Adds to the timeline; what is said again at once is said once, with its last time."""
        if self.timeline and (self.timeline[-1]["event"], self.timeline[-1]["text"]) == (event, text):
            self.timeline[-1]["until"] = now.isoformat()
            return
        self.timeline.append({"at": now.isoformat(), "event": event, "text": text})
        del self.timeline[1 : max(1, len(self.timeline) - TIMELINE_KEPT)]

    def end(self, now: datetime, outcome: str, reason: str, instructions: str = "") -> None:
        """Decides the ending; what was borrowed is returned before the case closes."""
        self.ending = {"outcome": outcome, "reason": reason, "instructions": instructions}
        self.phase = "return"
        self.note(now, "ending", f"{outcome}: {reason}")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Case":
        return cls(**{name: value[name] for name in cls.__dataclass_fields__ if name in value})
