"""What the owner sets: read from a mapping, never from the environment at import.

A bad value never stops the app: it is reported in `problems`, and while there is one nothing is changed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine import ncrontab

PUBLIC_AUTHORITY = "https://login.microsoftonline.com"
V1_ISSUER = "https://sts.windows.net"
V1_ISSUERS = {"https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn"}
"""Of authorities whose tokens of version 1 another issuer writes."""
SUBSCRIPTION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
AUDIENCE = re.compile(r"[a-z][a-z0-9+.-]*://[^\s,]+", re.IGNORECASE | re.ASCII)
AUTHORITY = re.compile(r"https://[a-z0-9.-]+(:\d+)?|http://127\.0\.0\.1:\d+", re.IGNORECASE | re.ASCII)
"""A name alone; without TLS only on this machine, for an issuer in a test."""
STORAGE = "AzureWebJobsStorage"
INGESTION = "https://<rule>.<region>-1.ingest.monitor.azure.com"
OUTCOMES = ("OUTCOMES_ENDPOINT", "OUTCOMES_RULE", "OUTCOMES_STREAM")
SCHEDULE_FORM = "write second, minute, hour, day, month and day of the week, such as `0 0 4 * * *` for 04:00 each day"
SHIPPED_POLICY = str(Path(__file__).parent.parent / "policy.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings with their defaults. What may be changed the policy says; the shipped one plans and asks."""

    arm_endpoint: str = "https://management.azure.com"
    identity: str = ""
    store_url: str = ""
    subscriptions: tuple[str, ...] = ()
    policy_file: str = SHIPPED_POLICY
    changes: str = "on"
    lease_hours: float = 48
    on_demand_per_day: int = 2
    on_demand_retention_days: int = 30
    sweep_max_cases: int = 50
    backup_service_object_id: str = ""
    role_name_suffix: str = ""
    outcomes_endpoint: str = ""
    outcomes_rule: str = ""
    outcomes_stream: str = ""
    problems: tuple[str, ...] = field(default=())

    @property
    def changes_off(self) -> str:
        """Why nothing may be changed, "" where changes are allowed."""
        if self.problems:
            return f"a setting is wrong: {self.problems[0]}"
        return "" if self.changes == "on" else "the setting CHANGES is `off`"


def read_settings(values: Mapping[str, str]) -> Settings:
    """Settings from environment variables; each that is wrong becomes a problem that names it and the fix."""
    problems = [*_wrong_texts(values), *read_callers(values).problems]

    def number(name: str, otherwise: float, low: float, high: float) -> float:
        text = values.get(name, "")
        try:
            found = float(text) if text else otherwise
        except ValueError:
            found = float("nan")
        if low <= found <= high:
            return found
        problems.append(f"{name} must be a number from {low:g} to {high:g}, not {text!r}")
        return otherwise

    read: dict[str, Any] = {
        "arm_endpoint": values.get("ARM_ENDPOINT") or "https://management.azure.com",
        "identity": values.get("AZURE_CLIENT_ID") or "",
        "store_url": values.get("STORE_URL") or "",
        "subscriptions": tuple(one for one in _named_subscriptions(values) if SUBSCRIPTION.fullmatch(one)),
        "policy_file": values.get("POLICY_FILE") or SHIPPED_POLICY,
        "changes": (values.get("CHANGES") or "on").casefold(),
        "lease_hours": number("LEASE_HOURS", 48, 1, 336),
        "on_demand_per_day": int(number("ON_DEMAND_PER_DAY", 2, 0, 3)),
        "on_demand_retention_days": int(number("ON_DEMAND_RETENTION_DAYS", 30, 1, 9999)),
        "sweep_max_cases": int(number("SWEEP_MAX_CASES", 50, 1, 1000)),
        "backup_service_object_id": _object_id(values),
        "role_name_suffix": values.get("ROLE_NAME_SUFFIX") or "",
        **_outcomes(values),
    }
    return Settings(**read, problems=tuple(problems))


def _wrong_texts(values: Mapping[str, str]) -> list[str]:
    changes = (values.get("CHANGES") or "on").casefold()
    problems = [] if changes in ("on", "off") else [f"CHANGES must be `on` or `off`, not {changes!r}"]
    if not values.get("STORE_URL"):
        problems.append("STORE_URL is not set: give the table endpoint of a storage account, or sqlite:///path/file.db")
    problems += [
        f"SUBSCRIPTIONS holds {one!r}, which is no id: write 00000000-0000-0000-0000-000000000000, with commas between ids"
        for one in _named_subscriptions(values)
        if not SUBSCRIPTION.fullmatch(one)
    ]
    told = (values.get("BACKUP_SERVICE_OBJECT_ID") or "").strip()
    if told and not _object_id(values):
        problems.append(
            f"BACKUP_SERVICE_OBJECT_ID is {told!r}, which is no object id: write what `az ad sp show --id "
            "<the Backup Management Service's application> --query id -o tsv` prints, or leave it out"
        )
    return problems


