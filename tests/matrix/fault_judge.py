"""What an owner accepts of a run in which one request met a fault, and what not.

Every fault here strikes one request and passes: a quota (429), a server's error (500, 503, 504), another operation on
the same resource (409 Conflict, which Azure answers to reads and writes alike and which is over a little later), a lost
connection before or after the effect, a slow answer, an answer from before. So a person who was told of nothing should
see nothing of it but a later hour:

- Each case ends with the cause and the outcome that its world declares. Not "needs a person" for a passing fault:
  whoever is called at night for a 503 switches the engine off. Not "not needed" or "gave up" either.
- No change is made that the undisturbed run did not make, and none more often: a lost answer is no reason to trigger a
  second backup. Fewer may be made, where the later hour made one needless: the nightly run came first.
- Every lock is as it was, no lease is out, no claim is left.
- No storm: one fault costs a few requests, not many.
"""

from collections import Counter

from tests.matrix.fault_run import Ended

MORE_REQUESTS = 60
"""How many requests more than the undisturbed run one fault may cost: a few more looks, a few more turns."""


def complaints(clean: Ended, run: Ended) -> list[str]:
    """What is wrong with the run, in words; nothing where an owner would be content."""
    return [*_endings(run), *_changes(clean.changes, run.changes), *_left(run), *_storm(clean, run)]


def _endings(run: Ended) -> list[str]:
    items = sorted(set(run.declared) | set(run.endings))
    nothing = ("no case", "", False)
    pairs = [(item, run.declared.get(item, nothing), run.endings.get(item, nothing)) for item in items]
    return [f"{item[-20:]} ended {ended}, declared is {wanted}" for item, wanted, ended in pairs if ended != wanted]


def _changes(clean: Counter[tuple[str, str]], made: Counter[tuple[str, str]]) -> list[str]:
    return [f"{kind} of {what[-40:]} {count} times too often" for (kind, what), count in (made - clean).items()]


def _left(run: Ended) -> list[str]:
    said = [(not run.locks_as_before, "locks are not as they were")]
    said += [(run.leases_out > 0, f"{run.leases_out} leases are out"), (run.claims_open > 0, "a claim is left")]
    return [text for wrong, text in said if wrong]


def _storm(clean: Ended, run: Ended) -> list[str]:
    more = len(run.log) - len(clean.log)
    return [f"{more} requests more than without the fault"] if more > MORE_REQUESTS else []
