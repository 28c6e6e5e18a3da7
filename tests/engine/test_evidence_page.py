"""The evidence page: whatever a name holds, it stays text; nothing is loaded, nothing runs, nothing is hidden."""

import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import engine.evidence.page
from engine.case import GAVE_UP, NEEDS_PERSON, NOT_NEEDED, REMEDIATED, VAULT_PENDING
from engine.evidence.page import instant, page

TEMPLATE = Path(engine.evidence.page.__file__).with_name("page.html.j2").read_text()
AT = "2026-11-03T02:00:00+00:00"
VOID = {"meta"}
TURNED = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


class Read(HTMLParser):
    """What a browser would make of the page: its elements, their attributes, its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


ELEMENTS = set(re.findall(r"<([a-z][a-z0-9]*)[\s>]", TEMPLATE))
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "data-label"}
CLASSES = {word for found in re.findall(r'class="([^"{]*)', TEMPLATE) for word in found.split()}
CLASSES |= {"good", "info", "warn", "bad", "open"}


def visible(text: str) -> str:
    """The text as a person must see it: what would hide or turn it around is named."""

    def shown(char: str) -> str:
        hidden = char in TURNED or (unicodedata.category(char) == "Cc" and char not in "\t\n")
        return f"<U+{ord(char):04X}>" if hidden else char

    return "".join(map(shown, text))


def told(said: str = "plain", outcome: str = NEEDS_PERSON) -> dict[str, Any]:
    """Evidence with every section, in which all that comes from outside is `said`, each with its number."""
    count = iter(range(1000))

    def s() -> str:
        return f"{next(count):03}»{said}«"

    before = {"points": [s(), s()]}
    change = {"kind": s(), "target": f"/subscriptions/{s()}", "at": AT, "before": before, "undo": s(), "fix": "f"}
    lock = {"name": s(), "level": s(), "scope": s(), "notes": s()}
    lease = {"lock": lock, "holders": [s()], "state": s(), "taken": AT, "deadline": AT, "returned": "", "note": ""}
    lease["leave_off"] = s()
    return {
        "case": {
            "id": s(), "kind": "", "machine": s(), "item": s(), "code": s(), "title": s(), "source": s(), "told_by": s(),
            "trigger": "alert", "dry_run": True, "opened": AT, "closed": AT, "phase": "close", "due": "", "as_of": AT,
            "outcome": outcome, "reason": "", "instructions": s(), "summary": s(), "recurs_about": s(),
        },
        "cause": {"name": "c", "meaning": s(), "verdicts": [{"cause": "c", "says": s(), "reason": s()}], "affects": [s()]},
        "plan": {"hash": s(), "steps": [{"fix": "f", "effect": s(), "risk": s(), "params": {s(): s()}, "touches": [s()]}], "asks": s(), "from": 0},
        "permits": [{"step": 0, "fix": "f", "mode": s(), "rule": s()}],
        "ask": {"why": "asked", "at": AT, "expires": AT, "hash": "abc123", "answer": ""},
        "changes": [
            {**change, "result": {"state": "refused", "error": s(), "correlation": s()}},
            {**change, "result": {"state": s(), "correlation": s()}, "undo": f"az {s()}", "target": f"{s()}/x"},
        ],
        "decisions": [{"at": AT, "decision": s(), "who": s(), "why": s(), "change": s(), "hash": s()}],
        "proof": {"before": {"point": s(), "consistency": s()}, "point": s(), "weaker": s(), "tiers": {s(): s()}, "job": s()},
        "leases": [{**lease, "return_with": s()}, {**lease, "state": "returned", "returned": AT, "note": s()}],
        "facts": [
            {"fact": s(), "read_at": AT, "value": {s(): s(), s(): [{s(): s()}, s()], s(): [s()], s(): {s(): {s(): s()}}}},
            {"fact": s(), "read_at": AT, "value": [s(), [1, 2], None, True]},
        ],
        "timeline": [{"at": AT, "event": "opened", "text": s()}, {"at": AT, "event": "opened", "text": s(), "until": AT}],
        "joined": [{"fired_at": AT, "told_by": s(), "code": s(), "job": s()}],
        "failure": {"item_id": "raw"},
        "cut": [s()],
    }  # fmt: skip


def planted(value: Any) -> list[str]:
    """Every planted text of the evidence, as it must be seen; of a changed resource's id, its place and its name."""
    if isinstance(value, str):
        return re.findall(r"\d{3}»[^«]*«", value)
    if isinstance(value, dict):
        place, _, name = str(value.get("target", "")).rstrip("/").rpartition("/")
        rest = [part for key, content in value.items() if key != "target" for part in (key, content)]
        return [place, name, *planted(rest)]
    return [text for part in value for text in planted(part)] if isinstance(value, list) else []


HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "</title></pre></td><!-- ",
    "\"' onmouseover='x' & &amp; &lt; &#60; ]]>",
    "{{ 7 * 7 }} {% raw %} {# #}",
    "x" * 10_000,
    "/".join(["a b"] * 3_000),
    "שרת-גיבוי خادم",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31m\r\n\x7f\x85",
    "🙂\u200d🙂\ufeff\ufffe",
]


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="»«"), max_size=80) | st.sampled_from(HOSTILE)
)
@example(HOSTILE[0])
@example(HOSTILE[5])
@example(HOSTILE[8])
@example(HOSTILE[9])
def test_a_hostile_name_stays_text_and_breaks_nothing(said: str) -> None:
    evidence = told(said)
    read = Read(page(evidence))
    assert read.elements <= ELEMENTS
    assert {name for name, _ in read.attributes} <= ATTRIBUTES
    assert {word for name, value in read.attributes if name == "class" for word in value.split()} <= CLASSES
    assert read.comments == []
    for text in planted(evidence):
        assert visible(text) in read.text, text[:200]
    assert not TURNED & set(read.text)


def test_nothing_is_loaded_and_nothing_runs() -> None:
    read = Read(page(told()))
    assert not read.elements & {"script", "link", "img", "iframe", "object", "a", "form", "base"}
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes
    style = TEMPLATE.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style and "@import" not in style


def test_half_of_a_surrogate_pair_is_named_and_the_page_can_be_sent() -> None:
    assert "&lt;U+D800&gt;" in page(told("\ud800")).encode().decode()


@pytest.mark.parametrize(
    ("outcome", "tone"),
    [
        (REMEDIATED, "good"),
        (f"{REMEDIATED}, recurs about 2026-03-19", "good"),
        (NOT_NEEDED, "good"),
        (VAULT_PENDING, "info"),
        (NEEDS_PERSON, "warn"),
        (GAVE_UP, "bad"),
        ("", "open"),
    ],
)
def test_the_outcome_is_told_in_words_and_in_colour(outcome: str, tone: str) -> None:
    shown = page(told(outcome=outcome))
    assert f'<div class="badge {tone}">{outcome or "open: closing"}</div>' in shown


def test_the_same_evidence_gives_the_same_page() -> None:
    assert page(told()) == page(told())


def test_changes_of_one_kind_in_one_place_share_one_heading() -> None:
    evidence = told()
    one = {
        "kind": "restore_point.delete",
        "at": AT,
        "before": {},
        "undo": "Cannot be undone",
        "result": {"state": "done"},
    }
    evidence["changes"] = [{**one, "target": f"/c/restorePoints/p{number}"} for number in range(200)]
    shown = page(evidence)
    assert "Delete restore points (200)" in shown
    assert shown.count("Cannot be undone") == 1
    assert all(f"<td>p{number}</td>" in shown for number in range(200))


def test_a_plan_that_waits_for_a_person_says_what_to_answer() -> None:
    evidence = told(outcome="")
    evidence["case"] |= {"phase": "ask", "closed": "", "id": "c1"}
    text = Read(page(evidence)).text
    assert "open: waiting for a person's decision" in text
    assert "What a person must do: decide about the plan below" in text
    assert "POST /api/cases/c1/decision" in text
    assert "abc123" in text and "2026-11-03 02:00:00 UTC; no answer counts as a refusal" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-02T02:30:00+00:00", "2026-03-02 02:30:00 UTC"),
        ("2026-03-02T02:30:00.123456+02:00", "2026-03-02 00:30:00 UTC"),
        ("2026-03-02T02:30:00Z", "2026-03-02 02:30:00 UTC"),
        ("2026-13-45T99:30:00Z", "2026-13-45T99:30:00Z"),
        ("0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00+05:00"),
        ("yesterday", "yesterday"),
        (7, 7),
    ],
)
def test_an_instant_is_told_in_utc_with_its_date(text: Any, shown: Any) -> None:
    assert instant(text) == shown
