"""How far a fix may go: the first rule that fits and speaks of it decides, and what is unknown never gives more."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.policy import Mode, Permit, Place, Policy, Rule
from engine.policy.scope import Scope
from remediations.contract import Risk

SUB = "5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
FIXES = {"trigger_backup": Risk.BACKUP, "remove_backup_group_locks": Risk.GOVERNANCE}
MACHINES = ("web-01", "db-01")
ENVS = ("prod", "test")


def place(
    machine: str = "web-01",
    group: str = "rg-app",
    vault: str = "rsv-prod-01",
    tags: dict[str, str] | None = None,
    tags_known: bool = True,
    machine_known: bool = True,
) -> Place:
    unique = f"iaasvmcontainerv2;{group};{machine}"
    of_vault = f"/subscriptions/{SUB}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/{vault}"
    item = f"{of_vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{unique}/protectedItems/VM;{unique}"
    vm = f"/subscriptions/{SUB}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{machine}"
    return Place(item, vm if machine_known else "", (tags or {}) if tags_known else None)


each = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
MODES = st.sampled_from(list(Mode))
SCOPES = st.builds(
    Scope,
    group=st.sampled_from(["*", "RG-app", "rg-b*", "rg-none"]),
    vault=st.sampled_from(["*", "rsv-????-01", "rsv-test-*"]),
    machine=st.sampled_from(["*", "web-*", "DB-01"]),
    tag=st.sampled_from(["", "env=prod", "ENV=te*", "env=*"]),
)
RULES = st.lists(
    st.builds(
        Rule,
        name=st.uuids().map(str),
        scope=st.just(Scope()) | st.just(Scope(tag="env=prod")) | SCOPES,
        modes=st.dictionaries(st.sampled_from(list(Risk)), MODES),
        fixes=st.dictionaries(st.sampled_from(list(FIXES)), MODES),
        auto_after=st.sampled_from([0, 0, 1, 5]),
        locks=st.sampled_from(["", "return", "leave off"]),
    ),
    max_size=4,
)
POLICIES = st.builds(Policy, modes=st.dictionaries(st.sampled_from(list(Risk)), MODES), rules=RULES.map(tuple))
TAGS = st.sampled_from([{}, {"env": "prod"}, {"Env": "TEST"}, {"env": "dev", "owner": "x"}])


def fits(scope: Scope, machine: str, tags: dict[str, str]) -> bool:
    """The rule of fitting, written a second time and plainly."""
    groups = ("rg-app", "rg-backup")
    name, _, value = scope.tag.lower().partition("=")
    return (
        any(fnmatchcase(group, scope.group.lower()) for group in groups)
        and fnmatchcase("rsv-prod-01", scope.vault.lower())
        and fnmatchcase(machine, scope.machine.lower())
        and (not scope.tag or any(n.lower() == name and fnmatchcase(v.lower(), value) for n, v in tags.items()))
    )


def effective(permit: Permit, approved: dict[str, int]) -> Mode:
    """What the permit comes to when so many plans were approved under each rule."""
    locked = permit.mode is Mode.AUTO and approved.get(permit.rule, 0) < permit.auto_after
    return Mode.APPROVE if locked else permit.mode


def test_modes_compare_by_what_they_allow_and_not_by_their_letters() -> None:
    assert sorted(["auto", "plan", "observe", "approve"], key=Mode) == ["observe", "plan", "approve", "auto"]
    assert Mode.PLAN < Mode.APPROVE < Mode.AUTO and Mode.PLAN > Mode.OBSERVE
    assert Mode.AUTO >= "auto" and Mode.PLAN <= "approve" and min(Mode.PLAN, Mode.APPROVE) is Mode.PLAN


def test_a_rule_that_fits_but_does_not_speak_of_the_fix_leaves_it_to_the_next() -> None:
    silent, speaking = Rule("a", locks="return"), Rule("b", modes={Risk.BACKUP: Mode.AUTO})
    assert Policy(rules=(silent, speaking)).permit("trigger_backup", Risk.BACKUP, place()) == Permit(Mode.AUTO, "b")


def test_where_it_cannot_be_told_which_rules_approvals_count_a_person_is_asked() -> None:
    """With five approvals under one rule and none under the other, either count alone could be the wrong one."""
    prod = Rule("prod", Scope(tag="env=prod"), {Risk.BACKUP: Mode.AUTO}, auto_after=3)
    rest = Rule("rest", modes={Risk.BACKUP: Mode.AUTO}, auto_after=5)
    permit = Policy(rules=(prod, rest)).permit("trigger_backup", Risk.BACKUP, place(tags_known=False))
    assert permit.mode is Mode.APPROVE


def test_a_new_installation_asks_before_every_tier() -> None:
    assert {Policy().permit("any_fix", risk, place()) for risk in Risk} == {Permit(Mode.APPROVE, "[modes]")}


@each
@given(POLICIES, st.sampled_from(list(FIXES)), st.sampled_from(MACHINES), TAGS)
def test_a_permit_is_what_the_first_fitting_rule_says_and_never_more(
    policy: Policy, fix: str, machine: str, tags: dict[str, str]
) -> None:
    risk = FIXES[fix]
    fitting = [rule for rule in policy.rules if fits(rule.scope, machine, tags)]
    deciding = next((rule for rule in fitting if fix in rule.fixes or risk in rule.modes), None)
    permit = policy.permit(fix, risk, place(machine, tags=tags))
    if deciding is None:
        assert permit == Permit(policy.modes.get(risk, Mode.APPROVE), "[modes]")
    else:
        mode = deciding.fixes[fix] if fix in deciding.fixes else deciding.modes[risk]
        assert (permit.mode, permit.rule) == (mode, deciding.name)
        assert permit.auto_after == (deciding.auto_after if mode is Mode.AUTO else 0)


@each
@given(POLICIES, st.sampled_from(list(FIXES)), TAGS, st.lists(st.integers(0, 6), min_size=4, max_size=4))
def test_tags_that_cannot_be_read_never_give_more_than_any_tags_would(
    policy: Policy, fix: str, tags: dict[str, str], counts: list[int]
) -> None:
    approved = {rule.name: count for rule, count in zip(policy.rules, counts, strict=False)}
    unread = policy.permit(fix, FIXES[fix], place(tags_known=False))
    read = policy.permit(fix, FIXES[fix], place(tags=tags))
    assert effective(unread, approved) <= effective(read, approved)


@each
@given(POLICIES, st.sampled_from(list(FIXES)), st.sampled_from(MACHINES), st.sampled_from(["rg-app", "rg-none"]))
def test_a_machine_that_is_not_known_never_gets_more_than_any_machine_would(
    policy: Policy, fix: str, machine: str, group: str
) -> None:
    unknown = policy.permit(fix, FIXES[fix], place(machine_known=False, tags_known=False))
    assert unknown.mode <= policy.permit(fix, FIXES[fix], place(machine, group)).mode


@each
@given(POLICIES, TAGS)
def test_a_lock_stays_off_only_where_a_rule_surely_says_so(policy: Policy, tags: dict[str, str]) -> None:
    fitting = [rule for rule in policy.rules if fits(rule.scope, "web-01", tags) and rule.locks]
    off = bool(fitting) and fitting[0].locks == "leave off"
    assert policy.leave_off(place(tags=tags)) == (fitting[0].name if off else "")
    if policy.leave_off(place(tags_known=False)):
        assert off


@each
@given(POLICIES, st.sampled_from(list(FIXES)), st.sampled_from(MACHINES), TAGS)
def test_nowhere_goes_a_fix_further_than_the_policy_lets_it_go_at_all(
    policy: Policy, fix: str, machine: str, tags: dict[str, str]
) -> None:
    assert policy.permit(fix, FIXES[fix], place(machine, tags=tags)).mode <= policy.furthest(fix, FIXES[fix])


def test_a_rule_below_one_that_observes_everywhere_enables_nothing() -> None:
    first = Rule("all", modes={Risk.BACKUP: Mode.OBSERVE})
    later = Rule("web", Scope(machine="web-*"), modes={Risk.BACKUP: Mode.AUTO})
    assert Policy(rules=(first, later)).furthest("trigger_backup", Risk.BACKUP) is Mode.OBSERVE
    assert Policy(rules=(later, first)).furthest("trigger_backup", Risk.BACKUP) > Mode.OBSERVE


@each
@given(POLICIES, st.sampled_from(list(FIXES)), TAGS)
def test_a_policy_with_a_problem_only_observes(policy: Policy, fix: str, tags: dict[str, str]) -> None:
    broken = Policy(policy.modes, policy.rules, problems=("policy.toml line 3: wrong",))
    assert broken.permit(fix, FIXES[fix], place(tags=tags)).mode is Mode.OBSERVE
    assert broken.furthest(fix, FIXES[fix]) is Mode.OBSERVE
    assert broken.leave_off(place(tags=tags)) == ""


@pytest.mark.parametrize(
    ("pattern", "machine", "fit"),
    [
        ("web-??", "WEB-01", True),
        ("web-?", "web-01", False),
        ("web", "web-01", False),
        ("web-0[1-9]", "web-01", False),
        ("*01", "web-01", True),
        ("web.01", "web-01", False),
    ],
)
def test_star_and_question_mark_are_the_only_wildcards(pattern: str, machine: str, fit: bool) -> None:
    assert Scope(machine=pattern).fits(place(machine)) is fit


def test_a_group_fits_by_the_machines_group_and_by_the_vaults() -> None:
    assert Scope(group="rg-app").fits(place()) is Scope(group="RG-BACKUP").fits(place()) is True
    assert Scope(group="rg-other").fits(place()) is False
    assert Scope(group="rg-app").fits(place(machine_known=False)) is None


ITEM_IN_TWO_PARTS = place().item_id.replace("iaasvmcontainerv2;", "")


@pytest.mark.parametrize(
    "entry",
    [
        f"/subscriptions/{SUB}",
        f"/SUBSCRIPTIONS/{SUB.upper()}/resourcegroups/RG-APP/",
        f"/subscriptions/{SUB}/resourceGroups/rg-backup",
        place().machine_id,
        place().item_id.partition("/backupFabrics")[0],
        place().item_id,
        ITEM_IN_TWO_PARTS,
    ],
)
def test_a_place_below_a_denied_id_is_refused_even_where_it_is_allowed(entry: str) -> None:
    assert entry in Policy(deny=(entry,), allow=(entry,)).refused(place())
    assert Policy(allow=(entry,)).refused(place()) == ""


@pytest.mark.parametrize(
    "entry", [f"/subscriptions/{SUB}/resourceGroups/rg-ap", place("web-1").machine_id, place("web").item_id]
)
def test_a_place_is_no_part_of_an_id_that_merely_begins_alike(entry: str) -> None:
    assert Policy(deny=(entry,)).refused(place()) == ""
    assert Policy(allow=(entry,)).refused(place()) == "the policy's allow list does not hold it"


def test_a_machine_that_is_not_known_is_refused_where_something_is_denied() -> None:
    assert Policy(deny=(place("db-01").machine_id,)).refused(place(machine_known=False))
    assert Policy().refused(place(machine_known=False)) == ""


def test_tags_are_asked_for_only_where_something_depends_on_them() -> None:
    assert not Policy(rules=(Rule("a", modes={Risk.BACKUP: Mode.AUTO}),)).uses_tags
    assert Policy(rules=(Rule("a", Scope(tag="env=test"), {Risk.BACKUP: Mode.AUTO}),)).uses_tags
