"""A package and the environments that it meets in Azure, made afresh."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.package.pack import pack, unpack
from tests.sandbox_host.process import ROOT

UV = ROOT / ".tools" / "bin" / "uv"
WORKER_LIBRARY = ("azure-functions-runtime", "azurefunctions-extensions-base")
"""The worker's library: no part of the package, for in Azure it belongs to the platform. Without what it shares with the
package, so that nothing of the platform stands in for a requirement that the package has forgotten."""


@dataclass(frozen=True, slots=True)
class Clean:
    """The unpacked package, the Python that has its requirements, and the folder with the platform's part."""

    package: Path
    python: Path
    platform: Path


def make(folder: Path) -> Clean:
    """Pack, unpack, and install as the remote build does."""
    pack(ROOT, folder / "package.zip")
    unpack(folder / "package.zip", folder / "package")
    python = environment(folder / "environment", folder / "package" / "requirements.txt")
    return Clean(folder / "package", python, platform(folder / "platform", python))


def environment(folder: Path, requirements: Path) -> Path:
    """A virtual environment with these requirements and nothing else, not even pip; its Python."""
    _uv("venv", "--python", (ROOT / ".python-version").read_text().strip(), folder)
    python = folder / "bin" / "python"
    _uv("pip", "install", "--python", python, "--require-hashes", "--requirement", requirements)
    return python


def platform(folder: Path, python: Path) -> Path:
    """The worker's library in a folder of its own, in the versions and with the hashes of requirements-dev.txt."""
    locked = ROOT / "requirements-dev.txt"
    pins = [f"{name}=={pinned(locked)[name]}" for name in WORKER_LIBRARY]
    _uv("pip", "install", "--python", python, "--target", folder, "--no-deps", "--require-hashes", "-c", locked, *pins)
    return folder


def pinned(requirements: Path) -> dict[str, str]:
    """The version of each package in a compiled requirements file, by its normalised name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", requirements.read_text("utf-8"), re.MULTILINE))


def ask(python: Path, script: str, folder: Path, *arguments: str) -> Any:
    """What one of this folder's scripts prints as JSON when a clean Python runs it, with nothing but that on its path."""
    command = [str(python), "-I", str(Path(__file__).with_name(script)), *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def _uv(*arguments: str | Path) -> None:
    assert UV.exists(), "`make setup` installs the pinned uv"
    ran = subprocess.run([UV, "--quiet", *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
