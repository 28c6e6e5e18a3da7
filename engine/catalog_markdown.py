"""The catalog's pages as Markdown, one a code and an index. Pure."""

from collections.abc import Iterator
from typing import Any

from engine.catalog import CATALOG, Runbook
from engine.catalog_pages import catalog, codes_of, page

_WRITTEN = "This page is written by `make catalog`."
_INTRO = """\
# The catalog

What the engine knows: each error code, the causes that it examines under it in order, and the fixes that each cause leads to.
A code is found by its name, an older name or a number, in upper or lower case: `GET /api/catalog/<code>` gives these pages as JSON,
`GET /api/catalog/unknown` lists the codes that were met and are not here. Causes only read. A fact that cannot be read makes a cause
unknown, and then nothing is changed.
"""


def index_page() -> str:
    """All codes, all causes, all fixes."""
    whole = catalog()
    lines = [_INTRO + _WRITTEN, "", "## Codes", "| code | also known as | what it means |", "|---|---|---|"]
    lines += [f"| {_link(r['code'])} | {', '.join(r['aliases'])} | {r['title']} |" for r in whole["runbooks"]]
    lines += ["", "## Causes", "| cause | what it means | fixes | examined under |", "|---|---|---|---|"]
    lines += [_cause_row(cause) for cause in whole["causes"]]
    lines += ["", "## Fixes", "| fix | what it does | risk |", "|---|---|---|"]
    lines += [f"| `{fix['name']}` | {fix['effect']} | {fix['risk']} |" for fix in whole["fixes"]]
    return "\n".join(lines) + "\n"


def code_page(runbook: Runbook) -> str:
    """One code whole."""
    told = page(runbook)
    lines = [f"# {told['code']}", f"{told['title']}.", *_names(told), *_inside(told)]
    lines += ["", "## Causes, in the order in which they are examined", *_causes(told["causes"])]
    lines += ["", "## Fixes", *_fixes(told["fixes"])]
    lines += ["", "## Where no cause is confirmed", told["guide"], "", f"Source: <{told['source']}>", "", _WRITTEN]
    return "\n".join(lines) + "\n"


def _link(code: str) -> str:
    return f"[{code}]({code}.md)"


def _cause_row(cause: dict[str, Any]) -> str:
    fixes = ", ".join(f"`{fix}`" for fix in dict.fromkeys(step["fix"] for step in cause["fixes"]))
    under = ", ".join(_link(code) for code in codes_of(cause["name"]))
    return f"| `{cause['name']}` | {cause['meaning']} | {fixes or 'a person'} | {under} |"


def _names(told: dict[str, Any]) -> Iterator[str]:
    numbers = [name for name in told["aliases"] if name.isdecimal()]
    others = [name for name in told["aliases"] if not name.isdecimal()]
    yield ""
    if others:
        yield f"- Also known as: {', '.join(others)}"
    if numbers:
        yield f"- Numbers: {', '.join(numbers)}"
    yield f"- As JSON: `GET /api/catalog/{told['code']}`"


def _inside(told: dict[str, Any]) -> Iterator[str]:
    """How codes lead to each other: what compute says inside a code that only tells that there is a reason."""
    if told["told_inside"]:
        outer = ", ".join(_link(r.code) for r in CATALOG.runbooks if r.inner)
        yield f"- Told inside {outer} where compute says: {', '.join(f'`{words}`' for words in told['told_inside'])}"
    if told["inner"]:
        yield ""
        yield "The reason is in the job's details. Where compute's own words there are known, the causes of their code are examined:"
        yield ""
        yield from (f"- `{words}`: {_link(code)}" for words, code in told["inner"].items())


def _causes(causes: list[dict[str, Any]]) -> Iterator[str]:
    if not causes:
        yield "None: a person gets what stands below, with the service's own words."
    for number, cause in enumerate(causes, 1):
        yield f"### {number}. `{cause['name']}`"
        yield cause["meaning"]
        yield f"- Asks for: {_listed(cause['facts']).replace('_', ' ')}"
        yield f"- Reads with: {_listed(cause['permissions'])}"
        yield f"- Fixes: {', then '.join(map(_step, cause['fixes'])) or 'none; a person gets exact instructions'}"


def _step(step: dict[str, Any]) -> str:
    params = ", ".join(f"{name} = {value}" for name, value in step["params"].items())
    return f"`{step['fix']}`{f' ({params})' if params else ''}"


def _fixes(fixes: list[dict[str, Any]]) -> Iterator[str]:
    if not fixes:
        yield "None: no cause of this code is mended by the engine."
    for fix in fixes:
        yield f"### `{fix['name']}`"
        yield fix["effect"]
        yield f"- Risk: {fix['risk']}"
        yield from (f"- Taking back `{one['action']}`: {one['undo']}; {one['how']}" for one in fix["undo"])
        yield f"- Needs: {_listed(fix['permissions'])}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"
