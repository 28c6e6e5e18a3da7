"""The keys that callers present; made once and kept in the data folder, as Azure keeps them in its storage account."""

import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    """`master` opens everything, `function` the functions, `durable` the durable management webhooks."""

    master: str
    function: str
    durable: str

    def open_function(self, given: str, level: str) -> bool:
        """Whether this key opens an HTTP function of that auth level (anonymous, function, admin)."""
        if level.lower() == "anonymous":
            return True
        accepted = [self.master] if level.lower() == "admin" else [self.master, self.function]
        return _is_one_of(given, accepted)

    def open_admin(self, given: str) -> bool:
        return _is_one_of(given, [self.master])

    def open_durable(self, given: str) -> bool:
        return _is_one_of(given, [self.master, self.durable])


def _is_one_of(given: str, accepted: list[str]) -> bool:
    return any(hmac.compare_digest(given.encode(), key.encode()) for key in accepted)


def load_keys(data_dir: Path) -> Keys:
    """The kept keys, or new ones written for this user only."""
    path = data_dir / "keys.json"
    if path.exists():
        return Keys(**json.loads(path.read_text()))
    keys = Keys(*(secrets.token_urlsafe(32) for _ in range(3)))
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(json.dumps(asdict(keys)))
    draft.replace(path)
    return keys
