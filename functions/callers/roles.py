"""The app roles, and which of them each route needs."""

from collections.abc import Set

READER, OPERATOR, APPROVER, ADMIN = "Reader", "Operator", "Approver", "Admin"
# What Azure Monitor's secure webhook is given:
# https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#configure-authentication-for-secure-webhook
WEBHOOK = "ActionGroupsSecureWebhook"

NEEDED = {
    "POST /api/alerts": WEBHOOK,
    "POST /api/cases": OPERATOR,
    "PUT /api/switch": OPERATOR,
    "POST /api/cases/{case_id}/decision": APPROVER,
    "PUT /api/breaker": ADMIN,
    "GET /api/audit": ADMIN,
}
"""What a route asks for beyond Reader for a GET; a change that is not listed asks for Admin."""


def needed(method: str, path: str) -> str:
    """The role for a route, by its template such as `/api/cases/{case_id}`."""
    return NEEDED.get(f"{method} {path}", READER if method == "GET" else ADMIN)


def opens(roles: Set[str], role: str) -> bool:
    """Whether someone with these roles may do what needs `role`. Admin opens all; who acts may also read."""
    return role in roles or ADMIN in roles or (role == READER and not roles.isdisjoint({OPERATOR, APPROVER}))
