"""Route templates as ASP.NET Core reads them: `items/{id:int}/{rest?}`, `{*path}`; the most specific one wins."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.host.worker import Function

# https://learn.microsoft.com/aspnet/core/fundamentals/routing#route-constraints
_CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "guid": r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}",
    "alpha": r"[A-Za-z]+",
    "bool": r"true|false",
}
_SEGMENT = re.compile(r"\{(?P<star>\*{0,2})(?P<name>\w+)(?::(?P<constraint>\w+)[^}?]*)?(?P<optional>\?)?\}")
_LITERAL, _CONSTRAINED, _PLAIN, _CATCH_ALL = range(4)


@dataclass(frozen=True, slots=True)
class Route:
    """One HTTP function's pattern; `rank` sorts the more specific one first."""

    function: Function
    pattern: re.Pattern[str]
    rank: tuple[int, ...]

    def accepts(self, method: str) -> bool:
        methods = self.function.trigger.get("methods")
        return not methods or method.upper() in {str(allowed).upper() for allowed in methods}


class RouteTable:
    """Finds the function for a request."""

    def __init__(self, prefix: str, functions: Iterable[Function]) -> None:
        routes = [_route(prefix, function) for function in functions]
        self._routes = sorted(routes, key=lambda route: route.rank)

    def find(self, method: str, path: str) -> tuple[Function, dict[str, str]] | None:
        """The function and its route parameters, None when no route takes this method and path."""
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match and route.accepts(method):
                return route.function, {name: value for name, value in match.groupdict().items() if value is not None}
        return None


def _route(prefix: str, function: Function) -> Route:
    template = function.trigger.get("route") or function.name
    pattern, rank = (f"/{re.escape(prefix)}" if prefix else ""), []
    for segment in str(template).strip("/").split("/"):
        part, specific = _segment(segment)
        pattern += part
        rank.append(specific)
    return Route(function, re.compile(pattern + "/?", re.IGNORECASE), tuple(rank))


def _segment(segment: str) -> tuple[str, int]:
    match = _SEGMENT.fullmatch(segment)
    if not match:
        return "/" + re.escape(segment), _LITERAL
    if match["star"]:
        return f"(?:/(?P<{match['name']}>(?s:.*)))?", _CATCH_ALL
    constraint = _CONSTRAINTS.get(match["constraint"] or "")
    value = f"/(?P<{match['name']}>{constraint or '[^/]+'})"
    return (f"(?:{value})?" if match["optional"] else value), (_CONSTRAINED if constraint else _PLAIN)
