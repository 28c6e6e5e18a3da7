"""Calls of the host as its callers make them, with every header under the test's hand."""

import json
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.stage import Stage

CASE = "0" * 32
ROUTES = {
    ("POST", "/api/alerts"): "ActionGroupsSecureWebhook",
    ("POST", "/api/cases"): "Operator",
    ("GET", "/api/cases"): "Reader",
    ("GET", f"/api/cases/{CASE}"): "Reader",
    ("POST", f"/api/cases/{CASE}/decision"): "Approver",
    ("GET", f"/api/cases/{CASE}/evidence"): "Reader",
    ("GET", "/api/outcomes"): "Reader",
    ("GET", "/api/catalog"): "Reader",
    ("GET", "/api/catalog/unknown"): "Reader",
    ("GET", "/api/catalog/none"): "Reader",
    ("GET", "/api/leases"): "Reader",
    ("GET", "/api/switch"): "Reader",
    ("PUT", "/api/switch"): "Operator",
    ("GET", "/api/breaker"): "Reader",
    ("PUT", "/api/breaker"): "Admin",
    ("GET", "/api/health"): "Reader",
    ("GET", "/api/preflight"): "Reader",
    ("GET", "/api/audit"): "Admin",
    ("GET", "/api/openapi.json"): "Reader",
}
"""Every route with the least role that opens it, written down apart from the code."""
OPENS = {
    "Reader": {"Reader"},
    "Operator": {"Reader", "Operator"},
    "Approver": {"Reader", "Approver"},
    "Admin": {"Reader", "Operator", "Approver", "Admin", "ActionGroupsSecureWebhook"},
    "ActionGroupsSecureWebhook": {"ActionGroupsSecureWebhook"},
}
"""What each role opens."""


@dataclass(frozen=True)
class Answered:
    """One answer, whole."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


async def ask(stage: Stage, method: str, path: str, headers: Any = None, body: Any = None) -> Answered:
    """The answer to a call with these headers alone; `body` goes as JSON, `{}` where a change gives none."""
    content = None if method == "GET" else json.dumps({} if body is None else body).encode()
    assert stage.host.session
    url = stage.host.url + path
    async with stage.host.session.request(method, url, data=content, headers=headers, allow_redirects=False) as got:
        return Answered(got.status, {name.lower(): value for name, value in got.headers.items()}, await got.text())


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
