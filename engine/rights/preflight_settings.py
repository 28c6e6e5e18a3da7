"""Where a preflight finds an app's settings: in the environment, or in what `az functionapp config appsettings list` prints."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def given_settings(source: str) -> Mapping[str, str]:
    """The settings in a file, or in what is piped in where it is `-`. Raises ValueError, OSError."""
    text = sys.stdin.read() if source == "-" else Path(source).read_text("utf-8")
    try:
        listed: list[dict[str, Any]] = json.loads(text)
        return {str(one["name"]): str(one["value"] or "") for one in listed}
    except (ValueError, TypeError, KeyError) as e:
        raise ValueError(f"{source} is not what `az functionapp config appsettings list -o json` prints") from e
