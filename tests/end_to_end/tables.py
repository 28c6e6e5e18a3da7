"""A table service that several tests share: each begins with none of the product's tables."""

from azure.data.tables.aio import TableServiceClient

from tests.gateway.store import azurite


async def emptied(port: int) -> str:
    """Delete every table of the service at `port`; STORE_URL for it."""
    url = azurite.store_url(port)
    async with TableServiceClient.from_connection_string(url) as service:
        async for table in service.list_tables():
            await service.delete_table(table.name)
    return url
