"""Protection that somebody stopped or paused."""

from collections.abc import Awaitable

from engine.causes.actions import PROTECTION
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from gateway.arm.errors import PASSING, AzureError
from gateway.arm.ids import ItemId
from gateway.arm.retention import Retention
from remediations.facts import Facts

STATES = {
    "protectionstopped": "its protection is stopped, and its recovery points are kept for good",
    "protectionpaused": "its protection is paused",
    "backupssuspended": "its backups are suspended, and its recovery points expire by the policy",
}
"""Azure's words for an item that no schedule backs up any more (azure-facts, C, Protected item health)."""
MOST_POLICIES = 5


@cause(fixes=[], permissions=[*PROTECTION])
async def protection_stopped(evidence: Facts) -> Verdict:
    """Somebody stopped or paused the protection of the machine, usually on purpose; only a person may resume it."""
    item = await evidence.item()
    meaning = STATES.get(item.protection_state.casefold())
    if item.soft_deleted or meaning is None:
        return ruled_out(f"the item is {item.protection_state or 'in an unknown protection state'}")
    last = await _told(_last_change(evidence), "Who stopped it and when is not known")
    candidates = await _told(_candidates(evidence), "What each policy would do to its recovery points is not known")
    i, name = ItemId.parse(item.id), item.friendly_name or ids.name(item.machine_id)
    return confirmed(
        f"{name} is {item.protection_state}: {meaning}",
        instructions=(
            f"{last} Ask why before you resume it, and choose a policy that expires no point you need. {candidates} To resume: "
            f"`az backup protection enable-for-vm -g {i.group} -v {i.vault} --vm '{item.machine_id}' --policy-name <choose> "
            f"--subscription {i.subscription}`, then back the machine up on demand and see that a new recovery point appears."
        ),
    )


async def _told(part: Awaitable[str], otherwise: str) -> str:
    """A part of the guide; the verdict stands without it. Raises what time heals."""
    try:
        return await part
    except PASSING:
        raise
    except AzureError as e:
        return f"{otherwise}: {e}."


async def _last_change(evidence: Facts) -> str:
    last = await evidence.last_protection_change()
    if last is None:
        return "Who stopped it and when is not known: the activity log of the last 89 days holds no change of its protection."
    who = last.caller or "somebody whom the log does not name"
    return f"By the activity log its protection was last changed on {last.at:%Y-%m-%d %H:%M} UTC by {who}."


async def _candidates(evidence: Facts) -> str:
    """The policies that expire the fewest points first."""
    points = tuple(point.time for point in await evidence.recovery_points())
    counted = [(one, one.expired(points, evidence.now)) for one in await evidence.retentions()]
    if not counted:
        return "The vault holds no policy for machines: make one first."
    counted.sort(key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].policy))
    said = [_said(one, expired) for one, expired in counted[:MOST_POLICIES]]
    more = len(counted) - len(said)
    left = f"; {more} more that expire as many or more" if more else ""
    return f"Of its {len(points)} recovery points these policies would expire: {'; '.join(said)}{left}."


def _said(one: Retention, expired: int | None) -> str:
    if expired is None:
        return f"{one.policy}: not known, its retention is not understood"
    longer = ", fewer where its longer retentions keep some" if one.longer and expired else ""
    return f"{one.policy} (keeps {one.days} days): up to {expired}{longer}"
