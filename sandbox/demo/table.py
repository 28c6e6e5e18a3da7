"""The table as rich draws it, on the terminal or as a picture."""

import io
import re
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.terminal_theme import MONOKAI
from rich.text import Text

from sandbox.demo.board import Board, Row

COLOURS = {
    "remediated": "green",
    "snapshot proven, vault pending": "cyan",
    "needs a person": "yellow",
    "not needed": "blue",
    "gave up": "magenta",
}
PICTURE_COLUMNS = 170


def draw(board: Board) -> Table:
    """One row a case; red where it did not end as declared."""
    table = Table(expand=True, pad_edge=False, header_style="bold")
    for name, width in (("world", 17), ("machine", 8), ("told by", 7)):
        table.add_column(name, no_wrap=True, min_width=width)
    table.add_column("code", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("named cause", no_wrap=True, min_width=26)
    table.add_column("step", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("clock", no_wrap=True, min_width=9)
    table.add_column("ended", no_wrap=True, min_width=14)
    last = ""
    for row in board.rows:
        table.add_row(*_cells(row, row.world if row.world != last else ""), style=_style(row))
        last = row.world
    return table


def _cells(row: Row, world: str) -> list[Text]:
    case, declared = row.case, row.declared
    machine, trigger = (declared.machine, declared.trigger) if declared else ("", "")
    code = (case.code if case else "") or (declared.code if declared else "")
    texts = [world, machine, trigger, code, case.cause if case else "", row.step, row.clock]
    return [*(Text(text) for text in texts), _ended(row)]


def _ended(row: Row) -> Text:
    if not row.over:
        return Text("")
    outcome = (row.case.outcome if row.case else "") or "no ending"
    return Text(outcome, style=COLOURS.get(outcome, "") if row.good else "bold red")


def _style(row: Row) -> str:
    if row.over:
        return "" if row.good else "red"
    return "" if row.case else "dim"


def write_picture(path: Path, board: Board, under: str) -> None:
    """The final table as SVG. It names no web font, so that showing it fetches nothing."""
    console = Console(record=True, width=PICTURE_COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(draw(board))
    console.print(under, highlight=False)
    svg = console.export_svg(title="make demo", theme=MONOKAI)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL), encoding="utf-8")
