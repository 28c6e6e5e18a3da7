"""Checks a policy file and says what it allows: `python -m engine.policy.check FILE`.

Ends with 0 where the file is right, 1 where it is not, 2 where it cannot be read. `--schema` prints docs/policy.md.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from engine.policy.file import read_policy
from engine.policy.nearest import did_you_mean
from engine.policy.notes import notes
from engine.policy.summary import summary


def main(arguments: list[str] | None = None) -> int:
    """Check one file, or print the reference."""
    parser = argparse.ArgumentParser(prog="python -m engine.policy.check", description="Check a policy file.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("file", nargs="?", help="the policy, such as policy.toml")
    what.add_argument("--schema", action="store_true", help="print the reference of the file instead")
    asked = parser.parse_args(arguments)
    if asked.schema:
        from engine.policy.reference import reference

        sys.stdout.write(reference())
        return 0
    if not asked.file:
        print("which policy? Give the path of a file: make policy-check FILE=policy.toml")
        return 2
    return _check(asked.file)


def _check(file: str) -> int:
    try:
        content = Path(file).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        why = getattr(error, "strerror", None) or error
        print(f"{file}: cannot be read: {why}. Give the path of a policy file{_near(file, error)}")
        return 2
    lines, answer = report(file, content, datetime.now(UTC))
    print("\n".join(lines))
    return answer


def _near(file: str, error: Exception) -> str:
    """The policy beside it that may have been meant."""
    if not isinstance(error, FileNotFoundError):
        return "."
    beside = Path(file).parent
    return did_you_mean(Path(file).name, (found.name for found in beside.glob("*.toml"))) or "."


def report(file: str, content: bytes, now: datetime) -> tuple[list[str], int]:
    """What is said of a file with this content, and how the check ends."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [f"{file} line {line}: not UTF-8: save the file with that encoding"], 1
    policy = read_policy(text, file)
    if policy.problems:
        return list(policy.problems), 1
    return [f"{file}: ok", *summary(policy, now), "", *notes(policy, now)], 0


if __name__ == "__main__":
    sys.exit(main())
