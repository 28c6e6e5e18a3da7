"""The managed identity endpoint and the tokens that ARM accepts."""

import base64
import hmac
import json
import time

from aiohttp import web

from sandbox import ids
from sandbox.model import World

_TOKEN_LIFE_S = 24 * 3600
_FAR_FUTURE = 4102444800  # 2100-01-01, so that a token outlives every simulated year


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def principal_of(world: World) -> str:
    return ids.guid(world.name, "principal")


def client_of(world: World) -> str:
    return ids.guid(world.name, "client")


def identity_header(world: World) -> str:
    return hmac.digest(world.secret.encode(), b"identity", "sha256").hex()[:32]


def access_token(world: World, audience: str = "https://management.azure.com/") -> str:
    """The one token of this world, in the form of a JWT because clients look inside."""
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{world.tenant}/",
        "iat": 1735689600,
        "exp": _FAR_FUTURE,
        "tid": world.tenant,
        "oid": principal_of(world),
        "appid": client_of(world),
        "idtyp": "app",
    }
    head = _encode(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
    text = f"{head}.{_encode(json.dumps(claims).encode())}"
    return f"{text}.{_encode(hmac.digest(world.secret.encode(), text.encode(), 'sha256'))}"


def is_ours(world: World, token: str) -> bool:
    """Whether this world signed the token, for whatever audience."""
    text, _, sign = token.rpartition(".")
    return hmac.compare_digest(sign, _encode(hmac.digest(world.secret.encode(), text.encode(), "sha256")))


def answer_token(world: World, request: web.Request) -> web.Response:
    """GET /msi/token as App Service serves it; wants the header that was printed at the start."""
    if request.headers.get("X-IDENTITY-HEADER") != identity_header(world):
        return web.json_response({"statusCode": 401, "message": "X-IDENTITY-HEADER is missing or wrong."}, status=401)
    resource = request.query.get("resource", "https://management.azure.com/")
    body = {
        "access_token": access_token(world, resource),
        "expires_on": str(int(time.time()) + _TOKEN_LIFE_S),  # clients compare with their own wall clock
        "resource": resource,
        "token_type": "Bearer",
        "client_id": client_of(world),
    }
    return web.json_response(body)
