"""The scripts that may run in a guest: whole files beside this one, each with its purpose in its first comment line.

A script prints one line, a JSON document of at most 3 KB that ends with `"end":"azure-backup-runbooks"`: Azure keeps about
4 KB of output, so a document without its end was cut and says nothing.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MAY_TAKE_S = 300
"""Seconds after which the guest agent ends a script."""
_FOLDER = Path(__file__).with_name("scripts")


@dataclass(frozen=True, slots=True)
class Script:
    """A script by its file's name, with its text."""

    name: str
    text: str
    reads_only: bool = False
    undo: str = ""
    may_take_s: int = MAY_TAKE_S

    @property
    def sha256(self) -> str:
        """Of its text, for the record of what was run."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def kind(self) -> str:
        """What the journal calls its run: a look, or a change."""
        return "guest.probe" if self.reads_only else "guest.run"

    def command(self, case_id: str) -> str:
        """The name of its run command: it tells everyone whose it is, and the same case finds it again after a crash."""
        return f"{PREFIX}{self.name.partition('.')[0]}-{case_id[:12]}"


PREFIX = "azure-backup-runbooks-"


@cache
def script(name: str, *, reads_only: bool = False, undo: str = "") -> Script:
    """The script of this file name; raises FileNotFoundError where there is none. `undo`: how a person takes it back."""
    return Script(name, (_FOLDER / name).read_text("utf-8"), reads_only, undo)


def shipped(script: Script) -> bool:
    """Whether the script is one of the files beside this one, as it lies there, told to be no milder than it is."""
    file = _FOLDER / script.name
    known = script.name == Path(script.name).name and file.is_file() and file.read_text("utf-8") == script.text
    return known and (not script.reads_only or script.name.startswith("probe."))


def probe_for(os: str) -> Script:
    """The read-only look inside a guest of this system."""
    return script("probe.sh" if os == "Linux" else "probe.ps1", reads_only=True)
