"""What is asked about protection that somebody stopped: who did it, and what each policy would do to the points."""

from gateway.arm.activity import Activity
from gateway.arm.retention import Retention
from remediations.facts.item import ItemFacts

WRITES_ITEM = "/protecteditems/write"
"""The operation by which protection is set, changed, stopped and resumed."""


class ProtectionFacts(ItemFacts):
    """The past and the possible future of the item's protection."""

    async def last_protection_change(self) -> Activity | None:
        """The newest change of the item's protection that did not fail, None where the log knows none in 89 days."""

        async def read() -> Activity | None:
            listed = await self._reads.activities(self.item_id, self.now)
            changes = [one for one in listed if one.operation.casefold().endswith(WRITES_ITEM)]
            return next((one for one in changes if one.status.casefold() != "failed"), None)

        return await self._once("last change of the protection", read)

    async def retentions(self) -> tuple[Retention, ...]:
        """How long each of the vault's policies for machines keeps recovery points."""
        return await self._once("retention of the policies", lambda: self._reads.retentions(self.vault_id, self.now))
