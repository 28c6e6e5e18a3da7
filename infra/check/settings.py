"""The app settings that Bicep writes against those that are read: none missing, none too many, none that Flex refuses."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tree_sitter import Node

from infra.check import nodes
from infra.check.finding import Finding, error
from infra.check.settings_read import Read
from infra.check.source import Source
from infra.check.words import words

READ_BY_HOST = frozenset({"APPLICATIONINSIGHTS_AUTHENTICATION_STRING"})
"""https://learn.microsoft.com/azure/azure-functions/functions-app-settings"""
OF_A_CONNECTION = ("credential", "clientId")
"""Read beside a connection's address where an identity opens it
(https://learn.microsoft.com/azure/azure-functions/functions-reference#common-properties-for-identity-based-connections)."""
REFUSED_BY_FLEX = words("""ENABLE_ORYX_BUILD FUNCTIONS_EXTENSION_VERSION FUNCTIONS_WORKER_RUNTIME FUNCTIONS_WORKER_RUNTIME_VERSION
    FUNCTIONS_MAX_HTTP_CONCURRENCY FUNCTIONS_WORKER_PROCESS_COUNT FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED
    SCM_DO_BUILD_DURING_DEPLOYMENT WEBSITE_CONTENTAZUREFILECONNECTIONSTRING WEBSITE_CONTENTOVERVNET WEBSITE_CONTENTSHARE
    WEBSITE_DNS_SERVER WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT WEBSITE_NODE_DEFAULT_VERSION WEBSITE_RUN_FROM_PACKAGE
    WEBSITE_SKIP_CONTENTSHARE_VALIDATION WEBSITE_VNET_ROUTE_ALL""")
"""https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations"""


def settings(sources: Iterable[Source], read: Read) -> Iterator[Finding]:
    """Both ways: what is read and not written, what is written and not read."""
    written = {name: (source, node) for source in sources for name, node in _written(source)}
    files = {source.shown for source, _ in written.values()}
    place = next(iter(sorted(files)), Path("infra/main.bicep"))
    yield from (error(place, 0, told) for told in read.unclear)
    for name, (source, node) in written.items():
        if name in REFUSED_BY_FLEX:
            yield error(source.shown, nodes.line(node), f"the setting {name} is refused by Flex Consumption")
        elif not _is_read(name, read):
            yield error(source.shown, nodes.line(node), f"the setting {name} is read by nobody")
    for name in sorted(read.names - written.keys()):
        if not any(_is_of(name, connection) for connection in read.connections):
            yield error(place, 0, f"the setting {name} is read by the code and not set")
    for connection in sorted(read.connections):
        yield from _connection(connection, written.keys(), place)


def _is_of(name: str, connection: str) -> bool:
    return name == connection or name.startswith(f"{connection}__")


def _is_read(name: str, read: Read) -> bool:
    beside = {f"{connection}__{end}" for connection in read.connections for end in OF_A_CONNECTION}
    return name in read.names | READ_BY_HOST | beside


def _connection(connection: str, written: Iterable[str], place: Path) -> Iterator[Finding]:
    """A connection is opened by the app's identity, by the account's name or by all three addresses."""
    names = set(written)
    addresses = {f"{connection}__{service}ServiceUri" for service in ("blob", "queue", "table")}
    if connection in names:
        yield error(place, 0, f"{connection} is a connection string, which holds a key: set {connection}__accountName")
    elif f"{connection}__accountName" not in names and not addresses <= names:
        told = f"{connection}__accountName, or all of {', '.join(sorted(addresses))}"
        yield error(place, 0, f"the connection {connection} is not set: {told}")


def _written(source: Source) -> Iterator[tuple[str, Node]]:
    """The names in `appsettings` of a site, and in the siteConfig of a site itself."""
    for one in source.of_kind("resource"):
        kind, props = one.of.lower().partition("@")[0], nodes.properties(one.value)
        body = props.get("properties")
        if body is None or body.type != "object":
            continue
        if kind == "microsoft.web/sites/config" and _says(props.get("name"), "appsettings"):
            yield from nodes.properties(body).items()
        elif kind == "microsoft.web/sites" and (config := nodes.properties(body).get("siteConfig")):
            listed = nodes.properties(config).get("appSettings")
            for entry in nodes.values(listed) if listed else ():
                name = nodes.properties(entry).get("name")
                if name is not None and (said := nodes.string_of(name)):
                    yield said, name


def _says(node: Node | None, text: str) -> bool:
    return node is not None and nodes.string_of(node) == text
