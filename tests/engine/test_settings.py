"""A wrong setting is named, with its value and what to write, before it can keep the app from working unseen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ncrontab import FIELDS, fault
from engine.settings import hosting_problems, read_settings

STORE = {"STORE_URL": "sqlite:///store.db"}
ONE, TWO = "11111111-1111-4111-8111-111111111111", "AAAAAAAA-1111-4111-8111-111111111111"
HOSTED = {"SWEEP_SCHEDULE": "0 0 4 * * *", "AzureWebJobsStorage__accountName": "st1"}
URIS = {f"AzureWebJobsStorage__{service}ServiceUri": "https://st1" for service in ("blob", "queue", "table")}


@pytest.mark.parametrize(
    "schedule",
    [
        "0 0 4 * * *",
        "0 */5 * * * *",
        "0 30 1-5/2,22 * * *",
        "0 0 4 1,15 JAN-Mar mon-fri",
        "59 59 23 31 December Sunday",
        "0  0 4 * * 0 ",
        "0 4 * * *",
    ],
)
def test_a_schedule_is_taken_with_seconds_and_without(schedule: str) -> None:
    assert fault(schedule) == "" and hosting_problems({**HOSTED, "SWEEP_SCHEDULE": schedule}) == ()


def test_a_wrong_schedule_stops_no_change() -> None:
    assert not read_settings({**STORE, "SWEEP_SCHEDULE": "at four"}).problems


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("4 * * *", "it has 4 field(s) instead of six"),
        ("60 4 * * *", "'60' is no minute (0 to 59)"),
        ("1.00:00:00", "it has 1 field(s) instead of six"),
        ("@daily", "it has 1 field(s) instead of six"),
        ("0 0 24 * * *", "'24' is no hour (0 to 23)"),
        ("60 0 4 * * *", "'60' is no second (0 to 59)"),
        ("0 0 4 0 * *", "'0' is no day (1 to 31)"),
        ("0 0 4 * 13 *", "'13' is no month (1 to 12)"),
        ("0 0 4 * * 7", "'7' is no day of the week (0 to 6)"),
        ("0 0 4 ? * *", "'?' is no day"),
        ("0 0 4 L * *", "'L' is no day"),
        ("0 0 4 * * Mo", "'Mo' is no day of the week"),
        ("0 0 4 * mon *", "'mon' is no month"),
        ("0 0 5-1 * * *", "'5-1' is no hour"),
        ("0 0 1-2-3 * * *", "'1-2-3' is no hour"),
        ("0 */0 * * * *", "'*/0' is no minute"),
        ("0 */90 * * * *", "'*/90' is no minute"),
        ("0 0 4, * * *", "'4,' is no hour"),
        ("0 0 -4 * * *", "'-4' is no hour"),
        ("0 0 *-4 * * *", "'*-4' is no hour"),
        ("0 0 ٤ * * *", "'٤' is no hour"),
    ],
)
def test_a_wrong_schedule_is_a_problem_that_names_value_place_and_form(schedule: str, why: str) -> None:
    [problem] = hosting_problems({**HOSTED, "SWEEP_SCHEDULE": schedule})
    assert problem.startswith(f"SWEEP_SCHEDULE {schedule!r} is no schedule: {why}")
    assert problem.endswith("such as `0 0 4 * * *` for 04:00 each day")


@given(
    st.text(max_size=30) | st.lists(st.text("0123456789*/-,aumonz", max_size=5), min_size=6, max_size=6).map(" ".join)
)
def test_whatever_stands_in_a_schedule_is_judged_and_raises_nothing(schedule: str) -> None:
    if not fault(schedule):
        assert len(schedule.split()) in (len(FIELDS) - 1, len(FIELDS))


@pytest.mark.parametrize("wrong", ["prod", f"/subscriptions/{ONE}", ONE[:-1], f"{ONE}0", f"{ONE};{TWO}"])
def test_a_subscription_that_is_no_id_is_a_problem_and_is_not_asked_for(wrong: str) -> None:
    read = read_settings({**STORE, "SUBSCRIPTIONS": f"{ONE}, {wrong},{TWO},"})
    assert read.subscriptions == (ONE, TWO)
    [problem] = read.problems
    assert problem.startswith(f"SUBSCRIPTIONS holds {wrong!r}") and "with commas between" in problem


@pytest.mark.parametrize("storage", [{"AzureWebJobsStorage": "x"}, {"AzureWebJobsStorage__accountName": "st1"}, URIS])
def test_any_form_of_the_storage_connection_is_enough(storage: dict[str, str]) -> None:
    assert hosting_problems({"SWEEP_SCHEDULE": "0 0 4 * * *", **storage}) == ()


def test_what_the_host_needs_and_does_not_find_is_named() -> None:
    [schedule, storage] = hosting_problems({})
    assert schedule.startswith("SWEEP_SCHEDULE is not set") and "0 0 4 * * *" in schedule
    assert storage.startswith("AzureWebJobsStorage is not set") and "AzureWebJobsStorage__accountName" in storage
    for left_out in URIS:
        given_uris = {name: uri for name, uri in URIS.items() if name != left_out}
        assert len(hosting_problems({**HOSTED, "AzureWebJobsStorage__accountName": "", **given_uris})) == 1


@pytest.mark.parametrize("wrong", ["backup", ONE[:-1], f"{ONE} {TWO}", "262044b1"])
def test_an_object_id_that_is_none_is_a_problem_and_is_not_compared_with(wrong: str) -> None:
    read = read_settings({**STORE, "BACKUP_SERVICE_OBJECT_ID": wrong})
    assert read.backup_service_object_id == ""
    [problem] = read.problems
    assert problem.startswith(f"BACKUP_SERVICE_OBJECT_ID is {wrong!r}") and "az ad sp show" in problem


@pytest.mark.parametrize("told", ["", "  ", TWO, f" {TWO} "])
def test_an_object_id_may_be_left_out(told: str) -> None:
    read = read_settings({**STORE, "BACKUP_SERVICE_OBJECT_ID": told})
    assert read.problems == () and read.backup_service_object_id == told.strip()


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({}, ""),
        ({"OUTCOMES_ENDPOINT": "https://x.ingest.monitor.azure.com"}, "set without OUTCOMES_RULE, OUTCOMES_STREAM"),
        ({"OUTCOMES_RULE": "dcr-1", "OUTCOMES_STREAM": "Custom-x"}, "OUTCOMES_RULE is set without OUTCOMES_ENDPOINT"),
        (
            dict.fromkeys(("OUTCOMES_RULE", "OUTCOMES_STREAM"), "x") | {"OUTCOMES_ENDPOINT": "https://[bad"},
            "is no address",
        ),
    ],
)
def test_where_outcomes_go_is_told_whole_or_nowhere_and_stops_no_change(told: dict[str, str], problem: str) -> None:
    said = hosting_problems({**HOSTED, **told})
    assert [problem in one for one in said] == ([True] if problem else [])
    settings = read_settings({"STORE_URL": "sqlite:///tmp/store.db", **told})
    assert (settings.outcomes_endpoint, settings.problems) == ("", ())
