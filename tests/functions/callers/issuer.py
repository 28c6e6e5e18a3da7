"""A stand-in for Microsoft Entra on loopback: real RSA keys, a JWKS document, and tokens right and wrong."""

import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

TENANT, OTHER_TENANT = "3f0b2c1e-7a54-4d0e-9c1b-5d2f6a7b8c9d", "99999999-7a54-4d0e-9c1b-5d2f6a7b8c9d"
CLIENT, URI = "b1a5f3d2-0c4e-4b7a-8f6d-1e2c3b4a5d6f", "api://backup-runbooks"
ADA, ADAS_ID = "ada@example.com", "0a1b2c3d-1111-4222-8333-444455556666"
ASKING_APP = "7d5e4c3b-2222-4333-8444-555566667777"


@cache
def made_key(name: str) -> rsa.RSAPrivateKey:
    """One key a name for the whole run: making them is the slow part."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024 if name == "short" else 2048)


def pem(name: str) -> bytes:
    """The public key as text, which anyone can have."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return made_key(name).public_key().public_bytes(serialization.Encoding.PEM, form)


def jwk(name: str, kid: str, **more: Any) -> dict[str, Any]:
    told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(made_key(name).public_key()))
    return {"kty": "RSA", "use": "sig", "kid": kid, "n": told["n"], "e": told["e"], **more}


def b64(content: bytes | dict[str, Any] | list[Any]) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Issuer:
    """Serves the keys in `published` below `url`; counts how often they were asked for."""

    def __init__(self, url: str) -> None:
        self.url, self.asked, self.status = url, 0, 200
        self.published: list[dict[str, Any]] = [jwk("ours", "key-1"), jwk("short", "key-short")]

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.json_response({"keys": self.published}, status=self.status)

    def claims(self, *roles: str, version: int = 2, **changed: Any) -> dict[str, Any]:
        """What a user's token holds; a value of None leaves the claim out."""
        now = int(time.time())
        told: dict[str, Any] = {"iat": now, "nbf": now, "exp": now + 3600, "tid": TENANT, "oid": ADAS_ID, "sub": "s"}
        if version == 2:
            told |= {"iss": f"{self.url}/{TENANT}/v2.0", "aud": CLIENT, "azp": ASKING_APP, "preferred_username": ADA}
        else:
            told |= {"iss": f"https://sts.windows.net/{TENANT}/", "aud": URI, "appid": ASKING_APP, "upn": ADA}
        told |= {"ver": f"{version}.0", "roles": list(roles), **changed}
        return {name: value for name, value in told.items() if value is not None}

    def token(self, *roles: str, version: int = 2, **changed: Any) -> str:
        """A signed token, right but for what is `changed`."""
        return signed(self.claims(*roles, version=version, **changed))


def signed(claims: Any, key: str = "ours", **header: Any) -> str:
    """The claims signed by RS256 with the key of this name; a header of None is left out."""
    head = {"typ": "JWT", "alg": "RS256", "kid": "key-1", **header}
    content = f"{b64({name: value for name, value in head.items() if value is not None})}.{b64(claims)}"
    return f"{content}.{b64(made_key(key).sign(content.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    app = web.Application()
    runner = web.AppRunner(app)
    issuer = Issuer("")
    app.router.add_get(f"/{TENANT}/discovery/v2.0/keys", issuer.answer)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield issuer
    finally:
        await runner.cleanup()
