"""Writes to machines: their extensions, their guests, and what the platform does to them."""

from typing import Any

from gateway.arm import ids
from gateway.arm.model import Started
from gateway.arm.needs import needs
from gateway.arm.starts_base import Seen, Writer


class MachineStarts(Writer):
    """Writes to virtual machines."""

    @needs("Microsoft.Compute/virtualMachines/extensions/delete")
    async def delete_extension(self, machine_id: str, name: str) -> Started:
        seen = Seen()
        async with self._writing(f"delete the extension {name} of {ids.name(machine_id)}"):
            await self._clients.compute(ids.subscription(machine_id)).virtual_machine_extensions.begin_delete(
                ids.group(machine_id), ids.name(machine_id), name, polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/virtualMachines/runCommands/write")
    async def run_in_guest(self, machine_id: str, location: str, name: str, script: str, timeout_s: int) -> Started:
        """Makes a managed run command: the machine's guest agent runs the script once, as root or as LocalSystem."""
        body: Any = {
            "location": location,
            "properties": {
                "source": {"script": script},
                "asyncExecution": True,  # the machine is free again as soon as the script has begun
                "timeoutInSeconds": timeout_s,
                "treatFailureAsDeploymentFailure": False,
            },
        }
        seen = Seen()
        async with self._writing(f"run {name} in {ids.name(machine_id)}"):
            await self._clients.compute(
                ids.subscription(machine_id)
            ).virtual_machine_run_commands.begin_create_or_update(
                ids.group(machine_id), ids.name(machine_id), name, body, polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/virtualMachines/runCommands/delete")
    async def delete_run_command(self, machine_id: str, name: str) -> Started:
        seen = Seen()
        async with self._writing(f"delete the run command {name} of {ids.name(machine_id)}"):
            await self._clients.compute(ids.subscription(machine_id)).virtual_machine_run_commands.begin_delete(
                ids.group(machine_id), ids.name(machine_id), name, polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/virtualMachines/reapply/action")
    async def reapply(self, machine_id: str) -> Started:
        """Has the platform apply the machine's model anew; nothing restarts."""
        return await self._act(machine_id, "reapply")

    @needs("Microsoft.Compute/virtualMachines/restart/action")
    async def restart(self, machine_id: str) -> Started:
        """Restarts the guest."""
        return await self._act(machine_id, "restart")

    @needs("Microsoft.Compute/virtualMachines/redeploy/action")
    async def redeploy(self, machine_id: str) -> Started:
        """Moves the machine to another host: it restarts, and what lies on local disks is lost."""
        return await self._act(machine_id, "redeploy")

    async def _act(self, machine_id: str, verb: str) -> Started:
        seen, machines = Seen(), self._clients.compute(ids.subscription(machine_id)).virtual_machines
        async with self._writing(f"{verb} the machine {ids.name(machine_id)}"):
            await getattr(machines, f"begin_{verb}")(
                ids.group(machine_id), ids.name(machine_id), polling=False, raw_response_hook=seen
            )
        return seen.started()
