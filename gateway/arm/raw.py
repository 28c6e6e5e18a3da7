"""Requests through an SDK client's own pipeline whose answers stay JSON.

The SDK builds a model of every nested object of an answer, four fifths of the time that a long list takes here; lists of
jobs and of restore points are therefore read as they are. The api-versions of these are those of the pinned SDKs; a test
holds them. What no pinned SDK knows (permissions, deny assignments, policies, alerts, networks) is asked in its documented
version.
"""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

COMPUTE_API = "2026-04-01"
BACKUP_API = "2026-10-01"
VAULT_API = "2026-11-01"
AUTHORIZATION_API = "2022-04-01"
ASSIGNMENTS_API = "2022-06-01"
DEFINITIONS_API = "2021-06-01"
ALERTS_API = "2019-03-01"
NETWORK_API = "2024-05-01"


async def get(client: Any, path: str, version: str, **options: str) -> dict[str, Any]:
    """The resource at an ARM path; `options` are OData's, without their `$`."""
    from azure.core.rest import HttpRequest

    params = {"api-version": version, **{f"${name}": value for name, value in options.items()}}
    return _json(await answer(client, HttpRequest("GET", quote(path, safe="/"), params=params)))


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

    return _json(await answer(client, HttpRequest("GET", url)))


async def post(client: Any, path: str, version: str, **params: str) -> Any:
    """The answer to a POST without a body: a write, whose headers matter."""
    from azure.core.rest import HttpRequest

    return await answer(client, HttpRequest("POST", quote(path, safe="/"), params={"api-version": version, **params}))


async def answer(client: Any, request: Any) -> Any:
    """The answer of 2xx or 3xx; raises the SDK's own HttpResponseError for any other."""
    from azure.core.exceptions import HttpResponseError

    response = await client.send_request(request)
    if response.status_code >= 400:
        raise HttpResponseError(response=response)
    return response


def _json(response: Any) -> dict[str, Any]:
    found: dict[str, Any] = response.json() if response.content else {}
    return found
