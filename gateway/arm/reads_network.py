"""What is read of a machine's network: plain GETs, since what Azure computes from them is asked for with a POST."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gateway.arm import ids, network, raw
from gateway.arm.clouds import Cloud, cloud_of
from gateway.arm.errors import translated
from gateway.arm.needs import needs
from gateway.arm.network import Interface, RouteTable, SecurityGroup, Subnet
from gateway.arm.reads_base import Endpoint

if TYPE_CHECKING:
    from gateway.arm.clients import Clients


class NetworkReads(Endpoint):
    """Reads of Microsoft.Network, without an SDK of their own."""

    def __init__(self, clients: "Clients") -> None:
        super().__init__(clients)
        self.cloud: Cloud | None = cloud_of(clients.endpoint)
        """The cloud that this endpoint belongs to; None for one that is not known."""

    @needs("Microsoft.Network/networkInterfaces/read")
    async def interface(self, interface_id: str) -> Interface:
        return network.interface(await self._network(interface_id, "network interface"))

    @needs("Microsoft.Network/virtualNetworks/subnets/read")
    async def subnet(self, subnet_id: str) -> Subnet:
        return network.subnet(await self._network(subnet_id, "subnet"))

    @needs("Microsoft.Network/networkSecurityGroups/read")
    async def security_group(self, group_id: str) -> SecurityGroup:
        return network.security_group(await self._network(group_id, "network security group"))

    @needs("Microsoft.Network/routeTables/read")
    async def route_table(self, table_id: str) -> RouteTable:
        return network.route_table(await self._network(table_id, "route table"))

    async def _network(self, resource_id: str, kind: str) -> Mapping[str, Any]:
        with translated(f"read the {kind} {ids.name(resource_id)}"):
            return await raw.get(self._clients.resources(ids.subscription(resource_id)), resource_id, raw.NETWORK_API)
