"""Which alerts a world sends after its start: one for each failure, or many copies in all shapes."""

import random
from datetime import timedelta
from typing import Any

from sandbox.model import Job
from sandbox.simulation import Simulation

_FIRST = timedelta(seconds=60)


def plan_alerts(sim: Simulation, declared: dict[str, Any]) -> None:
    """Plan one alert for each machine whose failure is announced by one, and the copies that `[storm]` asks for."""
    storm = declared.get("storm", {})
    alerts = [
        (item, job, shape, condition)
        for machine, case in zip(declared["machine"], sim.state.world.cases, strict=True)
        if "failure" in machine and case.trigger == "alert"
        for item, job in [(case.item, _failed_job(sim, case.item).name)]
        for shape, condition in _copies(machine["failure"].get("alert", "A1b"), storm)
    ]
    random.Random(storm.get("seed", 1)).shuffle(alerts)
    for number, (item, job, shape, condition) in enumerate(alerts):
        at = sim.now + _FIRST + timedelta(seconds=number)
        sim.schedule(at, "alert.fire", item=item, job=job, format=shape, condition=condition)


def _copies(shape: str, storm: dict[str, Any]) -> list[tuple[str, str]]:
    """`per_machine` alerts over the storm's shapes; the last `resolved` of them say Resolved."""
    count, shapes = storm.get("per_machine", 1), storm.get("shapes", [shape])
    fired = count - storm.get("resolved", 0)
    return [(shapes[n % len(shapes)], "Fired" if n < fired else "Resolved") for n in range(count)]


def _failed_job(sim: Simulation, item: str) -> Job:
    return max((j for j in sim.state.jobs.under(item) if j.status == "Failed"), key=lambda j: j.start)
