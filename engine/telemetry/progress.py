"""What a turn tells of its case: each new entry of the timeline, and what became of it, once that is stored."""

import logging
from datetime import datetime

from engine.case import Case
from engine.outcomes import seconds_to_diagnosis, seconds_to_proof
from engine.telemetry import metrics, traces
from engine.telemetry.events import tell


class Progress:
    """Of one case in one turn. What is told was stored before, so that a turn that lost its row tells nothing."""

    def __init__(self, case: Case, now: datetime) -> None:
        self._case, self._at = case, now.isoformat()
        self._told, self._named = 0, seconds_to_diagnosis(case) is not None

    def stored(self) -> None:
        """Tell what is new since the last call."""
        self._tell_timeline()
        if not self._named and (seconds := seconds_to_diagnosis(self._case)) is not None:
            self._named = True
            if not self._case.told.dry_run:
                metrics.DIAGNOSIS.record(seconds, {"cause": self._case.cause})
        if self._case.closed:
            tell_end(self._case)

    def _tell_timeline(self) -> None:
        case = self._case
        new = [entry for entry in case.timeline if entry["at"] == self._at]
        for entry in new[self._told :]:
            level = logging.ERROR if entry["event"] == "fault" else logging.INFO
            tell(
                f"case.{entry['event'].replace(' ', '_')}",
                level,
                case=case.id,
                machine=case.machine,
                text=entry["text"],
            )
        self._told = len(new)


def tell_end(case: Case) -> None:
    """Of a case that is stored as closed. A dry run is a rehearsal, and is not counted."""
    cause, outcome = case.cause or "unknown", case.ending["outcome"]
    tell("case.closed", logging.INFO, case=case.id, machine=case.machine, cause=cause, outcome=outcome)
    traces.whole(case)
    if case.told.dry_run:
        return
    metrics.CASES.add(1, {"cause": cause, "outcome": outcome})
    if (seconds := seconds_to_proof(case)) is not None:
        metrics.PROOF.record(seconds, {"cause": cause, "outcome": outcome})
