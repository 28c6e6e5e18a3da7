"""The plain `az` command that returns a lifted lock: for whoever cannot wait for the engine. Pure."""

import json
import shlex
from typing import Any
from urllib.parse import quote

from gateway.arm import ids
from gateway.arm.model import Lock

LOCKS_API = "2020-05-01"


def return_command(lock: Lock, group_id: str) -> str:
    """The plain `az` command with which anybody can return the lock, identical."""
    if lock.owners or any(word.startswith(("-", "@")) for word in (lock.name, lock.notes or "")):
        return _rest_command(lock)
    words = ["az", "lock", "create", "--name", lock.name, "--lock-type", lock.level]
    words += ["--notes", lock.notes] if lock.notes is not None else []
    whole = ids.same(lock.scope, group_id)
    words += ["-g", ids.group(group_id)] if whole else ["--resource", lock.scope]
    return shlex.join([*words, "--subscription", ids.subscription(group_id)])


def _rest_command(lock: Lock) -> str:
    """`az lock create` knows no owners, reads a word in @ as a file's name and one in - as an option of its own."""
    properties: dict[str, Any] = {"level": lock.level}
    properties |= {"notes": lock.notes} if lock.notes is not None else {}
    properties |= {"owners": [{"applicationId": owner} for owner in lock.owners]} if lock.owners else {}
    url = f"{quote(lock.id)}?api-version={LOCKS_API}"
    return shlex.join(["az", "rest", "--method", "put", "--url", url, "--body", json.dumps({"properties": properties})])
