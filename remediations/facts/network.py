"""What is asked about the machine's way out: its primary interface, its subnet, and the rules and routes of both."""

import asyncio
from dataclasses import dataclass

from gateway.arm.clouds import Cloud
from gateway.arm.network import Interface, RouteTable, SecurityGroup, Subnet
from remediations.facts.item import ItemFacts
from remediations.facts.reads import Unknown


@dataclass(frozen=True, slots=True)
class WayOut:
    """The interface with all that decides about what leaves it; `groups`: the interface's first, as they are asked."""

    interface: Interface
    subnet: Subnet
    groups: tuple[SecurityGroup, ...]
    routes: RouteTable | None


class NetworkFacts(ItemFacts):
    """The machine's network as Azure's own network shows it: at most five reads."""

    async def way_out(self) -> WayOut:
        """By the primary interface; Unknown where the machine names none, or the interface no subnet."""
        return await self._once("network", self._read_way_out)

    async def interface(self) -> Interface:
        """The primary interface; Unknown where the machine names none."""

        async def read() -> Interface:
            machine = await self.machine()
            if not machine.nics:
                raise Unknown(f"{machine.name} names no network interface")
            return await self._reads.interface(machine.nics[0])

        return await self._once("network interface", read)

    async def _read_way_out(self) -> WayOut:
        machine, interface = await self.machine(), await self.interface()
        if not interface.subnet:
            raise Unknown(f"the network interface of {machine.name} names no subnet")
        subnet = await self._reads.subnet(interface.subnet)
        named = dict.fromkeys(one for one in (interface.security_group, subnet.security_group) if one)
        groups = await asyncio.gather(*[self._reads.security_group(one) for one in named])
        routes = await self._reads.route_table(subnet.route_table) if subnet.route_table else None
        return WayOut(interface, subnet, tuple(groups), routes)

    @property
    def cloud(self) -> Cloud | None:
        """The cloud that is configured; None for one that is not known."""
        return self._reads.cloud
