import json
from datetime import timedelta

from sandbox.demo.report import report_rows, write_report
from tests.sandbox_demo.made import START, case, declared, ending

KEYS = [
    *("world", "machine", "trigger", "expected_cause", "named_cause", "expected_outcome", "actual_outcome"),
    *("arm_requests", "changes", "simulated_seconds", "real_seconds"),
]


def test_the_report_has_exactly_the_agreed_keys_and_says_what_happened(tmp_path):
    changes = {"c1": ("lock.delete /locks/a", "lock.write /locks/a")}
    write_report(tmp_path / "new" / "report.json", [ending(case(), changes=changes, closed_after={"c1": 1.234})])
    (row,) = json.loads((tmp_path / "new" / "report.json").read_text())
    assert list(row) == KEYS
    assert row["changes"] == ["lock.delete /locks/a", "lock.write /locks/a"]
    assert (row["simulated_seconds"], row["real_seconds"]) == (600, 1.23)
    assert (row["expected_cause"], row["named_cause"]) == ("backup_group_locked", "backup_group_locked")


def test_requests_are_shared_by_the_cases_open_at_their_instant_and_end_with_the_close():
    wanted = (declared("app-01"), declared("app-02"))
    cases = (case("app-01", minutes=10), case("app-02", id="c2", minutes=20))
    at = [START + timedelta(minutes=minute) for minute in (1, 2, 3, 4, 15, 16, 17, 30)]
    first, second = report_rows(ending(*cases, wanted=wanted, requests=tuple(at)))
    assert (first["arm_requests"], second["arm_requests"]) == (2, 5)


def test_a_case_that_never_came_or_never_closed_is_in_the_report_without_times():
    (absent,) = report_rows(ending())
    (still_open,) = report_rows(ending(case(minutes=None)))
    for row in (absent, still_open):
        assert list(row) == KEYS
        assert (row["actual_outcome"], row["simulated_seconds"], row["real_seconds"]) == ("", None, None)
