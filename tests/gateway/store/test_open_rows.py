"""STORE_URL chooses the back end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from gateway.store.opening import open_rows
from gateway.store.rows import StoreError
from gateway.store.sqlite_rows import SqliteRows
from gateway.store.table_rows import TableRows


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:///var/lib/store.db", SqliteRows),
        ("sqlite:////var/lib/store.db", SqliteRows),
        ("https://account.table.core.windows.net", TableRows),
        ("UseDevelopmentStorage=true", TableRows),
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net", TableRows),
    ],
)
def test_each_form_of_store_url_opens_its_back_end(url: str, kind: type) -> None:
    assert isinstance(open_rows(url), kind)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "store.db",
        "sqlite://",
        "sqlite:///",
        "postgres://host/db",
        "https://account.blob.core.windows.net",
        "http://x",
    ],
)
def test_any_other_text_is_refused_with_the_setting_and_the_fix(url: str) -> None:
    with pytest.raises(ValueError, match=r"STORE_URL .* sqlite:///full/path/to/file.db .* UseDevelopmentStorage=true"):
        open_rows(url)


async def test_a_broken_connection_string_names_the_setting_and_keeps_the_key_secret() -> None:
    rows = open_rows("DefaultEndpointsProtocol=https;AccountKey=c2VjcmV0;Nonsense")
    with pytest.raises(ValueError, match="STORE_URL") as refused:
        await rows.get("cases", "item", "case")
    assert "c2VjcmV0" not in str(refused.value)
    assert refused.value.__suppress_context__


async def test_a_file_that_is_no_store_is_reported_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("this is no database, but long enough to be looked at as one" * 20)
    rows = open_rows(f"sqlite://{path}")
    with pytest.raises(StoreError, match=r"store\.db: file is not a database"):
        await rows.get("cases", "item", "case")
    await rows.close()


@pytest.mark.parametrize(("identity", "asked"), [("11112222-3333", "11112222-3333"), ("", None)])
async def test_a_table_account_is_opened_as_the_identity_that_is_named(
    monkeypatch: pytest.MonkeyPatch, identity: str, asked: str | None
) -> None:
    async with token_endpoint(monkeypatch) as tokens:
        rows = open_rows("https://account.table.core.windows.net", identity)
        with pytest.raises(StoreError, match="may not sign in"):
            await rows.get("cases", "item", "case")
        await rows.close()
        assert {query.get("client_id") for query in tokens} == {asked}


@asynccontextmanager
async def token_endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[dict[str, str]]]:
    """The identity endpoint of an app, which refuses everybody; yields what it was asked."""
    asked: list[dict[str, str]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(dict(request.query))
        return web.json_response({"statusCode": 400, "message": "may not sign in"}, status=400)

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "h")
    yield asked
    await runner.cleanup()
