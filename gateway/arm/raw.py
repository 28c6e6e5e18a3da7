"""GETs through an SDK client's own pipeline whose answers stay JSON.

The SDK builds a model of every nested object of an answer, four fifths of the time that a long list takes here; lists of
jobs and of restore points are therefore read as they are. The api-versions are those of the pinned SDKs; a test holds them.
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

COMPUTE_API = "2026-04-01"
BACKUP_API = "2026-10-01"


async def get(client: Any, path: str, version: str, **options: str) -> dict[str, Any]:
    """The resource at an ARM path; `options` are OData's, without their `$`."""
    from azure.core.rest import HttpRequest

    params = {"api-version": version, **{f"${name}": value for name, value in options.items()}}
    return await _answer(client, HttpRequest("GET", quote(path, safe="/"), params=params))


async def pages(client: Any, path: str, version: str, **options: str) -> AsyncIterator[dict[str, Any]]:
    """Every entry of a list, to its last page."""
    page = await get(client, path, version, **options)
    while True:
        for entry in page.get("value") or ():
            yield entry
        if not page.get("nextLink"):
            return
        page = await follow(client, page["nextLink"])


async def follow(client: Any, url: str) -> dict[str, Any]:
    """What lies at an address that Azure gave us, used verbatim."""
    from azure.core.rest import HttpRequest

    return await _answer(client, HttpRequest("GET", url))


async def _answer(client: Any, request: Any) -> dict[str, Any]:
    from azure.core.exceptions import HttpResponseError

    response = await client.send_request(request)
    if response.status_code >= 400:
        raise HttpResponseError(response=response)
    found: dict[str, Any] = response.json() if response.content else {}
    return found
