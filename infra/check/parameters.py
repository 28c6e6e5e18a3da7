"""main.parameters.json against the parameters of main.bicep."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.check import nodes
from infra.check.finding import Finding, error
from infra.check.source import Declared, Source

FROM_ENVIRONMENT = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?:=(.*))?\}")
"""azd puts its environment's value here, or what stands after `=`
(https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables)."""
KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "int": (int,),
    "bool": (bool,),
    "array": (list,),
    "object": (dict,),
}


def parameters(file: Path, shown: Path, main: Source) -> Iterator[Finding]:
    """Values for parameters that are none, parameters without a value, values of another kind or outside @allowed."""
    given: dict[str, Any] = json.loads(file.read_text("utf-8"))["parameters"]
    known = {one.name: one for one in main.of_kind("param")}
    for name in given.keys() - known.keys():
        yield error(shown, 0, f"{name} is no parameter of {main.shown}")
    for name, param in known.items():
        if name in given:
            yield from _value(shown, param, given[name].get("value"))
        elif param.default is None:
            yield error(shown, 0, f"{name} has no default in {main.shown} and no value here")


def _value(shown: Path, param: Declared, value: Any) -> Iterator[Finding]:
    if isinstance(value, str) and (told := FROM_ENVIRONMENT.fullmatch(value)):
        value = _as(param.type_name, told[2])
        if param.type_name in ("array", "object"):
            yield error(shown, 0, f"{param.name}: azd gives a text, the parameter takes an {param.type_name}")
            return
        if value is None:
            return
    kinds = KINDS.get(param.type_name, (object,))
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
        yield error(shown, 0, f"{param.name} takes {param.type_name}, not {json.dumps(value)}")
    elif (allowed := _allowed(param)) and value not in allowed:
        yield error(shown, 0, f"{param.name}: {value!r} is none of {', '.join(allowed)}")


def _as(kind: str, text: str | None) -> Any:
    """What azd makes of a text: it turns it into the parameter's kind."""
    if text is not None and kind == "bool" and text in ("true", "false"):
        return text == "true"
    if text is not None and kind == "int" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def _allowed(param: Declared) -> list[str]:
    """The values of @allowed, which stands in the decorators before the declaration."""
    before = param.node.prev_named_sibling
    calls = [] if before is None or before.type != "decorators" else list(nodes.walk(before))
    for call in calls:
        if call.type == "call_expression" and nodes.text(call.named_children[0]) == "allowed":
            array = call.named_children[1].named_children[0]
            return [said for one in nodes.values(array) if (said := nodes.string_of(one)) is not None]
    return []
