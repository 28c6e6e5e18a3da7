"""Ways to come without a right token. Each is (what it is, the headers, what is added to the path)."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

from tests.functions.callers.asking import bearing
from tests.functions.callers.issuer import ADAS_ID, OTHER_TENANT, TENANT, Issuer, b64, jwk, pem, signed

Try = tuple[str, Any, str]


def wrong_claims(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Signed by the issuer, with all roles, and not for us, not now, or not an access token."""
    now = int(time.time())
    for what, changed in (
        ("expired six minutes ago", {"exp": now - 360}),
        ("expired long ago", {"exp": 1}),
        ("no expiry", {"exp": None}),
        ("expiry in words", {"exp": "never"}),
        ("expiry true", {"exp": True}),
        ("expiry a list", {"exp": [now + 3600]}),
        ("valid in six minutes", {"nbf": now + 360}),
        ("no beginning", {"nbf": None}),
        ("issued in six minutes", {"iat": now + 360}),
        ("foreign audience", {"aud": "api://another-app"}),
        ("audience of Resource Manager", {"aud": "https://management.azure.com"}),
        ("several foreign audiences", {"aud": ["api://another-app", "x"]}),
        ("audience that begins like ours", {"aud": "api://backup-runbooks-x"}),
        ("audience in other letters", {"aud": "API://BACKUP-RUNBOOKS"}),
        ("no audience", {"aud": None}),
        ("empty audience", {"aud": ""}),
        ("foreign issuer", {"iss": f"https://login.example.com/{TENANT}/v2.0"}),
        ("issuer of another tenant", {"iss": f"{issuer.url}/{OTHER_TENANT}/v2.0"}),
        ("issuer of version 1 of another tenant", {"iss": f"https://sts.windows.net/{OTHER_TENANT}/"}),
        ("issuer without its end", {"iss": f"{issuer.url}/{TENANT}"}),
        ("issuer with more at its end", {"iss": f"{issuer.url}/{TENANT}/v2.0/"}),
        ("issuer a list", {"iss": [f"{issuer.url}/{TENANT}/v2.0"]}),
        ("no issuer", {"iss": None}),
        ("foreign tenant", {"tid": OTHER_TENANT}),
        ("no tenant", {"tid": None}),
        ("tenant a list", {"tid": [TENANT]}),
        ("an id token, which no application asked for", {"azp": None}),
    ):
        yield what, issuer.token("Admin", **changed)
    yield "claims that are a list", signed(["Admin"])
    yield "claims that are no JSON", signed(b"\xff{")


