"""Protection that somebody stopped or paused."""

import shlex

from engine.causes.actions import PROTECTION
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.resuming import candidates, told
from gateway.arm import ids
from gateway.arm.ids import ItemId
from remediations.facts import Facts

STATES = {
    "protectionstopped": "its protection is stopped, and its recovery points are kept for good",
    "protectionpaused": "its protection is paused",
    "backupssuspended": "its backups are suspended, and its recovery points expire by the policy",
}
"""Azure's words for an item that no schedule backs up any more (azure-facts, C, Protected item health)."""


@cause(fixes=[], permissions=[*PROTECTION])
async def protection_stopped(evidence: Facts) -> Verdict:
    """Somebody stopped or paused the protection of the machine, usually on purpose; only a person may resume it."""
    item = await evidence.item()
    meaning = STATES.get(item.protection_state.casefold())
    if item.soft_deleted or meaning is None:
        return ruled_out(f"the item is {item.protection_state or 'in an unknown protection state'}")
    last = await told(_last_change(evidence), "Who stopped it and when is not known")
    i, name = ItemId.parse(item.id), item.friendly_name or ids.name(item.machine_id)
    return confirmed(
        f"{name} is {item.protection_state}: {meaning}",
        instructions=(
            f"{last} Ask why before you resume it, and choose a policy that expires no point you need. "
            f"{await candidates(evidence)} To resume: `az backup protection enable-for-vm -g {shlex.quote(i.group)} -v {i.vault} "
            f"--vm {shlex.quote(item.machine_id)} --policy-name <choose> --subscription {i.subscription}`. {then_back_up(evidence)} "
            "See that a new recovery point appears."
        ),
    )


async def _last_change(evidence: Facts) -> str:
    last = await evidence.last_protection_change()
    if last is None:
        return "Who stopped it and when is not known: the activity log of the last 89 days holds no change of its protection."
    who = last.caller or "somebody whom the log does not name"
    return f"By the activity log its protection was last changed on {last.at:%Y-%m-%d %H:%M} UTC by {who}."
