"""What host.json and the settings file say, with the real host's defaults where they are silent."""

import json
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """host.json, a setting or a binding cannot be used; the text names the place."""


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """host.json `extensions.queues`.

    Defaults: https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#host-json"""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    visibility_timeout: timedelta = timedelta(0)
    base64: bool = True


@dataclass(frozen=True, slots=True)
class HostConfig:
    """The parts of host.json that this host obeys."""

    route_prefix: str = "api"
    hub_name: str = "TestHubName"
    max_orchestrators: int = 10
    max_activities: int = 10
    queues: QueueConfig = QueueConfig()


def read_host_json(app_dir: Path) -> HostConfig:
    """host.json of the app; raises ConfigError when it is missing or not JSON."""
    try:
        extensions = json.loads((app_dir / "host.json").read_text()).get("extensions", {})
    except (OSError, ValueError) as error:
        raise ConfigError(f"{app_dir / 'host.json'}: {error}") from error
    durable = extensions.get("durableTask", {})
    return HostConfig(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        hub_name=durable.get("hubName", "TestHubName"),
        max_orchestrators=int(durable.get("maxConcurrentOrchestratorFunctions", 10)),
        max_activities=int(durable.get("maxConcurrentActivityFunctions", 10)),
        queues=_read_queues(extensions.get("queues", {})),
    )


def _read_queues(section: dict[str, Any]) -> QueueConfig:
    batch_size = int(section.get("batchSize", 16))
    return QueueConfig(
        batch_size=batch_size,
        new_batch_threshold=int(section.get("newBatchThreshold", batch_size // 2)),
        max_dequeue_count=int(section.get("maxDequeueCount", 5)),
        visibility_timeout=read_time_span(section.get("visibilityTimeout", "00:00:00")),
        base64=section.get("messageEncoding", "base64").lower() == "base64",
    )


def read_time_span(text: str) -> timedelta:
    """A .NET TimeSpan such as `00:00:30` or `1.02:00:00`; raises ConfigError."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)", text)
    if not match:
        raise ConfigError(f"host.json: {text!r} is not a time span like 00:00:30")
    days, hours, minutes, seconds = match.groups()
    return timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def apply_settings(path: Path | None) -> None:
    """Put the settings into the environment: a flat JSON object, or local.settings.json with its "Values"."""
    if path is None:
        return
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    for name, value in content.get("Values", content).items():
        os.environ[name] = value if isinstance(value, str) else json.dumps(value)


def expand(text: str, where: str) -> str:
    """Replace %NAME% by that setting; raises ConfigError naming the function when it is not set."""

    def setting(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise ConfigError(f"{where}: the setting {match[1]!r} is not set")
        return value

    return re.sub(r"%([^%\s]+)%", setting, text)
