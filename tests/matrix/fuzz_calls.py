"""The API behind its own OpenAPI document: schemathesis over every operation, and manual calls with bent ids."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, Unsatisfiable
from requests import Session
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import CHECKS

from tests.matrix.fuzz_oracle import ITEM as AN_ITEM
from tests.matrix.fuzz_runs import hold
from tests.matrix.fuzz_seeds import ITEM, MACHINE
from tests.matrix.fuzz_wire import Wire

DOCUMENT = "/api/openapi.json"
CHECKED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"]


def call_operations(wire: Wire, examples: int, seed: int) -> tuple[int, int]:
    """`examples` right and `examples` wrong calls of each documented operation, a case's on one that exists as well.

    Answers (operations, calls).
    """
    schema = openapi.from_dict(wire.get(DOCUMENT))
    operations = [found.ok() for found in schema.get_all_operations()]
    case = wire.get("/api/cases?days=90")["cases"][0]["id"]
    calls = 0
    with Session() as session:
        for operation in operations:
            ways = [(mode, None) for mode in GenerationMode]
            if "{case_id}" in operation.path:
                ways += [(mode, {"case_id": case}) for mode in GenerationMode]
            for mode, known in ways:
                strategy = operation.as_strategy(mode, path_parameters=known)
                calls += _call(strategy, mode, wire, session, examples, seed)
    return len(operations), calls


def _call(
    calls: st.SearchStrategy[Case], mode: GenerationMode, wire: Wire, session: Session, examples: int, seed: int
) -> int:
    checks = CHECKS.get_by_names(CHECKED)

    def holds(case: Case) -> None:
        case.call_and_validate(wire.url, session, headers={"x-functions-key": wire.key}, checks=checks, timeout=60)

    try:
        return hold(holds, calls, examples, seed)
    except (Unsatisfiable, InvalidArgument):
        if mode is GenerationMode.NEGATIVE:
            return 0  # an operation without any input cannot be called wrongly
        raise


def call_anything(wire: Wire, examples: int, seed: int) -> int:
    """Any method on any path below /api is answered, and never with 5xx."""
    paths = list(wire.get(DOCUMENT)["paths"])
    tails = st.text(max_size=20).map(lambda text: quote(text.encode("utf-8", "replace")))
    asks = st.tuples(st.sampled_from(METHODS), st.sampled_from(paths), tails, tails, st.binary(max_size=50))

    def holds(ask: tuple[str, str, str, str, bytes]) -> None:
        method, path, tail, query, body = ask
        status, answer = wire.ask(method, f"{path.replace('{case_id}', tail)}{tail}?days={query}&{query}", body)
        assert 200 <= status < 500, f"answered {status}: {answer}"

    return hold(holds, asks, examples, seed)


@st.composite
def manual_calls(draw: st.DrawFn) -> dict[str, Any]:
    """A call that names an item or a machine by a right id, or by one with a part of it replaced or cut off."""
    field, right = draw(st.sampled_from([("item", ITEM), ("machine", MACHINE)]))
    parts = right.split("/")
    if draw(st.booleans()):
        at = draw(st.integers(1, len(parts) - 1))
        parts[at] = draw(st.sampled_from(["", "..", "%2e%2e", "*", "a b", "x?y", "x#y", "\x00", "ß", "\ud800"]))
    elif draw(st.booleans()):
        del parts[draw(st.integers(1, len(parts) - 1)) :]
    more = draw(st.sampled_from([{}, {"dry_run": True}, {"code": "x" * 201}, {"code": "\ud800"}, {"job": "../x"}]))
    return {field: "/".join(parts), **more}


def call_by_hand(wire: Wire, examples: int, seed: int) -> set[str]:
    """POST /api/cases opens for nothing but the id of a machine's protected item: those it took, casefolded."""
    taken: set[str] = set()

    def holds(call: dict[str, Any]) -> None:
        status, answer = wire.ask("POST", "/api/cases", json.dumps(call).encode())
        assert status in (202, 400, 403, 404), f"answered {status}: {answer}"
        if status == 202:
            assert AN_ITEM.fullmatch(answer["item"]), answer
            taken.add(answer["item"].casefold())

    hold(holds, manual_calls(), examples, seed)
    return taken
