"""Whether a world ended as it declares. Pure: what was read goes in, sentences come out."""

from collections import Counter

from sandbox.demo.facts import Case, Declared, Ending


def as_declared(declared: Declared, case: Case | None) -> bool:
    """Closed, with the declared cause and outcome, and with a date of recurrence where one is declared."""
    if case is None or not case.closed or case.cause.casefold() != declared.cause.casefold():
        return False
    outcome, recurs, _ = case.outcome.partition(", recurs about ")
    return outcome == declared.outcome and bool(recurs) == declared.recurs


def failures(ending: Ending) -> list[str]:
    """One sentence for everything that is not as declared; none where all is well."""
    found = [_case_failure(ending, declared) for declared in ending.world.cases]
    return [text for text in [*found, *_surplus(ending), *_doubled(ending), _locks(ending)] if text]


def _case_failure(ending: Ending, declared: Declared) -> str:
    case = ending.case_of(declared)
    if as_declared(declared, case):
        return ""
    who = f"{ending.world.name}: {declared.machine}"
    wanted = f"the world declares {declared.cause} -> {declared.outcome}"
    if case is None:
        return f"{who} got no case; {wanted}."
    if case.closed is None:
        where = " ".join(case.step.split()) or case.phase
        return f"{who} is still open after {ending.real_seconds:.0f} s (at: {where}); {wanted}."
    return f"{who} ended as {case.cause or 'no cause'} -> {case.outcome or 'no outcome'}; {wanted}."


def _surplus(ending: Ending) -> list[str]:
    """Cases beyond one for each declared item."""
    names = {declared.item.casefold(): declared.machine for declared in ending.world.cases}
    counted = Counter(item for item, _ in {(case.item.casefold(), case.id) for case in ending.cases})
    texts = []
    for item, count in counted.items():
        if item not in names:
            texts.append(f"{ending.world.name}: {count} case(s) for an item that the world does not declare: {item}.")
        elif count > 1:
            texts.append(f"{ending.world.name}: {names[item]} has {count} cases; the world declares one.")
    return texts


def _doubled(ending: Ending) -> list[str]:
    """Cases that the list of cases names more than once."""
    counted = Counter((case.machine, case.id) for case in ending.cases)
    return [
        f"{ending.world.name}: GET /api/cases lists the one case of {machine} ({case}) {count} times."
        for (machine, case), count in counted.items()
        if count > 1
    ]


def _locks(ending: Ending) -> str:
    if ending.locks_before == ending.locks_after:
        return ""
    gone, new = set(ending.locks_before) - set(ending.locks_after), set(ending.locks_after) - set(ending.locks_before)
    parts = [f"missing {text}" for text in sorted(gone)] + [f"new {text}" for text in sorted(new)]
    return f"{ending.world.name}: the locks are not those of the start: {'; '.join(parts)}."
