"""What Azure refused or could not do; code acts on the class, the text is for people.

AzureError            the root
  NotFound            the resource is gone
  Locked              a management lock forbids it; carries the locked scopes and the locks' ids
  Busy                another operation holds the resource; try again after `delay` seconds
  Throttled           a quota is spent; try again after `delay` seconds
  Forbidden           our role lacks an action; carries the action
  Denied              a guard forbids it though our role allows it; carries which guard, its name and its id
  Refused             any other 4xx: asking again will not help
  Unavailable         a passing fault; for a write it is not known whether it took effect
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class AzureError(Exception):
    """Anything Azure refused or could not do; `code` is ARM's own error code, "" where there was none."""

    def __init__(self, text: str, *, code: str = "", correlation: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.correlation = correlation


class NotFound(AzureError):
    """The resource, or the group or subscription that held it, is gone."""


class Locked(AzureError):
    """A management lock forbids it; `scopes` are the locked scopes that ARM names, `locks` the ids found there.

    `locks` is empty where the list shows none: a lock that was just deleted binds for a while.
    """

    def __init__(self, text: str, *, scopes: tuple[str, ...] = (), code: str = "", correlation: str = "") -> None:
        super().__init__(text, code=code, correlation=correlation)
        self.scopes = scopes
        self.locks: tuple[str, ...] = ()


class _Later(AzureError):
    def __init__(self, text: str, *, delay: float, code: str = "", correlation: str = "") -> None:
        super().__init__(text, code=code, correlation=correlation)
        self.delay = delay


class Busy(_Later):
    """Another operation holds the resource; `delay` in seconds."""


class Throttled(_Later):
    """A quota is spent; `delay` in seconds, from Retry-After or from the text."""


class Forbidden(AzureError):
    """Our role lacks `action`."""

    def __init__(self, text: str, *, action: str, code: str = "", correlation: str = "") -> None:
        super().__init__(text, code=code, correlation=correlation)
        self.action = action


class Denied(AzureError):
    """A guard forbids it, whatever our role allows: more rights would not help.

    `by` is "resource guard", "deny assignment" or "policy", `name` its name and `id` its id, where the message tells them.
    """

    def __init__(
        self, text: str, *, by: str, name: str = "", id: str = "", code: str = "", correlation: str = ""
    ) -> None:
        super().__init__(text, code=code, correlation=correlation)
        self.by = by
        self.name = name
        self.id = id


class Refused(AzureError):
    """A request that Azure will refuse again."""


class Unavailable(AzureError):
    """A passing fault: 5xx, a lost connection, a timeout. A write that met it may or may not have taken effect."""


PASSING: tuple[type[AzureError], ...] = (Busy, Throttled, Unavailable)
"""Errors that time heals."""

BUSY_DELAY_S = 60.0
THROTTLE_DELAY_S = 300.0
_BUSY_CODES = {
    "conflict",
    "operationnotallowed",
    "attachdiskwhilebeingdetached",
    "anotheroperationinprogress",
    "usererroroperationinprogress",
}


def from_response(
    status: int, error: Mapping[str, Any], headers: Mapping[str, str], attempted: str, *, write: bool
) -> AzureError:
    """The error that an ARM answer of 4xx or 5xx means; `error` is the body's `error` object, {} where it has none."""
    code = str(error.get("code") or "")
    message = str(error.get("message") or f"HTTP {status}")
    text = f"{attempted}: {message}"
    about = {"code": code, "correlation": headers.get("x-ms-correlation-request-id", "")}
    if status == 404:
        return NotFound(text, **about)
    if code == "ScopeLocked":
        return Locked(text, scopes=_locked_scopes(message), **about)
    if status == 429:
        return Throttled(text, delay=_delay(headers, message, THROTTLE_DELAY_S), **about)
    if status == 403:
        return _forbidden(text, code, message, about)
    if status in (409, 412) and (code.casefold() in _BUSY_CODES or not write or not code):
        return Busy(text, delay=_delay(headers, message, BUSY_DELAY_S), **about)
    if status >= 500 or status in (401, 408):  # 401: a token that is fetched anew by the next request
        return Unavailable(text, **about)
    return Refused(text, **about)


def _locked_scopes(message: str) -> tuple[str, ...]:
    found = re.search(r"locked: '([^']*)'", message)
    return tuple(scope.strip() for scope in found[1].split(",")) if found else ()


_GUARDS = {
    "linkedauthorizationfailed": "resource guard",
    "denyassignmentauthorizationfailed": "deny assignment",
    "requestdisallowedbypolicy": "policy",
}


def _forbidden(text: str, code: str, message: str, about: dict[str, str]) -> AzureError:
    """What a 403 means: a guard, or a missing action. Also a linked scope that is no Resource Guard lacks an action."""
    by, linked = _GUARDS.get(code.casefold(), ""), re.search(r"action\(s\) '([^']+)' on the linked scope", message)
    if linked and "resourceguard" not in message.casefold():
        return Forbidden(text, action=linked[1], **about)
    if by:
        return Denied(text, by=by, name=_told(_GUARD_NAMES, by, message), id=_told(_GUARD_IDS, by, message), **about)
    return Forbidden(text, action=_action(message), **about)


def _told(patterns: Mapping[str, str], by: str, message: str) -> str:
    """What the message tells of the guard, "" where it tells nothing."""
    found = re.search(patterns[by], message, re.IGNORECASE) if by in patterns else None
    return found[1] if found else ""


_GUARD_NAMES = {
    "resource guard": r"/providers/Microsoft\.DataProtection/resourceGuards/([^/'\"\s,]+)",  # no action: those lack /providers
    "deny assignment": r"deny assignment with name '([^']+)'",
    "policy": r"\"policyAssignment\"\s*:\s*\{\s*\"name\"\s*:\s*\"([^\"]+)\"",
}
_GUARD_IDS = {
    "resource guard": r"(/subscriptions/[^'\"\s,]*/resourceGuards/[^/'\"\s,]+)",
    "policy": r"\"policyAssignment\"\s*:\s*\{[^}]*\"id\"\s*:\s*\"([^\"]+)\"",
}


def _action(message: str) -> str:
    found = re.search(r"action '([^']+)'", message)
    return found[1] if found else ""


def _delay(headers: Mapping[str, str], message: str, otherwise: float) -> float:
    if (headers.get("retry-after") or "").isdigit():
        return float(headers["retry-after"])
    found = re.search(r"after '(\d+)' seconds", message)
    return float(found[1]) if found else otherwise


@contextmanager
def translated(attempted: str, *, write: bool = False) -> Iterator[None]:
    """Turns the SDK's errors into ours; the one place where foreign errors are translated."""
    from azure.core.exceptions import AzureError as SdkError
    from azure.core.exceptions import HttpResponseError

    try:
        yield
    except HttpResponseError as e:
        if e.response is None or e.status_code is None:
            raise Unavailable(f"{attempted}: {e.message}") from e
        answered: Any = e.response
        headers = {str(k).casefold(): str(v) for k, v in answered.headers.items()}
        raise from_response(e.status_code, _error_of(e), headers, attempted, write=write) from e
    except (SdkError, TimeoutError, ConnectionError) as e:
        raise Unavailable(f"{attempted}: {type(e).__name__}: {e}") from e


def _error_of(e: Any) -> dict[str, Any]:
    error = getattr(e, "error", None)
    if error is None or not getattr(error, "code", None):
        return {}
    return {"code": error.code, "message": error.message}
