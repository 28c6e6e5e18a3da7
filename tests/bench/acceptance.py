"""Alerts accepted a second, and how long the slowest wait, against an HTTP function that only answers 202."""

import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.bench.alerts import CONNECTIONS, alerts_of, eight_connections, post_all
from tests.bench.figures import Figure
from tests.bench.import_time import BARE
from tests.bench.pieces import Served, hosted, product, settings_for, simulated

ALERTS_ONLY = Path(__file__).parent / "apps" / "alerts_only"


@dataclass(slots=True)
class Tally:
    """What one app took: seconds a batch and seconds an answer."""

    rates: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    async def take(self, http: ClientSession, host: Served, bodies: list[bytes]) -> None:
        began, cpu = time.perf_counter(), host.cpu_s
        self.answers += await post_all(http, f"{host.url}/api/alerts", host.key, bodies)
        self.rates.append(len(bodies) / (time.perf_counter() - began))
        self.cpu_s += host.cpu_s - cpu

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu_ms(self) -> float:
        """The host's CPU time an answer; unlike the rate, it does not depend on how fast the posting side is."""
        return 1000 * self.cpu_s / len(self.answers)

    @property
    def p99_ms(self) -> float:
        return sorted(self.answers)[int(0.99 * (len(self.answers) - 1))] * 1000


async def acceptance(folder: Path, *, short: bool) -> list[Figure]:
    """Twice: with the engine at rest (the queue is filled and not emptied) and with all of the product at work."""
    size, rounds = (20, 2) if short else (200, 8)
    async with (
        simulated(f"locked_fleet:{size}", folder / "azure") as azure,
        hosted(BARE, folder / "bare", {"AzureWebJobsStorage": "local"}) as bare,
        eight_connections() as http,
    ):
        bodies = await alerts_of(azure, size)
        settings = settings_for(azure, "", folder)
        async with hosted(ALERTS_ONLY, folder / "alone", settings) as host:
            alone = await _in_turn(http, host, bare, bodies, rounds)
            await _expect_queued(host, CONNECTIONS + rounds * size)
        async with product(azure, folder / "whole") as host:
            working = await _in_turn(http, host, bare, bodies, 1 if short else 3)
    return [*_figures("engine at rest", *alone), *_figures("engine at work", *working)]


async def _in_turn(
    http: ClientSession, host: Served, bare: Served, bodies: list[bytes], rounds: int
) -> tuple[Tally, Tally]:
    """Both apps in turn, each batch of new failures; before the other's turn comes, everything is at rest."""
    ours, least = Tally(), Tally()
    for one in (host, bare):
        await post_all(http, f"{one.url}/api/alerts", one.key, _renewed(bodies[:CONNECTIONS], "warm"))
        await host.get("/admin/host/idle?seconds=120")
    for number in range(rounds):
        batch = _renewed(bodies, str(number))
        await ours.take(http, host, batch)
        await host.get("/admin/host/idle?seconds=120")
        await least.take(http, bare, batch)
    return ours, least


async def _expect_queued(host: Served, count: int) -> None:
    """What was answered 202 must lie in the queue, or nothing was accepted."""
    queued = sum((await host.get("/admin/host/status"))["queues"].values())
    if queued != count:
        raise RuntimeError(f"{queued} messages lie in the queue, not {count}")


def _renewed(bodies: list[bytes], sign: str) -> list[bytes]:
    """The same alerts of other jobs, so that none is a repeat."""
    renewed = []
    for body in bodies:
        alert = json.loads(body)
        extended = alert["data"]["alertContext"]["extendedInfo"]
        extended["jobId"] = f"{extended['jobId']}-{sign}"
        renewed.append(json.dumps(alert).encode())
    return renewed


def _figures(when: str, ours: Tally, bare: Tally) -> list[Figure]:
    details: dict[str, Any] = {"our_rates": ours.rates, "bare_rates": bare.rates, "answers": len(ours.answers)}
    details |= {
        "our_cpu_ms": 1000 * ours.cpu_s / len(ours.answers),
        "bare_cpu_ms": 1000 * bare.cpu_s / len(bare.answers),
    }
    against = "bare function"
    return [
        Figure(f"a alerts accepted a second, {when}", ours.rate, bare.rate, "/s", against, details=details),
        Figure(f"a p99 of an alert's answer, {when}", ours.p99_ms, bare.p99_ms, "ms", against),
        Figure(f"a host CPU an alert, {when}", ours.cpu_ms, bare.cpu_ms, "ms", against),
    ]
