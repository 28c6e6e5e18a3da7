"""What must be in the package and what must not."""

import subprocess
from pathlib import Path

from tests.package.pack import shipped

CODE = ("engine/", "functions/", "gateway/", "remediations/")
AT_THE_TOP = {"function_app.py", "host.json", "policy.toml", "requirements.txt"}
"""What the Functions host, the remote build and the engine look for by name."""
KINDS = {".j2", ".ps1", ".py", ".sh", ".toml"}
FOR_PEOPLE = {".md"}


def known_to_git(root: Path) -> set[str]:
    """Every file that is in the repository or would be with the next commit."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (root / name).is_file()}


def faults(root: Path, known: set[str]) -> list[str]:
    """What is wrong with the package of this folder; `known` is what git knows there."""
    inside = set(shipped(root))
    needed = AT_THE_TOP | {name for name in known if name.startswith(CODE) and Path(name).suffix not in FOR_PEOPLE}
    return [
        *(f"{name} is missing" for name in sorted(needed - inside)),
        *(f"{name} does not belong in it" for name in sorted(inside) if not _belongs(name)),
        *(f"git does not know {name}" for name in sorted(inside - known) if _belongs(name)),
    ]


def _belongs(name: str) -> bool:
    hidden = any(part.startswith(".") for part in name.split("/"))
    return name in AT_THE_TOP or (name.startswith(CODE) and not hidden and Path(name).suffix in KINDS)
