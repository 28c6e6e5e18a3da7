"""Which back end a store is: chosen by its address, imported on first use."""

from gateway.store.rows import Rows

SQLITE = "sqlite://"
CONNECTION_STRING_KEYS = ("usedevelopmentstorage=", "defaultendpointsprotocol=", "accountname=", "tableendpoint=")


def open_rows(url: str, identity: str = "") -> Rows:
    """Choose the back end that STORE_URL names; it connects on first use. Raises ValueError for any other text.

    `identity`: client id of the user-assigned identity with which a table account is opened, "" for the app's only one.
    """
    if url.startswith(SQLITE + "/") and not url.endswith("/"):
        from gateway.store.sqlite_rows import SqliteRows

        return SqliteRows("/" + url.removeprefix(SQLITE).lstrip("/"))
    if (url.startswith("https://") and ".table." in url) or url.lower().startswith(CONNECTION_STRING_KEYS):
        from gateway.store.table_rows import TableRows

        return TableRows(url, identity)
    # The text itself may hold an account key: it is not repeated.
    raise ValueError(
        "the setting STORE_URL names no store: set it to https://<account>.table.core.windows.net (Azure, with the "
        "app's managed identity), to sqlite:///full/path/to/file.db (one machine), or to UseDevelopmentStorage=true "
        "(Azurite)"
    )
