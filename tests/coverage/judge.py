"""Which rows are covered and verified, by the worlds that were played and the texts for people. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tests.coverage.play import Played
from tests.coverage.rows import Row

MOST_READS = 12
"""A single diagnosis that reads more of ARM before its plan costs too much where a thousand machines fail."""
NO_WORLD, NO_TEXT = "no world covers it", "no text for a person says it"
NO_CODE = "no failure of the world tells of its code"


@dataclass(frozen=True, slots=True)
class Line:
    """One row in one of its worlds; `why`: what is missing where it is not verified."""

    row: Row
    world: str
    cause: str
    fixes: str
    covered: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """All lines, and what is wrong beside them."""

    lines: tuple[Line, ...]
    worlds: tuple[Played, ...]
    strangers: tuple[str, ...]

    @property
    def rows(self) -> int:
        return len({line.row.id for line in self.lines})

    @property
    def covered(self) -> int:
        """Rows with a world, or with a text that says them."""
        return self.rows - len({line.row.id for line in self.lines if not line.covered})

    @property
    def verified(self) -> int:
        """Rows of which every world ended as declared."""
        return self.rows - len({line.row.id for line in self.lines if line.why})

    @property
    def right(self) -> int:
        """Worlds of which every case ended as declared; one of hundreds of machines counts once."""
        return sum(not played.trouble for played in self.worlds)

    @property
    def costly(self) -> tuple[Played, ...]:
        return tuple(played for played in self.worlds if played.diagnosis > MOST_READS)

    @property
    def whole(self) -> bool:
        """Whether every row is verified, every world right and cheap enough, and no world names a row that is not there."""
        right = self.verified == self.rows and self.right == len(self.worlds)
        return right and not self.strangers and not self.costly


def judge(rows: Sequence[Row], worlds: Sequence[Played], guides: Collection[str]) -> Judged:
    """`guides`: the catalog's texts for people; the instructions with which the worlds' cases ended count as well."""
    texts = {*guides, *(text for played in worlds if not played.trouble for text in played.instructions)}
    lines = [line for row in rows for line in _lines(row, worlds, texts)]
    known = {row.id for row in rows}
    strangers = [f"{p.world} covers {row!r}, which is no row" for p in worlds for row in p.covers if row not in known]
    return Judged(tuple(lines), tuple(worlds), tuple(strangers))


def _lines(row: Row, worlds: Sequence[Played], texts: Collection[str]) -> list[Line]:
    found = [_of_world(row, played) for played in worlds if row.id in played.covers]
    if found:
        return found
    if row.how == "guide":
        said = any(all(word in text for word in row.says) for text in texts)
        return [Line(row, "", "", "guide", said, "" if said else NO_TEXT)]
    return [Line(row, "", "", "", False, NO_WORLD)]


def _of_world(row: Row, played: Played) -> Line:
    fixes = " > ".join(played.fixes) or "guide"
    why = played.trouble or ("" if _tells(row, played) else NO_CODE)
    return Line(row, played.world, ", ".join(played.causes), fixes, True, why)


def _tells(row: Row, played: Played) -> bool:
    """Whether a failure bears one of the row's codes, or holds it in its text, as compute's own errors do."""
    told = "\n".join(played.tells).casefold()
    return not row.codes or any(code.casefold() in told for code in row.codes)
