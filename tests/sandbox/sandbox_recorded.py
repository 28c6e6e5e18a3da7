"""Holds the sandbox's answers to recorded ones: same keys, same JSON types, same casing of ids."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "samples"


def sample(prefix: str) -> Any:
    [path] = _FOLDER.glob(f"{prefix}*.json" if "-" in prefix else f"{prefix}-*.json")
    return json.loads(path.read_text(encoding="utf-8"))


def answers(prefix: str) -> list[dict[str, Any]]:
    """The recorded responses of a sample, in order."""
    found = sample(prefix)
    return [one["response"] for one in (found if isinstance(found, list) else [found])]


def kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def differences(recorded: Any, ours: Any, but: tuple[str, ...] = (), at: str = "") -> list[str]:
    """Where our answer differs in shape; `but` names the paths that may, each for a reason given by the test."""
    if at in but:
        return []
    if kind(recorded) != kind(ours):
        return [f"{at}: {kind(recorded)} recorded, {kind(ours)} answered"]
    if isinstance(recorded, dict):
        return _dict_differences(recorded, ours, but, at)
    if isinstance(recorded, list):
        return _list_differences(recorded, ours, but, at)
    if (
        isinstance(recorded, str)
        and recorded.lower().startswith("/subscriptions/")
        and casing(recorded) != casing(ours)
    ):
        return [f"{at}: {recorded} recorded, {ours} answered"]
    return []


def _dict_differences(recorded: dict[str, Any], ours: dict[str, Any], but: tuple[str, ...], at: str) -> list[str]:
    found = []
    for key in sorted(recorded.keys() | ours.keys()):
        path = f"{at}.{key}".lstrip(".")
        if path in but or key.startswith("_trimmed"):
            continue
        if key not in ours or key not in recorded:
            found.append(f"{path}: {'missing' if key in recorded else 'not recorded'}")
        else:
            found += differences(recorded[key], ours[key], but, path)
    return found


def _list_differences(recorded: list[Any], ours: list[Any], but: tuple[str, ...], at: str) -> list[str]:
    """Each of our elements must be like one of the recorded ones."""
    found = []
    for one in ours if recorded else []:
        candidates = [differences(other, one, but, f"{at}[]") for other in recorded]
        found += min(candidates, key=len)
    return found


def casing(resource: str) -> list[str]:
    """The fixed words of an id, as spelled: every second segment, the provider, the marks before `;`."""
    parts = resource.strip("/").split("/")
    fixed = [part for number, part in enumerate(parts) if number % 2 == 0]
    fixed += [parts[number + 1] for number, part in enumerate(parts[:-1]) if part == "providers"]
    fixed += [part.rsplit(";", 2)[0] for part in parts if ";" in part]
    return ["subscriptions" if part == "Subscriptions" else part for part in fixed]
