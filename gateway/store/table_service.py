"""The client of an Azure Tables account, and Azure's errors in the store's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.store.rows import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError
    from azure.data.tables.aio import TableServiceClient

DEVELOPMENT = "usedevelopmentstorage=true"
# Azurite's one account, published with it: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
AZURITE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)
# No retry below us: a write repeated unseen would meet its own effect and look like somebody else's.
CLIENT_OPTIONS: dict[str, Any] = {"retry_total": 0, "connection_timeout": 10, "read_timeout": 30}


def open_service(url: str, identity: str = "") -> TableServiceClient:
    """Make the client for STORE_URL; it connects on first use. Raises ValueError for a broken connection string.

    `identity`: client id of the user-assigned identity that signs in to an `https://` address, "" for the app's only one.
    """
    from azure.data.tables.aio import TableServiceClient

    if url.startswith("https://"):
        from azure.identity.aio import ManagedIdentityCredential

        return TableServiceClient(
            url, credential=ManagedIdentityCredential(client_id=identity or None), **CLIENT_OPTIONS
        )
    text = AZURITE if url.lower().rstrip(";") == DEVELOPMENT else url
    try:
        return TableServiceClient.from_connection_string(text, **CLIENT_OPTIONS)
    except ValueError:
        # Not chained: the library's text may quote the account key.
        raise ValueError(
            "the setting STORE_URL looks like a connection string but is not whole: copy it again from the account's "
            "access keys, or set https://<account>.table.core.windows.net to use the app's managed identity"
        ) from None


def translated(error: AzureError, doing: str) -> StoreError:
    """Put an Azure error into the store's words: no answer, 408, 429 and 5xx are passing, the rest is not."""
    status = getattr(error, "status_code", None)
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if status is None or status in (408, 429) or status >= 500:
        return StoreUnavailable(f"could not {doing}: {text}")
    if status in (401, 403):
        return StoreError(
            f"not allowed to {doing} ({status}: {text}): give the app's identity the role Storage Table Data Contributor "
            "on the account, and let the account's firewall admit the app"
        )
    return StoreError(f"could not {doing} ({status}): {text}")
