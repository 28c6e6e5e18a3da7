"""Something other than a lock forbids deleting restore points."""

from engine.causes.actions import DENY_ASSIGNMENTS, DENY_DELETE_POLICIES, OVERDUE
from engine.causes.again import then_back_up_twice
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.points import overdue
from gateway.arm import ids
from gateway.arm.deny_delete import DenyDeletePolicy
from gateway.arm.rights import DenyAssignment
from remediations.facts import Facts, Unknown
from remediations.refusals import deny_assignment_advice, policy_advice

DELETE_POINT = "Microsoft.Compute/restorePointCollections/restorePoints/delete"
TYPES = ("Microsoft.Compute/restorePointCollections", "Microsoft.Compute/restorePointCollections/restorePoints")


@cause(fixes=[], permissions=[*OVERDUE, *DENY_ASSIGNMENTS, *DENY_DELETE_POLICIES])
async def clean_up_denied(evidence: Facts) -> Verdict:
    """A deny assignment or a policy stops Azure Backup from deleting old restore points."""
    late = await overdue(evidence)
    group = await evidence.restore_point_group() if late else None
    if group is None:
        return ruled_out("no restore point is overdue for clean-up")
    listed = [one for one in await evidence.deny_assignments_reaching_group() if one.denies(DELETE_POINT)]
    policies = await evidence.deny_delete_policies_reaching_group()
    binding = [one for one in listed if _binds_azure_backup(one)]
    forbidding = [one for one in policies if any(one.denies(kind) for kind in TYPES)]
    if not binding and not forbidding:
        return _none_for_certain(listed, policies)
    named = [f"the deny assignment {one.name} on {one.scope}" for one in binding]
    named += [f"the policy {one.name} on {one.scope}" for one in forbidding]
    advice = [deny_assignment_advice(one.id, group.id) for one in binding]
    advice += [policy_advice(one.id, group.id) for one in forbidding]
    return confirmed(
        f"{'; '.join(named)} forbid(s) deleting restore points of {ids.group(group.id)}; {len(late)} are overdue for clean-up",
        instructions=" ".join([*advice, then_back_up_twice(evidence)]),
        affects=group.shared_with,
        shared=" ".join(sorted([*(one.id for one in binding), *(one.id for one in forbidding)])),
    )


def _binds_azure_backup(deny: DenyAssignment) -> bool | None:
    """Whether Azure Backup's own service principal is bound; None where its exemption or its mention cannot be told."""
    if deny.everyone:
        return None if any(p.type.casefold() != "user" for p in deny.exempt) else True
    return None if any(p.type.casefold() != "user" for p in deny.principals) else False


def _none_for_certain(listed: list[DenyAssignment], policies: tuple[DenyDeletePolicy, ...]) -> Verdict:
    """Ruled out, or Unknown where one of them may bind after all."""
    for deny in listed:
        if _binds_azure_backup(deny) is None:
            raise Unknown(f"whether the deny assignment {deny.name} on {deny.scope} binds Azure Backup cannot be told")
    for policy in policies:
        if any(policy.denies(kind) is None for kind in TYPES):
            why = policy.why or "its condition asks for more than the resource type"
            raise Unknown(
                f"whether the policy {policy.name} on {policy.scope} forbids the deletion cannot be told: {why}"
            )
    return ruled_out("no deny assignment and no policy forbids deleting restore points here")
