"""JSON over HTTP to one of the two processes."""

from typing import Any

import aiohttp

TIMEOUT_SECONDS = 60


class NoAnswer(Exception):
    """A process refused the connection or answered an error; the text says what was asked and what came."""


class Web:
    """Calls one base address with the same headers each time."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str = "") -> None:
        self._http, self.url = http, url.rstrip("/")
        self._headers = {"x-functions-key": key} if key else {}

    async def get(self, path: str) -> Any:
        return await self._call("GET", path, None)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: Any) -> Any:
        try:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            async with self._http.request(
                method, self.url + path, json=body, headers=self._headers, timeout=timeout
            ) as answer:
                if answer.status >= 400:
                    raise NoAnswer(f"{method} {path} answered {answer.status}: {(await answer.text())[:300]}")
                return await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NoAnswer(f"{method} {self.url}{path} got no answer: {type(error).__name__} {error}") from error
