"""A case's evidence as one HTML page that a person attaches to a ticket: no script, nothing loaded from elsewhere.

What comes from outside is escaped and stays text; characters that would hide or turn it around are made visible.
"""

import json
import re
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.case import GAVE_UP, INCIDENT_OVER, NEEDS_PERSON, NOT_NEEDED, REMEDIATED, VAULT_PENDING
from gateway.arm import ids

if TYPE_CHECKING:
    from jinja2 import Template

_TONES = {
    REMEDIATED: "good",
    NOT_NEEDED: "good",
    VAULT_PENDING: "info",
    INCIDENT_OVER: "info",
    NEEDS_PERSON: "warn",
    GAVE_UP: "bad",
}
_CHANGES = {
    "lock.delete": "Lift a lock",
    "lock.write": "Return a lock",
    "backup.trigger": "Trigger an on-demand backup",
    "restore_point.delete": "Delete restore points",
    "collection.delete": "Delete a restore point collection",
    "extension.delete": "Remove the backup extension",
    "alert.close": "Close the alert",
    "job.cancel": "Cancel a backup job",
    "guest.probe": "Look inside the guest",
    "guest.run": "Run a script in the guest",
    "guest.clean_up": "Remove a run command again",
    "machine.reapply": "Reapply the machine",
    "machine.restart": "Restart the machine",
    "machine.redeploy": "Redeploy the machine",
}
_ENDINGS = {"done": "accepted by Azure", "refused": "refused by Azure", "unknown": "no answer: it may have happened"}
_TURNS = {
    "TryLater": "waits",
    "Done": "done",
    "NothingToDo": "nothing to do",
    "NotApplicable": "does not apply",
    "NeedsApproval": "needs an approval",
    "NeedsPerson": "needs a person",
}
_PHASES = {
    "diagnose": "looking for the cause",
    "gate": "waiting to be let through",
    "guide": "waiting whether more items fail alike",
    "ask": "waiting for a person's decision",
    "step": "at work",
    "prove": "waiting for proof",
    "return": "giving back what was borrowed",
    "tell": "closing the alert",
    "close": "closing",
    "incident": "the incident goes on",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, bidirectional overrides, and halves of a surrogate pair, which no page can carry."""


def page(evidence: dict[str, Any]) -> str:
    """The page of what `engine.evidence.gather.evidence_of` gathered; the same evidence gives the same page."""
    case = evidence["case"]
    return _template().render(
        **evidence,
        tone=next((tone for outcome, tone in _TONES.items() if case["outcome"].startswith(outcome)), "open"),
        state=case["outcome"] or f"open: {_PHASES.get(case['phase'], case['phase'])}",
        took=_took(case["opened"], case["closed"]),
        asked=case["phase"] == "ask" and not case["outcome"],
        groups=_groups(evidence["changes"]),
        raw=json.dumps(evidence["failure"], indent=2, ensure_ascii=False),
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader  # here: it is no part of the app's start

    room = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters |= {
        "instant": instant,
        "last": ids.name,
        "turn": _turn,
        "fields": _fields,
        "words": _words,
        "dated": _dated,
    }
    room.globals |= {"endings": _ENDINGS}
    return room.get_template("page.html.j2")


def _visible(value: Any) -> Any:
    """Text in which nothing is hidden: `<U+202E>` for the character that turns the rest of a line around."""
    from markupsafe import Markup

    if value is None:
        return ""
    return _HIDDEN.sub(_named, value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _named(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"


def instant(text: Any) -> Any:
    """An ISO 8601 instant as `2026-03-02 02:30:00 UTC`; anything else as it is."""
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        return text
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError):
        return text


def _dated(text: str) -> str:
    """A sentence of ours with the instants in it as people read them."""
    return _INSTANT.sub(lambda found: str(instant(found[0])), text)


def _took(opened: str, closed: str) -> str:
    """How long the case took, "" while it is open."""
    if not closed:
        return ""
    minutes = int((datetime.fromisoformat(closed) - datetime.fromisoformat(opened)).total_seconds() // 60)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "under a minute"


def _groups(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Changes of one kind in one place that follow each other, with one way back, told under one heading."""
    alike = groupby(changes, key=lambda c: (c["kind"], _place(c), c["undo"], c.get("fix", "")))
    return [
        {"kind": _CHANGES.get(kind, kind), "place": place, "undo": undo, "fix": fix, "changes": list(of)}
        for (kind, place, undo, fix), of in alike
    ]


def _place(change: dict[str, Any]) -> str:
    """What holds the changed resource."""
    return str(change["target"]).rstrip("/").rpartition("/")[0]


def _turn(entry: dict[str, str]) -> tuple[str, str]:
    """How a fix's turn went, in words, and what it said; ("", text) for every other entry."""
    kind, colon, said = entry["text"].partition(": ")
    return (_TURNS[kind], said) if colon and kind in _TURNS else ("", entry["text"])


def _fields(value: Any) -> list[tuple[str, Any]]:
    """The fields of a fact that say something; empty ones are left to the JSON."""
    return [(str(name), part) for name, part in value.items() if part not in (None, "", [], {})]


def _words(name: Any) -> str:
    """A name of ours for people: `provisioning_state` becomes `provisioning state`."""
    return str(name).replace("_", " ")
