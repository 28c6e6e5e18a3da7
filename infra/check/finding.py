"""What a check has to say."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing at one place. Only errors make the check fail; `line` is 0 where it is about the whole file."""

    file: Path
    line: int
    level: Level
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.level}: {self.text}"


def error(file: Path, line: int, text: str) -> Finding:
    return Finding(file, line, "error", text)


def warning(file: Path, line: int, text: str) -> Finding:
    return Finding(file, line, "warning", text)


def note(file: Path, line: int, text: str) -> Finding:
    return Finding(file, line, "note", text)
