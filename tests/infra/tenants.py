"""Hooks of the deployment run by `sh`, with a tenant or subscriptions behind `az`."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from tests.infra.planted import ROOT


class Tenant:
    """A tenant in which a hook is run; `calls` are those of the last run."""

    fake = "fake_az.py"
    empty: ClassVar[Mapping[str, Any]] = {
        "apps": [],
        "principals": {},
        "assignments": [],
        "account": {"tenantId": "tenant-1", "user": {"type": "user", "name": "ada"}},
        "subscriptions": {"11111111-aaaa": "tenant-1"},
    }

    def __init__(self, folder: Path) -> None:
        self.root = ROOT
        self._file, self._programs = folder / "tenant.json", folder / "programs"
        self._keep({**self.empty, "calls": [], "refuses": ""})
        self._programs.mkdir()
        for name in ("az", "azd"):
            (program := self._programs / name).write_text(
                f'#!/bin/sh\nexec "{sys.executable}" -I -S "{ROOT / "tests/infra" / self.fake}" {name} "$@"\n'
            )
            program.chmod(0o755)

    def run(self, hook: str, refuses: str = "", *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a hook; a call of `az` in which `refuses` stands is refused."""
        self.change(calls=[], refuses=refuses)
        return self.sh(str(ROOT / "infra/hooks" / hook), *words, **environment)

    def sh(self, *script: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `sh` in the project's root, as azd does, or in another `root`."""
        given = {"PATH": f"{self._programs}:/usr/bin:/bin", "TENANT": str(self._file), **environment}
        return subprocess.run(
            ["sh", *script], cwd=self.root, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )

    def change(self, **what: Any) -> None:
        self._keep({**self.holds, **what})

    @property
    def holds(self) -> dict[str, Any]:
        return dict(json.loads(self._file.read_text("utf-8")))

    @property
    def app(self) -> dict[str, Any]:
        [app] = self.holds["apps"]
        return dict(app)

    @property
    def calls(self) -> list[str]:
        return [" ".join(call) for call in self.holds["calls"]]

    def _keep(self, what: dict[str, Any]) -> None:
        self._file.write_text(json.dumps(what), "utf-8")
