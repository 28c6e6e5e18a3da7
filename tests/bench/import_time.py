"""How long the app takes to import, against the least durable app; decides the cold start that is ours to decide."""

import asyncio
import re
import statistics
import sys
from asyncio.subprocess import PIPE
from collections import defaultdict
from pathlib import Path

from sandbox.demo.pieces import ROOT
from tests.bench.figures import Figure

BARE = Path(__file__).parent / "apps" / "bare"
GOAL = 1.3
OURS = ("function_app", "functions", "engine", "remediations", "gateway")
# The clock starts in the child, so that the interpreter's own start is left out.
TIMED = "import sys, time; t = time.perf_counter(); import function_app; print(time.perf_counter() - t)"
_LINE = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \|( *)(\S+)")


async def import_time(_: Path, *, short: bool) -> list[Figure]:
    """Median of fresh processes, ours and bare in turn."""
    for app in (ROOT, BARE):
        await _timed(app)  # compiles what was never imported
    ours, bare = list[float](), list[float]()
    for _number in range(3 if short else 15):
        ours.append(await _timed(ROOT))
        bare.append(await _timed(BARE))
    mine, least = statistics.median(ours), statistics.median(bare)
    met = None if short else mine <= GOAL * least
    details = {
        "ours_s": ours,
        "bare_s": bare,
        "ours_by_module_ms": await _costly(OURS),
        "foreign_by_package_ms": await _foreign(),
    }
    goal = f"<= {GOAL:g}"
    return [Figure("b import of function_app", mine * 1000, least * 1000, "ms", "bare durable app", goal, met, details)]


async def _timed(app: Path) -> float:
    out, _ = await _python(app, "-c", TIMED)
    return float(out)


async def _python(folder: Path, *arguments: str) -> tuple[str, str]:
    child = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=folder, stdout=PIPE, stderr=PIPE)
    out, errors = await child.communicate()
    if child.returncode:
        raise RuntimeError(errors.decode())
    return out.decode(), errors.decode()


async def _imports(app: Path) -> list[tuple[int, float, float, str]]:
    """(depth, self ms, nested ms, module), in the order in which the imports end."""
    _, told = await _python(app, "-X", "importtime", "-c", "import function_app")
    return [(len(m[3]) // 2, int(m[1]) / 1000, int(m[2]) / 1000, m[4]) for m in _LINE.finditer(told)]


async def _costly(packages: tuple[str, ...], top: int = 5) -> dict[str, str]:
    """Our modules that cost most with what they are the first to import."""
    found = [one for one in await _imports(ROOT) if one[3].split(".")[0] in packages and one[3] != "function_app"]
    found.sort(key=lambda one: one[2], reverse=True)
    return {name: f"self {own:.1f}, nested {nested:.1f}" for _, own, nested, name in found[:top]}


async def _foreign(top: int = 8) -> dict[str, float]:
    """What ours imports and the bare app does not, milliseconds by top-level package."""
    bare = {name for *_, name in await _imports(BARE)}
    sums: dict[str, float] = defaultdict(float)
    for _, own, _, name in await _imports(ROOT):
        if name not in bare:
            sums[name.split(".")[0]] += own
    return dict(sorted(((k, round(v, 1)) for k, v in sums.items()), key=lambda kv: kv[1], reverse=True)[:top])
