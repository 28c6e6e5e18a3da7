"""Faults on demand: refused, lost, slow and stale answers, by rule or at random from a seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.arm.wire import Reply

_ANSWERS: Mapping[str, tuple[int, str, str]] = {
    "429": (429, "TooManyRequests", "The request was throttled. Please try again later."),
    "500": (500, "InternalServerError", "Encountered internal server error."),
    "503": (503, "ServerTimeout", "The request timed out. Diagnostic information: none."),
    "504": (504, "GatewayTimeout", "The gateway did not receive a response within the specified time period."),
    "409": (409, "Conflict", "Another operation is in progress on the resource. Please try again later."),
}
KINDS = (*_ANSWERS, "drop", "drop_after", "slow", "stale")


@dataclass(slots=True)
class Rule:
    """The nth request that fits gets the fault, and `times` in all from there on."""

    kind: str
    method: str = ""
    path_contains: str = ""
    nth: int = 1
    times: int = 1
    seen: int = 0

    def strikes(self, method: str, path: str) -> bool:
        if self.method and self.method.upper() != method:
            return False
        if self.path_contains.lower() not in path.lower():
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


@dataclass(slots=True)
class Faults:
    rules: list[Rule] = field(default_factory=list)
    rate: float = 0.0
    kinds: tuple[str, ...] = ()
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    def pick(self, method: str, path: str) -> str | None:
        """The fault for this request, if any; rules go before chance."""
        struck = [rule.kind for rule in self.rules if rule.strikes(method, path)]
        if struck:
            return struck[0]
        return self.dice.choice(self.kinds) if self.kinds and self.dice.random() < self.rate else None


def parse_faults(document: Any) -> Faults:
    """A list of rules, or an object with seed, rate, kinds and rules. An unknown kind is refused."""
    if isinstance(document, list):
        document = {"rules": document}
    faults = Faults(
        [Rule(**rule) for rule in document.get("rules", [])],
        document.get("rate", 0.0),
        tuple(document.get("kinds", ())),
        random.Random(document.get("seed", 1)),
    )
    for kind in (*faults.kinds, *(rule.kind for rule in faults.rules)):
        if kind not in KINDS:
            raise ValueError(f"unknown fault kind {kind!r}; known: {', '.join(KINDS)}")
    return faults


def answer(kind: str) -> Reply | None:
    """The refusal that stands in for the answer, or None for a kind that needs the real one."""
    if kind not in _ANSWERS:
        return None
    status, code, text = _ANSWERS[kind]
    headers = {"Retry-After": "10"} if kind in ("429", "503") else {}
    return Reply(status, {"error": {"code": code, "message": text}}, headers)
