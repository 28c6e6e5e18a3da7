"""What Compute knows: machines and restore point collections."""

from datetime import datetime

from gateway.arm import ids, parse, parse_machine, raw, run_commands
from gateway.arm.errors import NotFound, translated
from gateway.arm.model import Collection, Machine
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint
from gateway.arm.run_commands import RunCommand


class ComputeReads(Endpoint):
    """Reads of Compute."""

    @needs("Microsoft.Compute/virtualMachines/read")
    async def machine(self, machine_id: str) -> Machine:
        with translated(f"read the machine {ids.name(machine_id)}"):
            found = await self._clients.compute(ids.subscription(machine_id)).virtual_machines.get(
                ids.group(machine_id), ids.name(machine_id), expand="instanceView"
            )
        return parse_machine.machine(found)

    @needs("Microsoft.Compute/virtualMachines/runCommands/read")
    async def run_command(self, machine_id: str, name: str) -> RunCommand | None:
        """A run command of the machine with what its script has said so far; None where there is no such command."""
        path = f"{machine_id}/runCommands/{name}"
        client = self._clients.compute(ids.subscription(machine_id))
        try:
            with translated(f"read the run command {name} of {ids.name(machine_id)}"):
                found = await raw.get(client, path, raw.COMPUTE_API, expand="instanceView")
        except NotFound:
            return None
        return run_commands.run_command(found)

    @needs("Microsoft.Compute/restorePointCollections/read")
    async def collections(self, subscription: str, now: datetime) -> tuple[Collection, ...]:
        """Every restore point collection of the subscription, without its points; shared by all cases of it."""

        async def fetch() -> tuple[Collection, ...]:
            path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/restorePointCollections"
            with translated("list the restore point collections"):
                pages = raw.pages(self._clients.compute(subscription), path, raw.COMPUTE_API)
                return tuple([parse.collection(found) async for found in pages])

        return await self._shared.get("collections", ids.key(subscription), now, fetch)

    @needs(
        "Microsoft.Compute/restorePointCollections/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/read",
    )
    async def collection(self, collection_id: str) -> Collection:
        """One collection with its points."""
        with translated(f"read the restore point collection {ids.name(collection_id)}"):
            client = self._clients.compute(ids.subscription(collection_id))
            found = await raw.get(client, collection_id, raw.COMPUTE_API, expand="restorePoints")
        return parse.collection(found)
