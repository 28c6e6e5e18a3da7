"""Both back ends as one fixture: every test that asks for `store` runs over SQLite and over Azurite."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.store.opening import open_rows
from gateway.store.rows import Rows

from . import azurite


@dataclass(frozen=True, slots=True)
class Store:
    """An empty store: what STORE_URL says, and a table that no other test uses."""

    url: str
    table: str

    def open(self) -> Rows:
        """Open it once more, as another process would."""
        return open_rows(self.url)


@pytest.fixture(params=["sqlite", "table"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Give an empty store of each kind."""
    table = f"Cases{uuid4().hex}"
    if request.param == "sqlite":
        return Store(f"sqlite://{tmp_path}/new/store.db", table)
    return Store(azurite.store_url(request.getfixturevalue("azurite_port")), table)


@pytest.fixture
async def rows(store: Store) -> AsyncIterator[Rows]:
    """Give the store, opened."""
    opened = store.open()
    yield opened
    await opened.close()


@pytest.fixture
def table(store: Store) -> str:
    """Name the table that belongs to this test."""
    return store.table
