"""Entries of the activity log are added here."""

from datetime import datetime

from sandbox.activity import Activity
from sandbox.simulation import Simulation


def log_activity(sim: Simulation, at: datetime, caller: str, operation: str, resource: str) -> None:
    """Add an entry to the log."""
    sim.state.activities.put(Activity(len(sim.state.activities) + 1, at, caller, operation, resource))
