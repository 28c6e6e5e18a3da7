"""The item was deleted and waits for its end."""

from engine.causes.actions import ITEM
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.ids import ItemId
from remediations.facts import Facts
from remediations.refusals import undelete


@cause(fixes=[], permissions=[*ITEM])
async def item_soft_deleted(evidence: Facts) -> Verdict:
    """The protected item was deleted; Azure keeps its recovery points only until the deferred deletion."""
    item = await evidence.item()
    if not item.soft_deleted:
        return ruled_out("the item is not scheduled for deletion")
    name = item.friendly_name or ItemId.parse(evidence.item_id).item
    return confirmed(
        f"the protected item of {name} was deleted and is scheduled for its final deletion; nothing backs it up",
        instructions=(
            "Ask who deleted it and whether on purpose. If not, bring it back before the deferred deletion ends and resume "
            f"its protection: {undelete(evidence.item_id)}"
        ),
    )
