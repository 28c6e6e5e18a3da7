"""What was done to the machine, as Azure's activity log tells."""

from gateway.arm.activity import Activity
from remediations.facts.item import ItemFacts


class ActivityFacts(ItemFacts):
    """The machine's own entries in the activity log."""

    async def done_to_machine(self) -> tuple[Activity, ...]:
        """Newest first, of the last 89 days; an entry shows up some minutes late."""
        machine = await self.machine()
        return await self._once("what was done to the machine", lambda: self._reads.activities(machine.id, self.now))
