"""Writes the roles where a deployment takes them from: `python -m engine.rights.role_files [--policy FILE] [--out FOLDER]`.

Ends with 0 where the files are written, 1 where the policy or an action is wrong, 2 where a file cannot be read or written.
"""

import argparse
import json
import sys
from pathlib import Path

from engine.policy.file import read_policy
from engine.rights.roles import KINDS, NoRole, Role, roles
from engine.settings import SHIPPED_POLICY


def main(arguments: list[str] | None = None) -> int:
    """Write one file for each role that the policy's enabled modules need; the file of a role without actions goes."""
    parser = argparse.ArgumentParser(prog="python -m engine.rights.role_files", description="Write the custom roles.")
    parser.add_argument("--policy", type=Path, default=Path(SHIPPED_POLICY), help="whose enabled fixes count")
    parser.add_argument("--out", type=Path, default=Path("infra/roles"), help="folder for the role definitions")
    asked = parser.parse_args(arguments)
    try:
        policy = read_policy(asked.policy.read_text("utf-8"), str(asked.policy))
        if policy.problems:
            print("\n".join(policy.problems))
            return 1
        write(roles(policy), asked.out)
    except NoRole as e:
        print(e)
        return 1
    except (OSError, UnicodeDecodeError) as e:
        print(f"cannot read the policy or write the roles: {e}")
        return 2
    return 0


def write(made: tuple[Role, ...], out: Path) -> None:
    """Bring the folder up to date, and say what each role holds."""
    out.mkdir(parents=True, exist_ok=True)
    written = {role.kind.key: role for role in made}
    for kind in KINDS:
        path = out / f"{kind.key}.json"
        if role := written.get(kind.key):
            path.write_text(text(role), "utf-8")
            print(f"{path}: {kind.name} with {len(role.actions)} action(s)")
        else:
            path.unlink(missing_ok=True)
            print(f"{path}: not needed")


def text(role: Role) -> str:
    """The file of a role; alike for alike actions."""
    return json.dumps(role.definition(), indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main())
