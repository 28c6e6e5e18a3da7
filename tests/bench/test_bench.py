"""The benchmarks run and hand back their figures; how fast anything is, no test asserts."""

import asyncio
import json
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from sandbox.demo.pieces import ROOT
from tests.bench.figures import Figure, table

FIGURES = {"a": 6, "b": 1, "c": 2, "d": 5}


async def test_short_runs_print_and_report_their_figures(tmp_path: Path) -> None:
    """All parts at once, for no time is judged here."""
    await asyncio.gather(*(_runs(part, tmp_path / part / "report.json") for part in FIGURES))


async def _runs(part: str, report: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", part, "--short", "--report", str(report)]
    run = await create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    told = (await run.communicate())[0].decode()
    assert run.returncode == 0, told
    found = json.loads(report.read_text())["figures"]
    assert len(found) == FIGURES[part]
    assert all(figure["what"] in told for figure in found)


def test_the_table_shows_the_ratio_and_whether_a_goal_was_met() -> None:
    lines = table([Figure("x", 3.0, 2.0, "s", "other", "<= 1.3", False), Figure("y", 5.0, None, "s")]).splitlines()
    assert lines[2].split()[-3:] == ["<=", "1.3", "NO"]
    assert "1.50" in lines[2]
    assert lines[3].split()[-3:] == ["-", "-", "-"]
