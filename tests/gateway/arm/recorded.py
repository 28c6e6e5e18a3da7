"""The recorded payloads, by their sign."""

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"


def recorded(sign: str, at: int = 0) -> Any:
    """The body of a recording; `at` picks one of several interactions."""
    (path,) = SAMPLES.glob(f"{sign}-*.json")
    whole = json.loads(path.read_text("utf-8"))
    one = whole[at] if isinstance(whole, list) else whole
    return one["response"]["body"] if "response" in one else one


def status(sign: str) -> int:
    (path,) = SAMPLES.glob(f"{sign}-*.json")
    return int(json.loads(path.read_text("utf-8"))["response"]["status"])
