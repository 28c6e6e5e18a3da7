"""The daily run of each policy."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.backup.run import start_backup
from sandbox.model import Policy
from sandbox.simulation import Simulation, on


def next_run(policy: Policy, after: datetime) -> datetime:
    at = after.replace(hour=policy.hour, minute=policy.minute, second=0, microsecond=0)
    return at if at > after else at + timedelta(days=1)


def plan_next_run(sim: Simulation, policy: Policy) -> None:
    sim.schedule(next_run(policy, sim.now), "backup.scheduled", policy=policy.id)


@on("backup.scheduled")
def run_policy(sim: Simulation, args: dict[str, Any]) -> None:
    """Start a job for each item under the policy whose protection is on."""
    policy = sim.state.policies.require(args["policy"])
    for item in sim.state.items.under(policy.vault):
        if item.policy == policy.name and item.protection_state in ("Protected", "IRPending", "ProtectionError"):
            sim.schedule(sim.now + _jitter(sim), "backup.start", item=item.id)
    plan_next_run(sim, policy)


def _jitter(sim: Simulation) -> timedelta:
    # ASSUMED: jobs of one policy start up to 30 s apart.
    return timedelta(seconds=sim.number() * 7 % 30, microseconds=sim.number() * 912727 % 999983)


@on("backup.start")
def start_scheduled(sim: Simulation, args: dict[str, Any]) -> None:
    start_backup(sim, sim.state.items.require(args["item"]), on_demand=False)
