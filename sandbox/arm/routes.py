"""Which path belongs to which answer, which role action it needs, and from which api-version it exists."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.arm.wire import Answer

V = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.RecoveryServices/vaults/{vault}"
PI = V + "/backupFabrics/{fabric}/protectionContainers/{container}/protectedItems/{item}"
COMPUTE = "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute"
VM = COMPUTE + "/virtualMachines/{vm}"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    pattern: re.Pattern[str]
    actions: tuple[str, ...]  # what the caller's role must hold, in Azure's own names
    since: str
    answer: Answer
    changes: str | None = None  # "delete" or "write": what a lock may forbid
    signed: bool = False  # the query's signature must come back as it was handed out

    @property
    def action(self) -> str | None:
        return self.actions[0] if self.actions else None


_ROUTES: list[Route] = []


def _compile(template: str) -> re.Pattern[str]:
    text = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template.replace(".", r"\."))
    return re.compile(re.sub(r"\{(\w+)\+\}", r"(?P<\1>.*?)", text) + "/?", re.IGNORECASE)


def route(
    method: str, template: str, action: str | None, since: str, changes: str | None = None, signed: bool = False
) -> Callable[[Answer], Answer]:
    """Serve `template`: `{name}` is one segment, `{name+}` any number. `since` is the oldest accepted api-version."""
    actions = (action,) if action else ()

    def keep(answer: Answer) -> Answer:
        _ROUTES.append(Route(method, template, _compile(template), actions, since, answer, changes, signed))
        return answer

    return keep


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for one in _ROUTES:
        if one.method == method and (match := one.pattern.fullmatch(path)):
            return one, match.groupdict()
    return None


def every() -> list[Route]:
    return list(_ROUTES)


def methods_at(path: str) -> list[str]:
    return sorted({one.method for one in _ROUTES if one.pattern.fullmatch(path)})
