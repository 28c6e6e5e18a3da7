"""The command line of `python -m sandbox.demo`."""

import argparse
from dataclasses import dataclass
from pathlib import Path

POLICY = Path(__file__).with_name("policy.toml")


@dataclass(frozen=True, slots=True)
class Options:
    """What to play, by which policy, and where to leave what. `world` "" means all; `limit` is in real seconds a world."""

    world: str
    policy: Path
    keep: bool
    report: Path
    folder: Path
    parallel: int
    picture: Path | None
    limit: float


def read_options(arguments: list[str] | None = None) -> Options:
    """Parse the command line; exits with usage on a mistake."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--world", default="", help="play one world: a name, or a .toml file (default: all)")
    parser.add_argument(
        "--policy", type=Path, default=POLICY, help="your policy, instead of one that lets all go by itself"
    )
    parser.add_argument("--keep", action="store_true", help="leave the world running afterwards, until Ctrl-C")
    parser.add_argument("--folder", type=Path, default=Path(".demo"), help="what the worlds leave (default: .demo)")
    parser.add_argument("--report", type=Path, help="where the report goes (default: report.json in the folder)")
    parser.add_argument("--parallel", type=int, default=2, help="worlds played at a time (default: 2)")
    parser.add_argument("--picture", type=Path, help="write the final table as SVG")
    parser.add_argument("--limit", type=float, default=60, help="real seconds a world may take (default: 60)")
    given = parser.parse_args(arguments)
    if given.keep and not given.world:
        parser.error("--keep leaves one world running: name it with --world NAME")
    if not given.policy.is_file():
        parser.error(f"there is no policy {given.policy}")
    if given.parallel < 1:
        parser.error("--parallel must be 1 or more")
    given.report = given.report or given.folder / "report.json"
    return Options(**vars(given))
