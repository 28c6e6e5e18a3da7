"""What every write has in common: its errors in our words, and what of its first answer must outlive it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from gateway.arm import ids
from gateway.arm.clients import Clients
from gateway.arm.errors import AzureError, Locked, translated
from gateway.arm.model import Started


class Writer:
    """Writes to one endpoint."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @asynccontextmanager
    async def _writing(self, attempted: str) -> AsyncIterator[None]:
        """Translates a write's errors; a lock's refusal is completed by the ids of the locks that the list shows."""
        try:
            with translated(attempted, write=True):
                yield
        except Locked as e:
            e.locks = await self._locks_on(e.scopes)
            raise

    async def _locks_on(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        found: list[str] = []
        with suppress(AzureError):
            for subscription in {ids.subscription(scope) for scope in scopes}:
                pages = self._clients.locks(subscription).management_locks.list_at_subscription_level()
                with translated("list the management locks"):
                    listed = [str(lock.id) async for lock in pages]
                found += [i for i in listed if any(ids.same(ids.lock_scope(i), scope) for scope in scopes)]
        return tuple(found)


class Seen:
    """Takes from the first answer what must outlive it: Azure's correlation id and the operation's address."""

    def __init__(self) -> None:
        self._headers: dict[str, str] | None = None

    def __call__(self, answer: Any) -> None:
        if self._headers is None:
            self._headers = {str(k).casefold(): str(v) for k, v in answer.http_response.headers.items()}

    def started(self) -> Started:
        headers = self._headers or {}
        poll = headers.get("azure-asyncoperation") or headers.get("location") or ""
        operation = ids.name(poll.split("?", 1)[0]) if poll else ""
        return Started(operation, headers.get("x-ms-correlation-request-id", ""), poll)