def wrong_signatures(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Right claims with all roles, and not signed by the issuer's RSA key under RS256."""
    claims = issuer.claims("Admin")
    right, other = signed(claims), issuer.token("Reader")
    head, payload, signature = right.split(".")
    for alg in ("none", "None", "NONE", "", "HS256", "HS512", "RS384", "PS256", "ES256", "EdDSA", 7, ["RS256"], None):
        for end in ("", signature):
            yield f"alg {alg!r}, {'signed' if end else 'unsigned'}", f"{b64(_head(alg))}.{payload}.{end}"
    yield "no alg at all", f"{b64({'typ': 'JWT', 'kid': 'key-1'})}.{payload}.{signature}"
    for name, secret in (("the public key", pem("ours")), ("the key's id", b"key-1"), ("nothing", b"")):
        for alg, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            content = f"{b64(_head(alg))}.{payload}"
            yield f"{alg} with {name}", f"{content}.{b64(hmac.new(secret, content.encode(), digest).digest())}"
    yield "unsigned, in two parts", f"{head}.{payload}"
    yield "unsigned, its signature cut off", f"{head}.{payload}."
    yield "half a signature", f"{head}.{payload}.{signature[:100]}"
    yield "the signature of another token", f"{head}.{payload}.{other.split('.')[2]}"
    yield "a role added after it was signed", f"{head}.{payload}.{other.split('.')[2]}"
    yield "claims changed after it was signed", f"{head}.{b64({**claims, 'sub': 't'})}.{signature}"
    yield "header changed after it was signed", f"{b64({**_head('RS256'), 'x': 1})}.{payload}.{signature}"
    yield "unknown key", signed(claims, key="theirs", kid="key-9")
    yield "our key by a wrong id", signed(claims, kid="key-9")
    yield "another key by the same id", signed(claims, key="theirs")
    yield "a key too short to trust", signed(claims, key="short", kid="key-short")
    for kid in (None, "", 7, ["key-1"], "../key-1", "x" * 500):
        yield f"key id {str(kid)[:9]!r}", signed(claims, kid=kid)
    for name, given in (
        ("jwk", jwk("theirs", "key-1")),
        ("jku", f"{issuer.url}/theirs"),
        ("x5u", f"{issuer.url}/theirs"),
        ("x5c", [base64.b64encode(pem("theirs")).decode()]),
    ):
        yield f"brings its own key as {name}", signed(claims, key="theirs", **{name: given})
        yield f"brings its own key as {name} by a new id", signed(claims, key="theirs", kid="key-9", **{name: given})
    yield "asks for an extension that is unknown", signed(claims, crit=["exp"], exp=1)


def _head(alg: Any) -> dict[str, Any]:
    return {"typ": "JWT", "alg": alg, "kid": "key-1"}


def garbage(issuer: Issuer) -> Iterator[tuple[str, str]]:
    right = issuer.token("Admin")
    head, payload, signature = right.split(".")
    for text in ("x", ".", "..", "...", "a.b.c", "null", "{}", "eyJ.eyJ.eyJ", "=.=.=", "%00", "undefined", "é.é.é"):
        yield f"garbage {text}", text
    yield "a huge text", "A" * 7_500
    yield "three huge parts", ".".join(["A" * 2_500] * 3)
    yield "a token in quotes", f'"{right}"'
    yield "a token in five parts", f"{right}.{payload}.{signature}"
    yield "a token as an object", json.dumps({"protected": head, "payload": payload, "signature": signature})
    yield "a token twice", f"{right} {right}"
    yield "two headers as the platform joins them", f"{right},Bearer {right}"
    yield "nested deeply", f"{b64(b'[' * 2_000)}.{payload}.{signature}"


def without_roles(issuer: Issuer) -> Iterator[tuple[str, str]]:
    """Proven callers whom no role opens anything."""
    for what, roles in (
        ("no roles", None),
        ("empty roles", []),
        ("roles as a text", "Admin"),
        ("roles as an object", {"Admin": True}),
        ("a role in a list in the list", [["Admin"]]),
        ("a role nobody knows", ["Owner"]),
        ("a role in other letters", ["admin", "ADMIN", " Admin", "Admin "]),
        ("several roles in one text", ["Reader,Admin"]),
        ("a number", [7, None, True]),
    ):
        yield what, issuer.token(roles=roles)
    yield "scopes and groups alone", issuer.token(scp="Admin", groups=["Admin"], wids=["Admin"], role="Admin")


def elsewhere(issuer: Issuer, keys: dict[str, str]) -> Iterator[Try]:
    """A right token or key where none belongs, and what only the platform could vouch for."""
    right = issuer.token("Admin")
    principal = b64({"auth_typ": "aad", "claims": [{"typ": "roles", "val": "Admin"}], "role_typ": "roles"})
    yield "nothing", {}, ""
    yield "an empty header", {"Authorization": ""}, ""
    for scheme in ("Bearer", "Basic", "Token", "JWT", "Negotiate", "Bearer:", "Bearer\t", "BearerBearer"):
        yield f"{scheme} alone", {"Authorization": scheme}, ""
        if scheme not in ("Bearer", "Bearer\t"):
            yield f"a token as {scheme}", {"Authorization": f"{scheme} {right}"}, ""
    yield "a token without a scheme", {"Authorization": right}, ""
    yield "a second header that is wrong", [("Authorization", f"Bearer {right}"), ("Authorization", "Bearer x")], ""
    for name in ("access_token", "token", "authorization", "bearer", "code"):
        yield f"the token in the query as {name}", {}, f"?{name}={right}"
    for name in ("Cookie", "X-Authorization", "Proxy-Authorization", "X-MS-TOKEN-AAD-ACCESS-TOKEN", "X-ZUMO-AUTH"):
        yield f"the token as {name}", {name: f"token={right}" if name == "Cookie" else f"Bearer {right}"}, ""
    told = {"X-MS-CLIENT-PRINCIPAL": principal, "X-MS-CLIENT-PRINCIPAL-ID": ADAS_ID, "X-MS-CLIENT-PRINCIPAL-IDP": "aad"}
    yield "the platform's word alone", told, ""
    yield "the platform's word beside a wrong token", {**told, **bearing("a.b.c")}, ""
    for name, key in keys.items():
        yield f"the {name} alone", {"x-functions-key": key}, ""
        yield f"the {name} in the query", {}, f"?code={key}"
        yield f"the {name} as a token", bearing(key), ""
        yield f"the {name} beside a wrong token", {"x-functions-key": key, **bearing("a.b.c")}, ""
