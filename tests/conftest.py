"""What tests of several parts share."""

from collections.abc import Iterator

import pytest

from tests.gateway.store import azurite


@pytest.fixture(scope="session")
def azurite_port() -> Iterator[int]:
    """Give the port of a running Azurite table service."""
    with azurite.running() as port:
        yield port
