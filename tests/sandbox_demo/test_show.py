import io
from datetime import timedelta

from sandbox.demo.board import Board, since
from sandbox.demo.facts import World
from sandbox.demo.show import PlainLines
from sandbox.demo.table import write_picture
from tests.sandbox_demo.made import START, case, declared


def board_with(*machines: str) -> Board:
    board = Board.of(["locked_group"])
    board.opened("locked_group", World("locked_group", "A world", "s", tuple(declared(m) for m in machines)))
    return board


def test_without_a_terminal_each_step_is_one_plain_line_said_once():
    board, out = board_with("web-01"), io.StringIO()
    show = PlainLines(board, out)
    show.refresh()
    show.refresh()
    board.seen("locked_group", (case(minutes=None),), START, START + timedelta(minutes=5))
    show.refresh()
    board.seen("locked_group", (case(),), START, START + timedelta(minutes=10))
    show.refresh()
    show.refresh()
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert [line[-1] for line in lines] == ["alert", "step", "remediated"]
    assert "\x1b" not in out.getvalue()


def test_a_wrong_ending_is_called_so_in_its_line():
    board, out = board_with("web-01"), io.StringIO()
    board.seen("locked_group", (case(outcome="gave up"),), START, START + timedelta(minutes=10))
    PlainLines(board, out).refresh()
    assert "NOT AS DECLARED backup_group_locked -> gave up" in out.getvalue()


def test_simulated_time_is_shown_since_the_start_of_the_world():
    assert since(START, START + timedelta(days=1, hours=2, minutes=5, seconds=59)) == "+1d 02:05"


def test_the_picture_is_an_svg_that_fetches_nothing(tmp_path):
    board = board_with("web-01")
    board.seen("locked_group", (case(),), START, START + timedelta(minutes=10))
    write_picture(tmp_path / "table.svg", board, "one line of totals")
    svg = (tmp_path / "table.svg").read_text()
    assert svg.startswith("<svg") and "backup_group_locked" in svg and "@font-face" not in svg
    assert "url(http" not in svg
