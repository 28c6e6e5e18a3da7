"""The item was deleted and waits for its end."""

from datetime import timedelta

from engine.causes.actions import RESUMING
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.resuming import candidates
from gateway.arm.ids import ItemId
from gateway.arm.model import ProtectedItem
from remediations.facts import Facts
from remediations.refusals import undelete


@cause(fixes=[], permissions=[*RESUMING])
async def item_soft_deleted(evidence: Facts) -> Verdict:
    """The protected item was deleted; Azure keeps its recovery points only until the deferred deletion."""
    item = await evidence.item()
    if not item.soft_deleted:
        return ruled_out("the item is not scheduled for deletion")
    name = item.friendly_name or ItemId.parse(evidence.item_id).item
    return confirmed(
        f"the protected item of {name} was deleted and is scheduled for its final deletion{_when(evidence, item)}; nothing "
        "backs it up",
        instructions=(
            f"Ask who deleted it and whether on purpose. If not, bring it back before the deferred deletion ends"
            f"{_when(evidence, item)}, and resume its protection under a policy that expires no point you need. "
            f"{await candidates(evidence)} {undelete(evidence.item_id)} {then_back_up(evidence)}"
        ),
    )


def _when(evidence: Facts, item: ProtectedItem) -> str:
    """The day of the final deletion, "" where Azure does not say how much time is left."""
    if item.kept_for_s is None:
        return ""
    return f" about {evidence.now + timedelta(seconds=item.kept_for_s):%Y-%m-%d %H:%M} UTC"
