"""What the demo shows while it runs: one row a case, filled in as the case goes on."""

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.demo.facts import Case, Declared, World, first_case
from sandbox.demo.judge import as_declared


@dataclass(slots=True)
class Row:
    """One line of the table. Without `declared` the world has not been read yet."""

    world: str
    declared: Declared | None = None
    case: Case | None = None
    clock: str = ""
    note: str = "waits for its turn"
    over: bool = False
    """Nothing more will happen to this case."""

    @property
    def good(self) -> bool:
        return self.declared is not None and as_declared(self.declared, self.case)

    @property
    def step(self) -> str:
        if self.case is None:
            return self.note
        text = " ".join((self.case.step or self.case.phase).split())
        return text.removeprefix(f"{self.case.outcome}: ") if self.case.outcome else text


@dataclass(slots=True)
class Board:
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, names: list[str]) -> "Board":
        return cls([Row(name) for name in names])

    def starting(self, name: str) -> None:
        for row in self._of(name):
            row.note = "starts"

    def opened(self, name: str, world: World) -> None:
        """Replace the world's one row by a row for each declared case."""
        at = self.rows.index(self._of(name)[0])
        self.rows[at : at + 1] = [
            Row(name, declared, note=f"waits for the {_announcer(declared)}") for declared in world.cases
        ]

    def seen(self, name: str, cases: tuple[Case, ...], start: datetime, now: datetime) -> None:
        """Fill in how far the cases are; a row whose case has closed stays as it is, with the time of the close."""
        for row in self._of(name):
            if row.declared and not row.over:
                row.case = case = first_case(cases, row.declared)
                row.clock = since(start, (case and case.closed) or now)
                row.over = bool(case and case.closed)

    def ended(self, name: str, note: str) -> None:
        for row in self._of(name):
            if not row.over:
                row.note, row.over = note, True

    def _of(self, name: str) -> list[Row]:
        return [row for row in self.rows if row.world == name]


def since(start: datetime, now: datetime) -> str:
    """Simulated time since the world's start, like `+0d 02:05`."""
    minutes = int((now - start).total_seconds()) // 60
    return f"+{minutes // 1440}d {minutes // 60 % 24:02d}:{minutes % 60:02d}"


def _announcer(declared: Declared) -> str:
    return {"alert": "alert", "sweep": "sweep", "manual": "manual call"}[declared.trigger]
