"""What the check shows of a policy is what the policy does."""

import re
from datetime import UTC, datetime, time

from hypothesis import example, given
from hypothesis import strategies as st

from engine.policy import BY_DEFAULT, Mode, Permit, Policy
from engine.policy.file import read_policy
from engine.policy.hours import Hours
from engine.policy.summary import summary
from remediations.contract import Risk
from tests.engine.test_policy import FIXES, MACHINES, POLICIES, SUB, TAGS, each, fits, place
from tests.engine.test_policy_file import WHOLE
from tests.engine.test_policy_hours import BERLIN, HOURS, NOWS

SATURDAY = datetime(2026, 11, 21, 10, tzinfo=UTC)
THROUGH_THE_SKIPPED_HOUR = Hours("w", time(2, 30), time(5), BERLIN, tiers=frozenset({Risk.DATA}))
SHOWN = f"""
rule           backup        extension     guest    machine  governance  data  locks      fixes                                    where
test machines  auto after 5  auto after 5  -        -        -           -     leave off  remove_backup_group_locks: auto after 5  \
subscription {SUB[:8]}*, group rg-app, tag env=test
the rest       -             -             -        -        observe     -     -          -                                        vault rsv-*
[modes]        auto          approve       approve  approve  approve     plan  return     -                                        -

works on  /subscriptions/{SUB}
never on  /subscriptions/{SUB}/resourceGroups/rg-payments
never on  /subscriptions/{SUB}/resourceGroups/rg-hr

window   holds up          days      hours           time zone      where       next
weekend  governance, data  Sat, Sun  22:00 to 05:00  Europe/Berlin  everywhere  opens Sat 2026-11-21 22:00+01:00

blackout  holds up           days       hours           time zone      where          next
batch     backups on demand  every day  18:00 to 23:30  Europe/Berlin  machine erp-*  begins Sat 2026-11-21 18:00+01:00

limit                                figure
attempts_per_item_and_day            3       default
cooldown_minutes                     90
changes_per_vault_and_hour           60      default
machines_per_vault_and_hour_percent  20      default
cases_at_once_per_vault              20      default
cases_at_once_per_subscription       100     default
breaker_failures                     3       default
breaker_hours                        24      default
incident_items                       20      default
incident_percent                     10      default
approval_hours                       24      default
second_lift_days                     14      default
fleet_failures_percent               20      default
"""


def test_all_that_a_file_says_is_shown() -> None:
    assert "\n".join(summary(read_policy(WHOLE), SATURDAY)) + "\n" == SHOWN


def test_what_a_policy_does_not_have_is_not_shown() -> None:
    assert list(sections(Policy())) == ["rule", "limit"]


def test_of_a_long_list_the_first_entries_and_how_many_more_are_shown() -> None:
    policy = Policy(deny=tuple(place(f"vm-{n}").machine_id for n in range(3000)))
    shown = [line for line in summary(policy, SATURDAY) if line.startswith("never on")]
    assert (len(shown), shown[-1]) == (6, "never on  and 2995 more")


def sections(policy: Policy, now: datetime = SATURDAY) -> dict[str, list[dict[str, str]]]:
    """The tables shown, by their first heading, each row by heading: read back from the text."""
    found: dict[str, list[dict[str, str]]] = {}
    for table in "\n".join(summary(policy, now)).strip("\n").split("\n\n"):
        head, *rows = table.split("\n")
        heads = [*re.finditer(r"\S+( \S+)*", head)]
        ends = [*(one.start() for one in heads[1:]), None]
        found[heads[0][0]] = [
            {one[0]: row[one.start() : end].strip() for one, end in zip(heads, ends, strict=True)} for row in rows
        ]
    return found


def as_shown(policy: Policy, fix: str, risk: Risk, machine: str, tags: dict[str, str]) -> Permit:
    """What a reader of the table takes it to say: from the top, the first row that fits and has no dash."""
    *rules, default = sections(policy)["rule"]
    for rule, row in zip(policy.rules, rules, strict=True):
        of_fix = dict(said.split(": ") for said in row["fixes"].split(", ") if said != "-")
        said = of_fix.get(fix, row[risk])
        if said != "-" and fits(rule.scope, machine, tags):
            mode, _, after = said.partition(" after ")
            return Permit(Mode(mode), row["rule"], int(after or 0))
    return Permit(Mode(default[risk]), BY_DEFAULT)


@each
@given(POLICIES, st.sampled_from(list(FIXES)), st.sampled_from(MACHINES), TAGS)
def test_the_table_says_what_the_policy_decides(policy: Policy, fix: str, machine: str, tags: dict[str, str]) -> None:
    risk = FIXES[fix]
    assert as_shown(policy, fix, risk, machine, tags) == policy.permit(fix, risk, place(machine, tags=tags))


@each
@given(HOURS, NOWS)
@example(THROUGH_THE_SKIPPED_HOUR, datetime(2026, 3, 29, 1, tzinfo=UTC))
def test_the_next_opening_shown_is_the_one_that_the_policy_waits_for(hours: Hours, now: datetime) -> None:
    anywhere = Hours("w", hours.start, hours.end, hours.zone, hours.days, tiers=hours.tiers)
    policy = Policy(windows=(anywhere,))
    (row,), opening = sections(policy, now)["window"], policy.opens(Risk.DATA, place(), now)
    said = datetime.fromisoformat("T".join(row["next"].split()[-2:]))
    assert row["next"].startswith("now, until" if opening is None else "opens")
    assert said.astimezone(UTC) == opening if opening else said > now


@each
@given(HOURS, NOWS)
@example(THROUGH_THE_SKIPPED_HOUR, datetime(2026, 3, 29, 1, tzinfo=UTC))
def test_a_blackout_is_shown_as_on_where_no_backup_is_triggered(hours: Hours, now: datetime) -> None:
    policy = Policy(blackouts=(Hours("b", hours.start, hours.end, hours.zone, hours.days),))
    (row,) = sections(policy, now)["blackout"]
    assert row["next"].startswith("now, until") == (policy.backups_open(place(), now) is not None)
