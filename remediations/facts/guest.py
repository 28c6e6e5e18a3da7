"""What is known about the inside of the guest: only what a probe told in this case, and not too long ago."""

from datetime import datetime, timedelta

from gateway.arm.run_commands import RunCommand
from remediations.facts.guest_report import GuestReport, probe_report
from remediations.facts.item import ItemFacts
from remediations.facts.reads import Unknown

FRESH = timedelta(hours=24)
"""As long as a probe's report is evidence; every script that changes something looks again for itself."""


class Unprobed(Unknown):
    """Only a look inside the guest can tell, and none was taken yet."""


class GuestFacts(ItemFacts):
    """The inside of the guest."""

    @property
    def unreadable(self) -> str:
        """Why a look inside the guest told nothing, "" where it did or none was made."""
        return str(self.probed.get("unreadable") or "")

    async def guest(self) -> GuestReport:
        """The probe's report. Raises Unprobed where none was made, Unknown where it cannot be read."""

        async def read() -> GuestReport:
            machine = await self.machine()
            if not self.probed and (machine.power != "running" or machine.agent_ready is not True):
                raise Unknown(f"{machine.name} cannot be looked into: its agent does not answer")
            if not self.probed or self.now - datetime.fromisoformat(self.probed["at"]) > FRESH:
                raise Unprobed("only a look inside the guest can tell")
            if self.unreadable:
                raise Unknown(self.unreadable)
            return probe_report(self.probed["document"])

        return await self._once("guest probe", read)

    async def run_command(self, name: str) -> RunCommand | None:
        """A run command of the machine, None where there is no such command."""
        machine = await self.machine()
        return await self._once(f"run command {name}", lambda: self._reads.run_command(machine.id, name))
