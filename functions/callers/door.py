"""The door: every HTTP call comes through here before anything else looks at it.

How callers prove themselves is settled once a process, when the functions are registered, so that what the host lets
through and what is asked here cannot drift apart.
"""

import logging
import os
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import azure.functions as func

from engine.telemetry.events import tell
from functions.callers.caller import KEY_HOLDER, Call, Caller, at_hand
from functions.callers.refusals import NotAllowed, Refused, Unproven
from functions.callers.roles import opens
from functions.now import now

if TYPE_CHECKING:
    from engine.settings import Callers
    from functions.callers.signing_keys import SigningKeys

MOST_TOLD = 100
"""Characters of a path that are told: more than the longest of ours has."""


@cache
def settled() -> "Callers":
    """Whose calls are taken by this process. A wrong setting is told, and lets nobody in."""
    from engine.settings import read_callers

    callers = read_callers(os.environ)
    _tell_problems(callers)
    return callers


def tell_problems() -> None:
    """Tell of wrong settings again: of what is told outside a function's run the host passes nothing on."""
    _tell_problems(settled())


def _tell_problems(callers: "Callers") -> None:
    for problem in callers.problems:
        tell("callers.wrong_setting", logging.ERROR, problem=problem)


def level() -> func.AuthLevel:
    """What the host asks for: nothing where each call is proven here, else a function key."""
    return func.AuthLevel.ANONYMOUS if settled().by_token else func.AuthLevel.FUNCTION


@cache
def _keys() -> "SigningKeys":
    from functions.callers.signing_keys import SigningKeys

    return SigningKeys(settled().keys_url)


async def admit(req: func.HttpRequest, role: str) -> Call:
    """Let the call in, as the one at hand, if its caller may do what needs `role`. Raises Refused."""
    caller = await _caller(req)
    if not opens(caller.roles, role):
        raise NotAllowed(f"{caller.who} lacks the role {role}")
    call = Call(caller)
    at_hand.set(call)
    return call


async def _caller(req: func.HttpRequest) -> Caller:
    ours = settled()
    if ours.by_token:
        from functions.callers.token import bearer, proven

        return await proven(bearer(req.headers.get("authorization", "")), ours, _keys(), now())
    if ours.problems and (req.method, path_of(req)) != ("GET", "/api/health"):
        raise Unproven(f"nobody is let in but for GET /api/health with a key: {ours.problems[0]}")
    return KEY_HOLDER


def path_of(req: func.HttpRequest) -> str:
    return str(urlsplit(req.url).path)


def turn_away(req: func.HttpRequest, refused: Refused) -> func.HttpResponse:
    """The constant answer; why goes to the log."""
    tell_refusal(req.method, path_of(req), refused)
    return func.HttpResponse(
        refused.body, status_code=refused.status, headers=refused.headers, mimetype="application/json"
    )


def tell_refusal(method: str, path: str, refused: Refused) -> None:
    tell("call.refused", logging.INFO, method=method, path=path[:MOST_TOLD], status=refused.status, why=refused.why)
