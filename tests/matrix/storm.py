"""`python -m tests.matrix.storm [--alerts 10000 --items 500]`: one closing line, exit 1 where something falls short.

All alerts come in at one simulated instant, the first tenth of them alone, for what it leaves in memory is the measure
of the rest. Then time goes on: for an hour the incident brake must hold, afterwards the caps must.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from engine.policy import Limits, Policy
from engine.policy.file import read_policy
from tests.bench.alerts import eight_connections, post_all
from tests.end_to_end.stage import Stage, staged
from tests.matrix.storm_books import account, read_books
from tests.matrix.storm_limits import changes_that_count, most_at_work, over_the_limits
from tests.matrix.storm_memory import Memory
from tests.matrix.storm_world import Alert, storm_of, storm_world

BRAKED = timedelta(minutes=50)
"""So long after the storm every failure of it is still of the last hour."""
PATIENCE_S = 900
LOOK_S = 2
BATCH = 200


@dataclass(slots=True)
class Found:
    """What one storm showed; `faults` says in words what fell short."""

    where: Counter[str] = field(default_factory=Counter)
    memory: Memory | None = None
    cases: list[dict[str, Any]] = field(default_factory=list)
    changed: int = 0
    at_once: int = 0
    throttled: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, right: bool, fault: str) -> None:
        if not right:
            self.faults.append(fault)


class Storm:
    """One storm on one stage."""

    def __init__(self, stage: Stage, alerts: list[Alert], items: int, limits: Limits) -> None:
        self.stage, self.alerts, self.items, self.limits = stage, alerts, items, limits
        self.found, self.memory = Found(), Memory(0)

    async def blow(self) -> None:
        """Post all alerts while the clock stands still; each must be found again, and nothing may be changed yet."""
        host = self.stage.host
        await host.start(spawn=True)
        self.memory.pid = host.pid
        self.memory.before = self.memory.look()
        tenth = len(self.alerts) // 10
        async with eight_connections() as http:
            await self._post(http, self.alerts[:tenth])
            self.memory.small = self.memory.look()
            await self._post(http, self.alerts[tenth:])
        self.memory.after = self.memory.look()
        self.found.memory = self.memory
        self.found.expect(self.memory.bounded, f"memory grew: {self.memory}")
        await self._keep_books()

    async def _post(self, http: ClientSession, alerts: list[Alert]) -> None:
        url, key = f"{self.stage.host.url}/api/alerts", self.stage.host.ready["function_key"]
        for begun in range(0, len(alerts), BATCH):
            await post_all(http, url, key, [alert.body for alert in alerts[begun : begun + BATCH]])
            self.memory.look()
        await self._rest()

    async def _keep_books(self) -> None:
        books = await read_books(self.stage.host.settings["STORE_URL"])
        found, where = self.found, account(self.alerts, books)
        found.where, found.cases = where, await self._cases()
        found.expect(where["dropped"] == 0, f"{where['dropped']} alerts are nowhere")
        found.expect(not books.lost, f"not understood: {books.lost[:2]}")
        found.expect(
            books.cases == where["opened"] == self.items,
            f"{books.cases} cases in the store, {where['opened']} opened by alerts",
        )
        found.expect(len(found.cases) == self.items, f"the API shows {len(found.cases)} cases")
        found.expect(not self._changes(), "something was changed at the instant of the storm")

    async def hold_the_brake(self) -> None:
        """Let most of an hour pass: one incident, and no change."""
        await self._pass(BRAKED)
        incidents = [case for case in await self.stage.cases() if case["trigger"] == "incident"]
        self.found.expect(len(incidents) == 1, f"{len(incidents)} incident cases")
        self.found.expect(not self._changes(), f"{len(self._changes())} changes during the incident")

    async def hold_the_caps(self, hours: int) -> None:
        """Let so many hours pass, or fewer where all cases close: within the limits, and never nothing at all."""
        for _ in range(hours):
            await self._pass(timedelta(hours=1))
            if all(case["closed"] for case in await self._cases()):
                break
        found, changes = self.found, self._changes()
        found.cases, found.changed = await self._cases(), len(changes)
        found.throttled = sum(1 for request in self.stage.box.requests() if request["status"] == 429)
        found.at_once = most_at_work(changes, found.cases)
        found.faults += over_the_limits(self.stage.box.changes(), found.cases, self.limits)
        found.expect(bool(changes), "nothing was changed after the incident either")
        doubled = [what for what, times in Counter(change[1:] for change in changes).items() if times > 1]
        found.expect(not doubled, f"changed twice: {doubled[:3]}")

    async def _pass(self, span: timedelta) -> None:
        host, now = self.stage.host, datetime.fromisoformat((await self.stage.sandbox("clock"))["now"])
        await host.admin("POST", "/admin/host/release-jump", {"until": (now + span).isoformat()})
        await self._rest()

    async def _rest(self) -> None:
        """Wait until the host has nothing to do at this instant, and nowhere to jump; looks at memory meanwhile."""
        async with asyncio.timeout(PATIENCE_S):
            while (await self.stage.host.admin("GET", f"/admin/host/idle?seconds={LOOK_S}"))[0] != 200:
                self.memory.look()
        self.memory.look()

    async def _cases(self) -> list[dict[str, Any]]:
        return [case for case in await self.stage.cases() if case["trigger"] != "incident"]

    def _changes(self) -> list[tuple[datetime, str, str]]:
        return changes_that_count(self.stage.box.changes())


async def weather(folder: Path, alerts: int, items: int, hours: int, seed: int, policy: str = "") -> Found:
    """One whole storm, under the policy of the stage or under this text of one."""
    world, settings = storm_world(alerts, items), dict[str, str]()
    if policy:
        (folder / "policy.toml").write_text(policy, encoding="utf-8")
        settings["POLICY_FILE"] = str(folder / "policy.toml")
    async with staged(world, folder, settings) as stage:
        limits = policy_of(stage).limits
        storm = Storm(stage, await storm_of(stage, world, alerts, seed), items, limits)
        await storm.blow()
        await stage.sandbox("webhook", {"url": f"{stage.host.url}/api/alerts?code={stage.host.ready['function_key']}"})
        await storm.hold_the_brake()
        if not storm.found.faults:
            await storm.hold_the_caps(hours)
        return storm.found


def policy_of(stage: Stage) -> Policy:
    path = Path(stage.host.settings["POLICY_FILE"])
    return read_policy(path.read_text("utf-8"), path.name)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.storm", description=__doc__)
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--hours", type=int, default=3, help="simulated hours under the caps")
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(weather(Path(folder), given.alerts, given.items, given.hours, given.seed))
    for fault in found.faults:
        print(fault, file=sys.stderr)
    w, closed = found.where, sum(1 for case in found.cases if case["closed"])
    print(
        f"storm: {'FELL SHORT: ' if found.faults else ''}{given.alerts} alerts over {given.items} items: {w['opened']} cases, "
        f"{w['joined']} joined, {w['repeat']} repeats, {w['resolved']} resolved, {w['dropped']} dropped; memory {found.memory}; "
        f"no change in the incident, then {found.changed} in {given.hours} h, at most {found.at_once} cases at once, "
        f"{closed} closed, {found.throttled} requests answered 429 ({time.perf_counter() - began:.0f} s)"
    )
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
