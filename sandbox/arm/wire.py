"""What one ARM request and one answer are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.roles import EVERYTHING, Role
from sandbox.simulation import Simulation

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A request that ARM or a provider turns down; carries the whole answer."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.reply = Reply(status, {"error": {"code": code, "message": message, **more}}, headers or {})


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` is decoded and free of doubled slashes, `names` come from the route's template."""

    method: str
    path: str
    names: dict[str, str]
    query: dict[str, str]
    body: Json
    base_url: str
    api_version: str
    role: Role = EVERYTHING

    def url(self, path: str, **query: str) -> str:
        """An absolute URL under the host and scheme that the client used."""
        tail = "&".join(f"{key}={value}" for key, value in query.items())
        return f"{self.base_url}{path}" + (f"?{tail}" if tail else "")


Answer = Callable[[Simulation, Call], Reply]


def not_found(resource: str, group: str) -> Refusal:
    kind, name = resource.split("/providers/", 1)[-1].rsplit("/", 1) if "/providers/" in resource else ("", resource)
    text = f"The Resource '{kind}/{name}' under resource group '{group}' was not found."
    return Refusal(
        404, "ResourceNotFound", f"{text} For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
