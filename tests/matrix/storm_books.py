"""Where each alert of a storm is found again in the store: nothing that was taken may be nowhere."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.case import Case
from engine.cases import ALL, CASES, OUTCOMES, Cases
from gateway.store.opening import open_rows
from gateway.store.rows import Rows
from tests.matrix.storm_world import Alert

Telling = tuple[str, datetime]
"""Machine and instant: no two different alerts of a storm share both."""


@dataclass(frozen=True, slots=True)
class Books:
    """What the store holds: which telling opened a case, joined one, was noted as its repeat; what was not acted on."""

    cases: int
    opened: frozenset[Telling]
    joined: frozenset[Telling]
    repeats: frozenset[Telling]
    ignored: frozenset[str]
    lost: tuple[dict[str, Any], ...]


async def read_books(store_url: str) -> Books:
    rows = open_rows(store_url)
    try:
        return await _read(rows)
    finally:
        await rows.close()


async def _read(rows: Rows) -> Books:
    claims = await Cases(rows).open_claims()
    found = [Case.from_json(row.value) for row in await rows.scan(CASES, limit=ALL)]
    own = {case.id: case for case in found if case.kind != "incident"}
    noted = [row.value for row in await rows.scan(OUTCOMES, limit=ALL)]
    repeats = [one for one in noted if one["kind"] == "repeat"]
    return Books(
        len(own),
        frozenset(_telling(case.failure) for case in own.values()),
        frozenset(_telling(told) for part in (claims, own.values()) for one in part for told in one.joined),
        frozenset((own[one["case"]].machine.casefold(), _instant(one["fired_at"])) for one in repeats),
        frozenset(one["alertId"] for one in noted if one["kind"] == "ignored"),
        tuple(one for one in noted if one["kind"] not in ("ignored", "repeat")),
    )


def _telling(failure: dict[str, Any]) -> Telling:
    return failure["item_id"].rsplit(";", 1)[-1].casefold(), _instant(failure["fired_at"])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def account(alerts: Iterable[Alert], books: Books) -> Counter[str]:
    """How many alerts were resolved ones, opened a case, joined one, repeated what was known, or were dropped."""
    told, seen = Counter[str](), set[bytes]()
    for alert in alerts:
        where = _where(alert, books)
        told["repeat" if alert.body in seen and where in ("opened", "joined") else where] += 1
        seen.add(alert.body)
    return told


def _where(alert: Alert, books: Books) -> str:
    if alert.resolved:
        return "resolved" if alert.id in books.ignored else "dropped"
    telling = (alert.machine, _instant(alert.fired))
    kinds = (("opened", books.opened), ("joined", books.joined), ("repeat", books.repeats))
    return next((kind for kind, tellings in kinds if telling in tellings), "dropped")
