"""What a bearer token proves. Everything is checked here: Easy Auth on Flex Consumption is not certain."""

from typing import TYPE_CHECKING, Any

from functions.callers.caller import Caller
from functions.callers.refusals import Unproven

if TYPE_CHECKING:
    from datetime import datetime

    from engine.settings import Callers
    from functions.callers.signing_keys import SigningKeys

LEEWAY_S = 300
"""How far the issuer's clock and ours may differ; Microsoft's own libraries allow five minutes."""
MAX_CHARACTERS = 16_384
MAX_NAME = 120
CLAIMS = ["exp", "nbf", "iss", "aud", "tid"]
"""What every access token of Entra holds: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference"""


def bearer(authorization: str) -> str:
    """The token of the header. Raises Unproven. Two headers come from the host as one text with a comma: not taken."""
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.casefold() != "bearer" or not token:
        raise Unproven("no bearer token")
    if len(token) > MAX_CHARACTERS or not token.isascii() or any(mark in token for mark in ", \t"):
        raise Unproven("what stands as bearer token is none")
    return token


async def proven(token: str, ours: "Callers", keys: "SigningKeys", now: "datetime") -> Caller:
    """Who the token speaks for. Raises Unproven, CannotTell.

    `now` spaces out the reading of keys; the token's times are held against the system's clock by PyJWT, for its issuer
    lives in real time even where Azure is simulated.
    """
    import jwt  # here: it is no part of the app's start

    try:
        kid = jwt.get_unverified_header(token).get("kid")
        if not kid:
            raise Unproven("the token names no key")
        claims = jwt.decode(
            token,
            await keys.key(kid, now),
            algorithms=["RS256"],
            audience=ours.audiences,
            issuer=ours.issuers,
            leeway=LEEWAY_S,
            options={"require": CLAIMS, "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as e:
        raise Unproven(f"the token is not valid: {type(e).__name__}") from None
    return _caller(claims, ours.tenant)


def _caller(claims: dict[str, Any], tenant: str) -> Caller:
    if claims["tid"] != tenant:
        raise Unproven("the token is of another tenant")
    app = _text(claims, "azp", "appid")
    if not app:
        raise Unproven("no application asked for the token: it is no access token")
    roles = claims.get("roles")
    return Caller(
        by_token=True,
        name=_text(claims, "preferred_username", "upn", "name") or f"application {app}",
        oid=_text(claims, "oid"),
        app=app,
        roles=frozenset(one for one in roles if isinstance(one, str)) if isinstance(roles, list) else frozenset(),
    )


def _text(claims: dict[str, Any], *names: str) -> str:
    """The first of these claims that holds text, without what cannot be printed."""
    told = (claims.get(name) for name in names)
    shown = ("".join(filter(str.isprintable, one)).strip()[:MAX_NAME] for one in told if isinstance(one, str))
    return next(filter(None, shown), "")
