"""The issuer's public keys, read over HTTP and kept."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.callers.refusals import CannotTell, Unproven

if TYPE_CHECKING:
    from jwt import PyJWK

AGAIN = timedelta(minutes=1)
"""An id that is not known lets the keys be read again at most so often: a flood of made-up ids makes no flood of ours."""
AFTER_A_FAILURE = timedelta(seconds=10)
# https://learn.microsoft.com/entra/identity-platform/signing-key-rollover asks for a look every 24 hours.
FRESH = timedelta(hours=24)
TIMEOUT_S = 5.0


class SigningKeys:
    """The RSA keys of one issuer. What was read last stays in use while the issuer cannot be reached."""

    def __init__(self, url: str) -> None:
        self._url, self._one_at_a_time = url, asyncio.Lock()
        self._keys: dict[str, PyJWK] = {}
        self._tried: datetime | None = None
        self._read: datetime | None = None
        self._failed = False

    async def key(self, kid: str, now: datetime) -> "PyJWK":
        """The key of this id. Raises Unproven where the issuer has none, CannotTell where it could not be asked."""
        if self._due(kid, now):
            async with self._one_at_a_time:
                if self._due(kid, now):
                    await self._look(now)
        if kid in self._keys:
            return self._keys[kid]
        if self._failed:
            raise CannotTell("the issuer's keys could not be read")
        raise Unproven("no key of the issuer has the token's key id")

    def _due(self, kid: str, now: datetime) -> bool:
        if self._tried and abs(now - self._tried) < (AFTER_A_FAILURE if self._failed else AGAIN):
            return False
        return kid not in self._keys or self._read is None or now - self._read >= FRESH

    async def _look(self, now: datetime) -> None:
        found = await _fetch(self._url)
        self._tried, self._failed = now, not found  # only now: who comes meanwhile waits for the answer
        if found:
            self._keys, self._read = found, now


async def _fetch(url: str) -> dict[str, "PyJWK"]:
    """The keys by id; {} where they cannot be had, for whatever reason."""
    import aiohttp

    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)) as http,
            http.get(url, allow_redirects=False) as answer,
        ):
            document = await answer.json(content_type=None) if answer.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return {}
    listed = document.get("keys") if isinstance(document, dict) else None
    return dict(_usable(listed if isinstance(listed, list) else []))


def _usable(listed: list[Any]) -> list[tuple[str, "PyJWK"]]:
    """The RSA keys for signatures; what else is listed, or cannot be read, is none."""
    from jwt import PyJWK, PyJWTError

    found = []
    for one in listed:
        if not isinstance(one, dict) or one.get("kty") != "RSA" or one.get("use", "sig") != "sig":
            continue
        try:
            found.append((str(one["kid"]), PyJWK(one, algorithm="RS256")))
        except (PyJWTError, KeyError):
            continue
    return found
