"""How the guides of causes end: with the backup that shows whether the cure helped."""

from remediations.facts import Facts
from remediations.guides.commands import back_up


def then_back_up(evidence: Facts, when: str = "Then back the machine up again") -> str:
    return f"{when}: `{back_up(evidence.item_id, evidence.now)}`."


def then_back_up_twice(evidence: Facts) -> str:
    """Where restore points have piled up, the first backup only begins the clean-up (azure-facts 0.5)."""
    return (
        f"{then_back_up(evidence)} That first one is expected to fail; clean-up follows within hours, and the next scheduled "
        "backup succeeds: judge by that."
    )