def _outcomes(values: Mapping[str, str]) -> dict[str, str]:
    """Where outcomes are sent; nowhere unless it is told whole and rightly."""
    told = {
        "outcomes_endpoint": values.get("OUTCOMES_ENDPOINT") or "",
        "outcomes_rule": values.get("OUTCOMES_RULE") or "",
        "outcomes_stream": values.get("OUTCOMES_STREAM") or "",
    }
    whole = all(told.values()) and AUTHORITY.fullmatch(told["outcomes_endpoint"].rstrip("/"))
    return told if whole else {}


def _object_id(values: Mapping[str, str]) -> str:
    """The object id of Azure Backup's service in the tenant, "" where it is not given or no id."""
    told = (values.get("BACKUP_SERVICE_OBJECT_ID") or "").strip()
    return told if SUBSCRIPTION.fullmatch(told) else ""


def _named_subscriptions(values: Mapping[str, str]) -> list[str]:
    return [one.strip() for one in (values.get("SUBSCRIPTIONS") or "").split(",") if one.strip()]


@dataclass(frozen=True, slots=True)
class Callers:
    """How callers of the HTTP functions prove who they are: by a token of Microsoft Entra, or by function key.

    While there are `problems` nobody is let in. They stop changes too, as nobody could throw the switch.
    """

    tenant: str = ""
    audiences: tuple[str, ...] = ()
    authority: str = PUBLIC_AUTHORITY
    problems: tuple[str, ...] = field(default=())

    @property
    def by_token(self) -> bool:
        return bool(self.audiences) and not self.problems

    @property
    def issuers(self) -> tuple[str, ...]:
        """Who may have issued a token of the tenant, version 2 or 1: https://learn.microsoft.com/entra/identity-platform/access-tokens"""
        return f"{self.authority}/{self.tenant}/v2.0", f"{V1_ISSUERS.get(self.authority, V1_ISSUER)}/{self.tenant}/"

    @property
    def keys_url(self) -> str:
        return f"{self.authority}/{self.tenant}/discovery/v2.0/keys"


def read_callers(values: Mapping[str, str]) -> Callers:
    """Whose tokens are taken. What is set by half or is malformed is a problem, never a door left open."""
    tenant, audience = values.get("ENTRA_TENANT_ID") or "", values.get("ENTRA_AUDIENCE") or ""
    if not tenant and not audience:
        return Callers()
    authority = (values.get("ENTRA_AUTHORITY") or PUBLIC_AUTHORITY).rstrip("/")
    told = [one.strip() for one in audience.split(",")]
    audiences = tuple(one.lower() if SUBSCRIPTION.fullmatch(one) else one for one in told)
    problems = []
    if not SUBSCRIPTION.fullmatch(tenant):
        problems.append(
            f"ENTRA_TENANT_ID is {tenant!r}, which is no tenant's id: write 00000000-0000-0000-0000-000000000000, "
            "or leave out ENTRA_AUDIENCE as well, and a function key opens the HTTP functions"
        )
    problems += [
        f"ENTRA_AUDIENCE holds {one!r}, which is no audience: write the application id URI (api://...), the client id, "
        "or both with a comma; or leave out ENTRA_TENANT_ID as well, and a function key opens the HTTP functions"
        for one in audiences
        if not (SUBSCRIPTION.fullmatch(one) or AUDIENCE.fullmatch(one))
    ]
    if not AUTHORITY.fullmatch(authority):
        problems.append(f"ENTRA_AUTHORITY is {authority!r}, which is no issuer: write such as {PUBLIC_AUTHORITY}")
    return Callers(tenant.lower(), audiences, authority, tuple(problems))


def hosting_problems(values: Mapping[str, str]) -> tuple[str, ...]:
    """What is wrong with the settings of the Functions host and of reports. It bears on no change, so it stops none."""
    schedule = values.get("SWEEP_SCHEDULE") or ""
    problems = [] if schedule else [f"SWEEP_SCHEDULE is not set, so nothing is swept: {SCHEDULE_FORM}"]
    if schedule and (fault := ncrontab.fault(schedule)):
        problems.append(f"SWEEP_SCHEDULE {schedule!r} is no schedule: {fault}; {SCHEDULE_FORM}")
    uris = [f"{STORAGE}__{service}ServiceUri" for service in ("blob", "queue", "table")]
    if not (values.get(STORAGE) or values.get(f"{STORAGE}__accountName") or all(map(values.get, uris))):
        problems.append(
            f"{STORAGE} is not set: give {STORAGE}__accountName (with the app's identity), or all of {', '.join(uris)}, "
            f"or a connection string as {STORAGE}"
        )
    named = [name for name, told in zip(OUTCOMES, map(values.get, OUTCOMES), strict=True) if told]
    endpoint = values.get("OUTCOMES_ENDPOINT") or ""
    if endpoint and not AUTHORITY.fullmatch(endpoint.rstrip("/")):
        problems.append(f"OUTCOMES_ENDPOINT is {endpoint!r}, which is no address: write such as {INGESTION}")
    if named and len(named) < len(OUTCOMES):
        lacking = ", ".join(name for name in OUTCOMES if name not in named)
        problems.append(f"{named[0]} is set without {lacking}, so no outcome is sent: set all three, or none")
    return tuple(problems)
