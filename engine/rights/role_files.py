"""Writes the roles where a deployment takes them from: `python -m engine.rights.role_files [--policy FILE] [--scope ID]`.

Ends with 0 where the files are written, 1 where the policy or an action is wrong, 2 where a file cannot be read or written
or a scope is none.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from engine.policy.file import read_policy
from engine.rights.roles import ASSIGNABLE, RETURNS, NoRole, Role, of_each_kind, returns_locks, roles
from engine.settings import SHIPPED_POLICY, SUBSCRIPTION

SCOPE = re.compile(rf"/subscriptions/{SUBSCRIPTION.pattern}(/resourceGroups/[^/]+)?", re.IGNORECASE | re.ASCII)
"""What custom roles may be assignable at, besides management groups, of which a role takes only one
(https://learn.microsoft.com/azure/role-based-access-control/custom-roles)."""


def main(arguments: list[str] | None = None) -> int:
    """Write one file for each of the four roles; one that the policy's enabled modules do not need gives nothing."""
    asked = _arguments(arguments)
    try:
        policy = read_policy(asked.policy.read_text("utf-8"), str(asked.policy))
        if policy.problems:
            print("\n".join(policy.problems))
            return 1
        write(roles(policy), asked.out, asked.scope or (ASSIGNABLE,))
    except NoRole as e:
        print(e)
        return 1
    except (OSError, UnicodeDecodeError) as e:
        print(f"cannot read the policy or write the roles: {e}")
        return 2
    return 0


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m engine.rights.role_files", description="Write the custom roles.")
    parser.add_argument("--policy", type=Path, default=Path(SHIPPED_POLICY), help="whose enabled fixes count")
    parser.add_argument("--out", type=Path, default=Path("infra/roles"), help="folder for the role definitions")
    more = "a subscription or a group in which the roles are to be assigned, /subscriptions/<id>; may be repeated"
    parser.add_argument("--scope", type=_scope, action="append", help=more)
    return parser.parse_args(given)


def _scope(text: str) -> str:
    if not SCOPE.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no /subscriptions/<id> or /subscriptions/<id>/resourceGroups/<name>"
        )
    return text


def write(made: tuple[Role, ...], out: Path, scopes: Sequence[str]) -> None:
    """Bring the folder up to date, and say what each role holds."""
    out.mkdir(parents=True, exist_ok=True)
    for role in of_each_kind(made):
        path = out / f"{role.kind.key}.json"
        path.write_text(text(role, scopes), "utf-8")
        holds = f"with {len(role.actions)} action(s)" if role.actions else "is not needed and gives nothing"
        print(f"{path}: {role.kind.name} {holds}")
    if not returns_locks(made):
        print(f"no role may return a lock: before you deploy this, see that GET /api/leases is empty; {RETURNS} goes")


def text(role: Role, scopes: Sequence[str] = (ASSIGNABLE,)) -> str:
    """The file of a role; alike for alike actions and scopes."""
    return json.dumps(role.definition(scopes), indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
