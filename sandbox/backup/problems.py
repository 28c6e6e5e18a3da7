"""The service's own words for each failure."""

import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

from sandbox.model import Problem

# Docs of 2025-11: the text that compute gives when a nineteenth instant restore point is asked for.
CRP_LIMIT = (
    "Restore Point creation failed. Error: OperationNotAllowed: The number of restore points across restore point "
    "collections and resource groups for a VM cannot exceed 18."
)


@cache
def _catalog() -> dict[str, Problem]:
    text = Path(__file__).with_name("problems.toml").read_text(encoding="utf-8")
    return {
        title: Problem(title, entry["text"], tuple(entry["recommendations"]), entry.get("code"))
        for title, entry in tomllib.loads(text).items()
    }


def problem(title: str) -> Problem:
    """The failure of this title; one that is on no record gets a text of its own and no number."""
    known = _catalog().get(title)
    if known:
        return known
    advice = f"Resolve the condition that the error names, then retry the backup. Reference: {title}."
    return Problem(title, f"Backup failed: the service reported {title}.", (advice,))


def compute_problem(inner: str) -> Problem:
    """A failure of compute as Azure Backup passes it on."""
    outer = problem("UserErrorCrpReportedUserError")
    # ASSUMED: the inner compute error is appended to errorString; no recording shows where it stands.
    return replace(outer, text=f"{outer.text} {inner}")
