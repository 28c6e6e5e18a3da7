"""Protection that somebody stopped before a world starts, with its trace in the activity log."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.activities import log_activity
from sandbox.model import Item
from sandbox.simulation import Simulation

_PI = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
STOPPED_BEFORE = timedelta(hours=20)
"""When it was stopped: the morning before the failure, after the last backup that worked."""


def stop_protection(sim: Simulation, item: Item, declared: dict[str, Any]) -> None:
    """The item in the state that the world declares; who brought it there stands in the log, where the world names somebody."""
    state = declared.get("protection_state")
    if state is None:
        return
    sim.state.items.put(replace(sim.state.items.require(item.id), protection_state=state))
    caller = declared.get("stopped_by", "")
    for at, who, operation in (
        (sim.now - timedelta(days=40), "deploy@contoso.com", "write"),
        (sim.now - STOPPED_BEFORE, caller, "write"),
        (sim.now - STOPPED_BEFORE + timedelta(hours=1), "ops@contoso.com", "backup/action"),
    ):
        if caller:
            log_activity(sim, at, who, f"{_PI}/{operation}", item.id)
