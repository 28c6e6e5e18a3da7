"""An Azure Policy forbids what a snapshot has to create."""

from engine.causes.actions import DENY_CREATION_POLICIES
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed
from gateway.arm import ids
from gateway.arm.deny_creation import COLLECTIONS, GROUPS, Creation, DenyCreationPolicy
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from remediations.policy_exemptions import creation_advice


@cause(fixes=[], permissions=[*DENY_CREATION_POLICIES])
async def creation_denied(evidence: Facts) -> Verdict:
    """A policy with the effect deny forbids creating the restore point group, or writing the collection in it."""
    machine, collection = await evidence.machine(), await evidence.own_collection()
    policies = await evidence.deny_creation_policies()
    wanted = [Creation(COLLECTIONS, machine.location)] if collection else _new(machine)
    found = [one for one in policies if any(one.denies(creation) for creation in wanted)]
    if not found:
        raise Unknown(_untold(policies, wanted, machine, bool(collection)))
    where = f"in {ids.group(collection.id)}" if collection else f"for {machine.name}, which has none yet"
    what = "writing a restore point collection" if collection else "creating a restore point group or collection"
    named = "; ".join(f"the policy {one.name} on {one.scope} (definition {one.definition})" for one in found)
    advice = [creation_advice(one, ids.group_id(collection.id) if collection else "", machine) for one in found]
    return confirmed(
        f"{named} forbid(s) {what} {where}",
        instructions=" ".join([*advice, then_back_up(evidence)]),
        shared=" ".join(sorted(one.id for one in found)),
    )


def _new(machine: Machine) -> list[Creation]:
    """Azure Backup makes the group without tags (backup-azure-vms-troubleshoot, UserErrorRequestDisallowedByPolicy)."""
    return [Creation(GROUPS, machine.location, untagged=True), Creation(COLLECTIONS, machine.location)]


def _untold(policies: tuple[DenyCreationPolicy, ...], wanted: list[Creation], machine: Machine, has_group: bool) -> str:
    """The code says that a policy forbids it, so none found is no proof that there is none."""
    if has_group:  # whether Azure Backup wanted another group cannot be told
        wanted = [*wanted, Creation(GROUPS, machine.location, untagged=True)]
    for policy in policies:
        if any(policy.denies(one) is not False for one in wanted):
            why = policy.why or "its condition asks for more than type, location and tags, or it is about a new group"
            return f"whether the policy {policy.name} on {policy.scope} is the one cannot be told: {why}"
    return "Azure Backup says that a policy forbids it, and none that does is assigned here now"
