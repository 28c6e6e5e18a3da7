"""One issuer and one host that takes its tokens, for all tests of a module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.end_to_end.stage import Stage, staged
from tests.engine.asking import ASKS
from tests.functions.callers.issuer import CLIENT, TENANT, URI, Issuer, issuing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed` that takes the issuer's tokens; its policy asks, its clock stands still."""
    folder = tmp_path_factory.mktemp("tokens")
    (folder / "asks.toml").write_text(ASKS)
    settings = {
        "ENTRA_TENANT_ID": TENANT,
        "ENTRA_AUDIENCE": f"{URI}, {CLIENT}",
        "ENTRA_AUTHORITY": issuer.url,
        "POLICY_FILE": str(folder / "asks.toml"),
    }
    async with staged("extension_failed", folder, settings) as opened:
        opened.host.arguments.append("--verbose")
        await opened.host.start()
        yield opened
