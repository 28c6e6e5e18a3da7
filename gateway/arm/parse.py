"""ARM's JSON turned into facts. Reads raw keys: the SDK does not type Azure VM protected items (11.2.0)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.arm import ids
from gateway.arm.model import (
    Collection,
    Job,
    JobError,
    Lock,
    Policy,
    ProtectedItem,
    RecoveryPoint,
    RestorePoint,
    Vault,
)

Json = Mapping[str, Any]


def time(value: Any) -> datetime | None:
    """An ARM time in UTC; None for what is absent or one of Azure Backup's sentinels (years 1 and 2001)."""
    if not value:
        return None
    if isinstance(value, datetime):
        found = value
    else:
        text = re.sub(r"(\.\d{6})\d+", r"\1", str(value).replace("Z", "+00:00"))
        found = datetime.fromisoformat(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return None if found.year in (1, 2001) else found.astimezone(UTC)


_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.\d+)?", re.ASCII)


def span_s(value: Any) -> float | None:
    """A length of time as .NET prints one, days.hours:minutes:seconds, in seconds; None for anything else."""
    found = _SPAN.fullmatch(str(value or ""))
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def protected_item(raw: Json) -> ProtectedItem:
    p = raw["properties"]
    return ProtectedItem(
        id=raw["id"],
        machine_id=p.get("virtualMachineId") or p.get("sourceResourceId") or "",
        friendly_name=p.get("friendlyName") or "",
        container_name=ids.folded(p.get("containerName") or ""),
        data_id=str(p.get("protectedItemDataId") or ""),
        policy_id=p.get("policyId") or "",
        protection_state=p.get("protectionState") or "",
        last_backup_status=p.get("lastBackupStatus") or "",
        last_recovery_point=time(p.get("lastRecoveryPoint")),
        item_type=p.get("protectedItemType") or "",
        soft_deleted=bool(p.get("isScheduledForDeferredDelete")),
        kept_for_s=span_s(
            p.get("deferredDeleteTimeRemaining")
        ),  # the time beside it is the start to some, to others the end
    )


def vault(raw: Json) -> Vault:
    security = (raw.get("properties") or {}).get("securitySettings") or {}
    return Vault(
        id=raw["id"],
        name=raw["name"],
        location=raw.get("location") or "",
        tags=tags_of(raw),
        immutability=(security.get("immutabilitySettings") or {}).get("state") or "",
        soft_delete=(security.get("softDeleteSettings") or {}).get("softDeleteState") or "",
    )


def tags_of(raw: Json) -> dict[str, str]:
    return {str(name): str(value) for name, value in (raw.get("tags") or {}).items()}


def job(raw: Json) -> Job:
    p = raw["properties"]
    more = p.get("extendedInfo") or {}
    return Job(
        id=raw["id"],
        name=raw["name"],
        operation=p.get("operation") or "",
        status=p.get("status") or "",
        start=time(p.get("startTime")),
        end=time(p.get("endTime")),
        container_name=ids.folded(p.get("containerName") or ""),
        friendly_name=p.get("entityFriendlyName") or "",
        errors=tuple(map(_job_error, p.get("errorDetails") or ())),
        tasks={t["taskId"]: t.get("status") or "" for t in more.get("tasksList") or ()},
        dynamic_message=more.get("dynamicErrorMessage") or "",
        cancellable=any(action in ("Cancellable", 1) for action in p.get("actionsInfo") or ()),  # 1: older APIs (B01)
    )


def _job_error(raw: Json) -> JobError:
    number = raw.get("errorCode")
    return JobError(
        title=raw.get("errorTitle") or "",
        number=number if isinstance(number, int) else None,
        message=raw.get("errorString") or "",
        recommendations=tuple(raw.get("recommendations") or ()),
    )


_OLD_TIERS = {1: "InstantRP", 2: "HardenedRP", 3: "ArchivedRP"}
_OLD_STATES = {1: "Valid", 2: "Disabled", 3: "Deleted"}


def recovery_point(raw: Json) -> RecoveryPoint | None:
    """None where the point carries no time, without which nothing can be matched."""
    p = raw["properties"]
    at = time(p.get("recoveryPointTime"))
    if at is None:
        return None
    tiers = {
        str(_OLD_TIERS.get(t.get("type"), t.get("type"))): str(_OLD_STATES.get(t.get("status"), t.get("status")))
        for t in p.get("recoveryPointTierDetails") or ()
    }
    return RecoveryPoint(
        raw["name"], at, p.get("recoveryPointType") or "", tiers, bool(p.get("isInstantIlrSessionActive"))
    )


def policy(raw: Json) -> Policy:
    p = raw["properties"]
    schedule, instant = p.get("schedulePolicy") or {}, p.get("instantRPDetails") or {}
    hourly = schedule.get("hourlySchedule") or {}
    daily = schedule.get("dailySchedule") or schedule.get("weeklySchedule") or {}
    times = schedule.get("scheduleRunTimes") or daily.get("scheduleRunTimes") or ()
    return Policy(
        id=raw["id"],
        name=raw["name"],
        version=p.get("policyType") or "V1",
        time_zone=p.get("timeZone") or "UTC",
        frequency=schedule.get("scheduleRunFrequency") or "",
        run_times=_hourly_times(hourly) or tuple((at.hour, at.minute) for t in times if (at := time(t))),
        run_days=tuple(schedule.get("scheduleRunDays") or daily.get("scheduleRunDays") or ()),
        interval_hours=hourly.get("interval"),
        snapshot_retention_days=p.get("instantRpRetentionRangeInDays") or None,
        group_prefix=instant.get("azureBackupRGNamePrefix") or "",
        group_suffix=instant.get("azureBackupRGNameSuffix") or "",
        crash_consistent="CrashConsistent" in str(p.get("snapshotConsistencyType") or ""),
    )


def _hourly_times(hourly: Json) -> tuple[tuple[int, int], ...]:
    """The runs of a day under an hourly schedule: every `interval` hours within its window of so many hours."""
    start = time(hourly.get("scheduleWindowStartTime"))
    every, window = hourly.get("interval"), hourly.get("scheduleWindowDuration")
    if start is None or not isinstance(every, int) or not isinstance(window, int) or every < 1:
        return ()
    return tuple(((start.hour + hours) % 24, start.minute) for hours in range(0, min(window, 23) + 1, every))


def collection(raw: Json) -> Collection:
    p = raw["properties"]
    points = p.get("restorePoints")
    return Collection(
        id=raw["id"],
        name=raw["name"],
        source_id=(p.get("source") or {}).get("id") or "",
        state=p.get("provisioningState") or "",
        points=None if points is None else tuple(map(restore_point, points)),
    )


def restore_point(raw: Json) -> RestorePoint:
    p = raw.get("properties") or {}
    return RestorePoint(
        id=raw["id"],
        name=raw["name"],
        created=time(p.get("timeCreated")),
        vm_id=(p.get("sourceMetadata") or {}).get("vmId") or "",
        state=p.get("provisioningState") or "",
    )


def lock(found: Any) -> Lock:
    """From the locks SDK's typed model."""
    owners = tuple(owner.application_id for owner in found.owners or () if owner.application_id)
    return Lock(found.id, found.name, ids.lock_scope(found.id), str(found.level), found.notes, owners)
