"""The benchmarks run and hand back their figures; how fast anything is, no test asserts."""

import json
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

import pytest

from sandbox.demo.pieces import ROOT
from tests.bench.figures import Figure, table


@pytest.mark.parametrize(("part", "figures"), [("a", 6), ("b", 1), ("c", 2), ("d", 9)])
async def test_a_short_run_prints_and_reports_its_figures(part: str, figures: int, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "tests.bench", part, "--short", "--report", str(report)]
    run = await create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)
    told = (await run.communicate())[0].decode()
    assert run.returncode == 0, told
    found = json.loads(report.read_text())["figures"]
    assert len(found) == figures
    assert all(figure["what"] in told for figure in found)


def test_the_table_shows_the_ratio_and_whether_a_goal_was_met() -> None:
    lines = table([Figure("x", 3.0, 2.0, "s", "other", "<= 1.3", False), Figure("y", 5.0, None, "s")]).splitlines()
    assert lines[2].split()[-3:] == ["<=", "1.3", "NO"]
    assert "1.50" in lines[2]
    assert lines[3].split()[-3:] == ["-", "-", "-"]
