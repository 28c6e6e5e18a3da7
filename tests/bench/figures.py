"""What a benchmark hands back, the table at the end, and the report for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One comparison made in one run on one machine.."""

    what: str
    ours: float
    baseline: float | None
    unit: str
    against: str = ""
    goal: str = ""
    met: bool | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        return self.ours / self.baseline if self.baseline else None


_HEADS = ("what", "ours", "baseline", "ratio", "goal", "met?")


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, one column a head."""
    rows = [_HEADS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _cells(figure: Figure) -> tuple[str, ...]:
    baseline = "-" if figure.baseline is None else f"{_number(figure.baseline)} {figure.unit} ({figure.against})"
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.2f}"
    met = {True: "yes", False: "NO", None: "-"}[figure.met]
    return figure.what, f"{_number(figure.ours)} {figure.unit}", baseline, ratio, figure.goal or "-", met


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write_report(figures: Sequence[Figure], seconds: float, path: Path) -> None:
    """All figures with their details as JSON."""
    path.parent.mkdir(exist_ok=True)
    found = [{**asdict(figure), "ratio": figure.ratio} for figure in figures]
    path.write_text(json.dumps({"seconds": round(seconds, 1), "figures": found}, indent=1) + "\n", encoding="utf-8")
