"""Where a subnet's user-defined routes send what is meant for an Azure service. Pure.

The longest prefix wins, a user-defined route before a gateway's before Azure's own
(https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#how-azure-selects-a-route).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.arm.network import Route, RouteTable, Subnet
from remediations.network.service_tags import ANYWHERE, Service, hold

STRAIGHT = "Internet"
NOWHERE = "None"


@dataclass(frozen=True, slots=True)
class Way:
    """`open`: True straight to Azure, False dropped, None where something on the way may filter. `route`: which one says so."""

    open: bool | None
    route: Route | None = None


def way(subnet: Subnet, table: RouteTable | None, service: Service) -> Way:
    """The way to the service; without a route of one's own it is Azure's, straight out."""
    if _has_endpoint(subnet, service):
        return Way(True)
    routes = _deciding(table.routes if table else (), service)
    hops = {route.hop.lower() for route in routes}
    if not hops or hops == {STRAIGHT.lower()}:
        return Way(True, routes[0] if routes else None)
    if hops == {NOWHERE.lower()}:
        return Way(False, routes[0])
    return Way(None, next(route for route in routes if route.hop.lower() != STRAIGHT.lower()))


def virtual_network_is_private(table: RouteTable | None, service: Service) -> bool:
    """Whether the tag VirtualNetwork surely holds none of the service's addresses: it takes in the prefixes of routes.

    Those of a gateway are not read; that none holds is known only where the table keeps them out.
    """
    if table is None or table.takes_gateway_routes:
        return False
    return all(hold((route.to,), service) is False for route in table.routes)


def _has_endpoint(subnet: Subnet, service: Service) -> bool:
    """A service endpoint makes a route of its own for the service's own prefixes, which goes before any default route."""
    return service.tag == "Storage" and any(
        one.lower() in ("microsoft.storage", "microsoft.storage.global") for one in subnet.endpoints
    )


def _deciding(routes: Iterable[Route], service: Service) -> tuple[Route, ...]:
    """The routes of which one decides: those by the service's tags, and those whose prefixes may hold some of its addresses.

    The default route decides only where there is no more exact one; where the exact ones hold only some, it is among them.
    """
    told = [(route, hold((route.to,), service)) for route in routes]
    whole = [route for route, holds in told if holds and route.to.strip() != str(ANYWHERE)]
    some = [route for route, holds in told if holds is None]
    default = [route for route, holds in told if holds and route.to.strip() == str(ANYWHERE)]
    if whole:
        return (*whole, *some)
    if default:
        return (*default, *some)
    return (*some, Route("", str(ANYWHERE), STRAIGHT, "")) if some else ()
