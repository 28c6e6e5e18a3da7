"""Whether a plan may run. Pure."""

from engine.case import Case
from engine.settings import Settings


def held_back(case: Case, settings: Settings) -> str:
    """Why the plan may not run, "" where it may."""
    if case.told.dry_run:
        return "a dry run was asked for: the plan is made, nothing is changed"
    return settings.changes_off
