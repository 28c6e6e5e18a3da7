"""Where the app writes what it did: one line of JSON each, appended, so that it outlives the process."""

import json
import os
from pathlib import Path
from typing import Any


def write(kind: str, **facts: Any) -> None:
    with Path(os.environ["BOOK"]).open("a") as file:
        file.write(json.dumps({"kind": kind, **facts}) + "\n")
