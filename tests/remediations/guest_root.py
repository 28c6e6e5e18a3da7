"""A made-up Linux guest: a root folder, and a PATH that holds plain tools and the stubs of a test, nothing else."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from remediations.guest.scripts import script

TOOLS = (
    *(
        "awk",
        "cat",
        "cp",
        "cut",
        "date",
        "env",
        "grep",
        "head",
        "ls",
        "mkdir",
        "mv",
        "rm",
        "sed",
        "sort",
        "tail",
        "timeout",
    ),
    *("tr", "uniq", "wc"),
)
SHELLS = [name for name in ("sh", "dash", "bash") if shutil.which(name)]


class GuestRoot:
    """Files below `root`, commands in `bin`; whatever a stub is asked is kept in `calls`."""

    def __init__(self, folder: Path) -> None:
        self.root, self.bin, self.log = folder / "root", folder / "bin", folder / "calls"
        self.root.mkdir(parents=True)
        self.bin.mkdir()
        for name in TOOLS:
            (self.bin / name).symlink_to(str(shutil.which(name)))
        for shell in SHELLS:
            (self.bin / shell).symlink_to(str(shutil.which(shell)))
        self.stub("sleep", "")

    def file(self, path: str, text: str, mode: int = 0o644) -> Path:
        at = self.root / path.lstrip("/")
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        at.chmod(mode)
        return at

    def stub(self, name: str, body: str) -> None:
        """A command of this name that notes its arguments and does `body`."""
        at = self.bin / name
        at.unlink(missing_ok=True)
        at.write_text(f'#!{shutil.which("sh")}\necho "{name} $*" >> "{self.log}"\n{body}\n')
        at.chmod(0o755)

    def without(self, name: str) -> None:
        (self.bin / name).unlink()

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def tree(self) -> dict[str, tuple[int, bytes]]:
        """Every file of the root with its mode and content."""
        files = [at for at in self.root.rglob("*") if at.is_file()]
        return {str(at.relative_to(self.root)): (at.stat().st_mode & 0o777, at.read_bytes()) for at in files}

    def run(self, name: str, shell: str = "sh", root: bool = True) -> subprocess.CompletedProcess[str]:
        """The script of this name, as the agent would run it."""
        env = {"PATH": str(self.bin), "HOME": "/", **({"RUNBOOKS_ROOT": str(self.root)} if root else {})}
        command = [str(self.bin / shell), "-s"]
        return subprocess.run(command, input=script(name).text, env=env, text=True, capture_output=True, check=False)

    def told(self, name: str, shell: str = "sh") -> dict[str, Any]:
        """What the script prints, as JSON."""
        done = self.run(name, shell)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def service(self, name: str = "walinuxagent", active: str = "active", enabled: str = "enabled") -> None:
        """Systemd that knows this service; `systemctl enable` takes."""
        state = self.file("/stub/enabled", enabled)
        self.stub(
            "systemctl",
            f'case "$1 $2" in "cat {name}") ;; "is-active {name}") echo {active} ;; "is-enabled {name}") cat "{state}" ;; '
            f'"enable {name}") echo enabled > "{state}" ;; *) exit 1 ;; esac',
        )
        self.stub("systemd-run", "")


def stat_of(idle: int, busy: int) -> str:
    """/proc/stat with so many ticks."""
    return f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 1 1 1\n"
