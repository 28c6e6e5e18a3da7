"""`python -m tests.matrix.least_privilege [--worlds a,b]`: every world under the four roles, and without each of their actions.

First each world and each scene runs under the four roles together, and must pass. Then each runs once for every action that it asked
for, with that action taken away: it must end as it should all the same, or say clearly which action it lacks; and leave nothing
behind. Last, each action must be missed by somebody: one that is not is spare.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed

from sandbox.world_files import names
from tests.matrix.least_privilege_scenes import SCENES, Told, all_roles, play


def complaint(scene: str, without: str, told: Told) -> str:
    """What is wrong with a run, "" where an owner would be content."""
    if told.left:
        return f"{scene} without {without or 'nothing'}: {told.left}"
    if told.passed or (without and told.naming(without)):
        return ""
    return f"{scene} without {without or 'nothing'} did not end well, and names no missing action: {told.lines[:3]}"


def judged(scene: str, without: str) -> tuple[str, bool]:
    """The complaint about a run, and whether the missing action was missed. A run that breaks is a complaint."""
    try:
        told = play(scene, without)
    except Exception as e:  # noqa: BLE001
        return f"{scene} without {without}: {type(e).__name__}: {e}", False
    return complaint(scene, without, told), not told.passed


def matrix(scenes: Iterable[str]) -> tuple[int, list[str], set[str]]:
    """How many runs there were, every complaint, and the actions that were missed."""
    wrong: list[str] = []
    missed: set[str] = set()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        clean = dict(zip(scenes, pool.map(play, scenes), strict=True))
        wrong += filter(None, (complaint(scene, "", told) for scene, told in clean.items()))
        pairs = [(s, action) for s, told in clean.items() for action in all_roles() if action.casefold() in told.asked]
        pairs += [("counted in its region", "Microsoft.RecoveryServices/Vaults/read")]  # asked for by a row alone
        runs = {pool.submit(judged, scene, action): action for scene, action in pairs}
        for done in as_completed(runs):
            said, failed = done.result()
            missed |= {runs[done]} if failed else set()
            wrong += [said] if said else []
    return len(clean) + len(runs), wrong, missed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.least_privilege")
    parser.add_argument("--worlds", default=",".join(names()))
    chosen, began = parser.parse_args(arguments), time.monotonic()
    scenes = [*filter(None, chosen.worlds.split(",")), *(name for name in SCENES if name != "preflight")]
    runs, wrong, missed = matrix(scenes)
    wrong += [f"{action} is spare: nothing fails without it" for action in {*all_roles()} - missed]
    print("\n".join(wrong), file=sys.stderr)
    print(
        f"least privilege: {runs} runs, {len(all_roles())} actions in four roles, {len(missed)} of them missed when taken away, "
        f"{len(wrong)} wrong; {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
