"""A copy of the project in which a fault can be planted."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.check.type_data import SHIPPED, TypeData
from infra.check.whole import check

ROOT = Path(__file__).parents[2]
BICEP = ("infra/main.bicep", "infra/main.parameters.json", "infra/rights.bicep", "infra/app")
COPIED = (*BICEP, "infra/hooks", "infra/roles", "host.json", "policy.toml")
CODE = ("functions", "engine", "remediations", "gateway", "function_app.py")


class Project:
    """What belongs to the deployment is a copy; the code is linked, until a fault is planted in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            copy: Callable[..., Any] = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        for name in CODE:
            (root / name).symlink_to(ROOT / name)

    def plant(self, file: str, old: str, new: str) -> None:
        """Replace a text, which must be there once."""
        path = self._own(file)
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{file} holds {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), "utf-8")

    def change_json(self, file: str, change: Callable[[Any], None]) -> None:
        path = self._own(file)
        value = json.loads(path.read_text("utf-8"))
        change(value)
        path.write_text(json.dumps(value), "utf-8")

    def errors(self) -> list[str]:
        """What `make infra-check` would fail for."""
        return [str(one) for one in check(self.root, TypeData(SHIPPED)) if one.level == "error"]

    def _own(self, file: str) -> Path:
        """The file in the copy; a folder of code becomes a copy first, for the link leads to the real one."""
        top = self.root / file.split("/")[0]
        if top.is_symlink():
            real = top.resolve()
            top.unlink()
            shutil.copytree(real, top, ignore=shutil.ignore_patterns("__pycache__"))
        return self.root / file
