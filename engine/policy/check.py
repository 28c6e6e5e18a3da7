"""Checks a policy file and says what it allows: `python -m engine.policy.check FILE`.

Ends with 0 where the file is right, 1 where it is not, 2 where it cannot be read. `--schema` prints docs/policy.md.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.policy import BY_DEFAULT, Mode, Policy, Rule
from engine.policy.file import read_policy
from engine.policy.scope import EVERYWHERE
from remediations.contract import REMEDIATIONS, Risk

UNSAID = "-"


def main(arguments: list[str] | None = None) -> int:
    """Check one file, or print the reference."""
    parser = argparse.ArgumentParser(prog="python -m engine.policy.check", description="Check a policy file.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", help="the policy, such as policy.toml")
    what.add_argument("--schema", action="store_true", help="print the reference of the file instead")
    asked = parser.parse_args(arguments)
    if asked.schema:
        from engine.policy.reference import reference

        sys.stdout.write(reference())
        return 0
    return _check(asked.file)


def _check(file: str) -> int:
    try:
        content = Path(file).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        print(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}. Give the path of a policy file.")
        return 2
    lines, answer = report(file, content)
    print("\n".join(lines))
    return answer


def report(file: str, content: bytes) -> tuple[list[str], int]:
    """What is said of a file with this content, and how the check ends."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [f"{file} line {line}: not UTF-8: save the file with that encoding"], 1
    policy = read_policy(text, file)
    if policy.problems:
        return list(policy.problems), 1
    return [f"{file}: ok", "", *_table(policy), "", *notes(policy)], 0


def notes(policy: Policy) -> list[str]:
    """What an owner should know of the policy besides its modes."""
    return [*_of_modes(policy), *_of_locks(policy), *_of_tags(policy), *_never_deciding(policy)]


def _of_modes(policy: Policy) -> Iterator[str]:
    said = {mode for rule in policy.rules for mode in (*rule.modes.values(), *rule.fixes.values())}
    modes = said | {_default(policy, risk) for risk in Risk}
    if modes == {Mode.APPROVE}:
        yield "every tier asks: nothing is changed before a person approves the plan"
    elif max(modes) < Mode.APPROVE:
        yield "nothing is ever changed: no tier goes beyond `plan`"
    if unasked := [name for name, mode in _of_data(policy) if mode is Mode.AUTO]:
        yield f"data is auto in {', '.join(unasked)}: whole collections still need a person"


def _of_data(policy: Policy) -> Iterator[tuple[str, Mode]]:
    """Every mode that some fix of the tier `data` may get, and where it stands."""
    for rule in policy.rules:
        for fix in (fix for fix in REMEDIATIONS.values() if fix.risk is Risk.DATA):
            if permit := rule.permit(fix.name, fix.risk):
                yield rule.name, permit.mode
    yield BY_DEFAULT, _default(policy, Risk.DATA)


def _of_locks(policy: Policy) -> Iterator[str]:
    if off := [rule.name for rule in policy.rules if rule.locks == "leave off"]:
        yield f"lifted locks stay off in {', '.join(off)}"


def _of_tags(policy: Policy) -> Iterator[str]:
    if policy.uses_tags:
        yield "tags decide here: where a machine's tags cannot be read, the most restrictive of the answers holds"


def _never_deciding(policy: Policy) -> Iterator[str]:
    for at, rule in enumerate(policy.rules):
        for before in policy.rules[:at]:
            if before.scope in (EVERYWHERE, rule.scope) and (dead := list(_said_by_both(before, rule))):
                yield f'rule "{rule.name}": {", ".join(dead)} never decides, rule "{before.name}" before it does'


def _said_by_both(before: Rule, rule: Rule) -> Iterator[str]:
    yield from (f"modes.{risk}" for risk in rule.modes if risk in before.modes)
    yield from (f"fixes.{fix}" for fix in rule.fixes if before.permit(fix, REMEDIATIONS[fix].risk))
    if rule.locks and before.locks:
        yield "locks"


def _table(policy: Policy) -> list[str]:
    """The modes by rule, in the order in which they are asked, and by tier."""
    rows = [["rule", *Risk, "locks", "fixes"]]
    for rule in policy.rules:
        tiers = [_shown(rule, rule.modes.get(risk)) for risk in Risk]
        fixes = ", ".join(f"{fix}: {_shown(rule, mode)}" for fix, mode in rule.fixes.items())
        rows.append([rule.name, *tiers, rule.locks or UNSAID, fixes or UNSAID])
    rows.append([BY_DEFAULT, *(_default(policy, risk) for risk in Risk), "return", UNSAID])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(rule: Rule, mode: Mode | None) -> str:
    if mode is Mode.AUTO and rule.auto_after:
        return f"auto after {rule.auto_after}"
    return mode or UNSAID


def _default(policy: Policy, risk: Risk) -> Mode:
    return policy.default(risk).mode


if __name__ == "__main__":
    sys.exit(main())
