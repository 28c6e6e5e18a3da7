"""The report tells what is missing and what is wrong, and its rows and the worlds' own claims fit together."""

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.world_files import declared, names
from tests.coverage import report
from tests.coverage.judge import MOST_READS, NO_CODE, NO_TEXT, NO_WORLD, Judged, judge
from tests.coverage.play import Played, play
from tests.coverage.rows import BadRow, Row, read_rows, rows

LOCK, FILES, CODE = Row("C1", "A lock", "world"), Row("B3", "Files", "guide", (), ("waagent", ".xml")), "UserErrorNew"
RIGHT = Played("locked", ("C1",), (f"{CODE} ",), ("backup_group_locked",), ("lift", "back_up"), ())
WRONG = Played("locked_too", ("C1",), (), ("unknown",), (), (), trouble="web-01 ended otherwise")


def judged(*worlds: Played, guide: str = "") -> Judged:
    return judge([LOCK, FILES], worlds, [guide])


def text_of(found: Judged) -> str:
    return "\n".join(report.told(found))


def test_a_row_without_a_world_is_told() -> None:
    found = judged()
    assert [line.why for line in found.lines] == [NO_WORLD, NO_TEXT]
    assert (found.rows, found.covered, found.verified, found.whole) == (2, 0, 0, False)
    assert re.search(rf"^C1 A lock +- +- +- +no: {NO_WORLD}$", text_of(found), re.MULTILINE)
    assert "rows covered: 0 of 2 (0 %)" in text_of(found)


def test_a_row_whose_world_ended_as_declared_is_verified() -> None:
    found = judged(RIGHT, guide="Remove waagent/*.xml")
    assert (found.covered, found.verified, found.right, found.whole) == (2, 2, 1, True)
    assert re.search(r"^C1 A lock +locked +backup_group_locked +lift > back_up +yes$", text_of(found), re.MULTILINE)
    assert text_of(found).endswith("verified: 2 of 2 (100 %)\nworlds answered right: 1 of 1 (100 %)")


def test_a_wrong_ending_is_told_and_spoils_the_row_though_another_world_of_it_is_right() -> None:
    found = judged(RIGHT, WRONG, guide="waagent .xml")
    assert (found.covered, found.verified, found.right, found.whole) == (2, 1, 1, False)
    assert "locked_too: web-01 ended otherwise" in text_of(found)
    assert re.search(r"^C1 A lock +locked_too +unknown +guide +no$", text_of(found), re.MULTILINE)


def test_a_world_that_tells_of_another_code_is_no_example_of_the_row() -> None:
    for code, why in ((CODE.upper(), ""), ("UserErrorOther", NO_CODE)):
        (line,) = judge([Row("C1", "A lock", "world", (code,))], [RIGHT], []).lines
        assert line.why == why


@pytest.mark.parametrize(("text", "verified"), [("waagent and .xml", 1), ("waagent alone", 0)])
def test_a_guides_row_asks_for_one_text_that_holds_all_its_words(text: str, verified: int) -> None:
    by_guide = judge([FILES], [], [text, ".json"])
    by_world = judge([FILES], [Played("w", (), instructions=(text,))], [])
    of_a_wrong_world = judge([FILES], [Played("w", (), instructions=(text,), trouble="wrong")], [])
    assert (by_guide.verified, by_world.verified, of_a_wrong_world.verified) == (verified, verified, 0)


def test_a_costly_diagnosis_and_a_claim_on_no_row_are_named_and_spoil_the_whole() -> None:
    costly = Played("slow", (), diagnosis=MOST_READS + 1)
    found = judged(RIGHT, costly, guide="waagent .xml")
    assert "slow: 13 reads in one diagnosis, more than 12" in text_of(found) and not found.whole
    found = judged(RIGHT, Played("odd", ("Z9",)), guide="waagent .xml")
    assert "odd covers 'Z9', which is no row" in text_of(found) and not found.whole


def test_what_is_read_over_several_diagnoses_or_while_a_script_is_waited_for_makes_no_world_costly() -> None:
    long = Played("long", (), first=MOST_READS, named=40, diagnosis=MOST_READS, polls=90)
    found = judged(RIGHT, long, guide="waagent .xml")
    assert found.whole and re.search(r"^long +12 +40 +12 +90 +0 +yes$", text_of(found), re.MULTILINE)


def test_less_than_all_is_never_a_hundred_percent() -> None:
    found = judge([LOCK], [Played(f"w{n}", ()) for n in range(999)] + [WRONG], [])
    assert "worlds answered right: 999 of 1000 (99 %)" in text_of(found)


@pytest.mark.parametrize(
    "wrong",
    [
        'id = "A1"\ntitle = "t"\nhow = "wold"',
        'id = "A1"\ntitle = "t"\nhow = "guide"',
        'id = "A1"\ntitle = "t"\nhow = "world"\nsays = ["x"]',
        'id = "A1"\ntitle = "t"\nhow = "world"\nsay = ["x"]',
        'id = "A1"\ntitle = "t"\nhow = "world"\n[[row]]\nid = "a1"\ntitle = "t"\nhow = "world"',
    ],
)
def test_a_row_that_makes_no_sense_is_named(wrong: str) -> None:
    with pytest.raises(BadRow, match=r"the row [aA]1"):
        read_rows(f"[[row]]\n{wrong}\n")


def test_every_section_of_the_guidance_has_its_rows() -> None:
    ids = [row.id for row in rows()]
    numbered = {part: [f"{part}{n}" for n in range(1, last + 1)] for part, last in (("A", 14), ("B", 11), ("C", 6))}
    assert [row for listed in (*numbered.values(), ["F1", "F2", "F3", "F4"]) for row in listed if row not in ids] == []
    assert {row.id for row in rows() if row.how == "guide"} == {"B3", "B9", "B10", "A9-1023"}


@pytest.mark.parametrize("world", names())
def test_a_world_covers_only_rows_that_there_are(world: str) -> None:
    covers = declared(world)[1].get("covers", [])
    assert set(covers) - {row.id for row in rows()} == set()
    assert len(covers) == len(set(covers))


def test_every_row_has_a_world_that_tells_of_its_code() -> None:
    """Whether each world ends as it declares is asked of every world by tests/engine/test_worlds.py."""
    worlds = [Played(name, tuple(d.get("covers", ())), _codes(d)) for name in names() for d in [declared(name)[1]]]
    found = judge([row for row in rows() if row.how == "world"], worlds, [])
    assert [f"{line.row.id} {line.world}: {line.why}" for line in found.lines if line.why] == []


def _codes(world: dict[str, Any]) -> tuple[str, ...]:
    failures = [machine.get("failure", {}) for machine in world["machine"]]
    return tuple(f"{failure.get('code', '')} {failure.get('text', '')}" for failure in failures)


def test_a_world_is_played_to_its_end_and_its_diagnosis_counted() -> None:
    told = play("locked_group")
    assert (told.causes, told.trouble) == (("backup_group_locked",), "")
    assert told.fixes[:2] == ("remove_backup_group_locks", "trigger_backup")
    assert 0 < told.first == told.named == told.diagnosis <= MOST_READS
    assert (told.seconds, told.polls) == (0, 0)
    assert "C1" in told.covers


def test_reads_are_counted_until_the_plan_and_not_beyond() -> None:
    """The world that is mended and proven reads on for long after its plan; the one without a fix ends there."""
    mended, told = play("extension_failed"), play("unknown_code")
    assert mended.causes == ("snapshot_extension_failed",) and mended.named < told.named


def test_a_look_inside_the_guest_counts_neither_as_the_naming_of_the_cause_nor_as_free() -> None:
    told = play("disk_full")
    assert told.trouble == "" and told.polls > 0
    assert told.diagnosis <= told.first < told.named, "the second diagnosis reads too"


@pytest.mark.parametrize(
    ("cause", "trouble"),
    [
        ("machine_gone", "web-01 is declared as machine_gone, remediated and ended as snapshot_extension_failed"),
        ("snapshot_extension_failed", ""),
    ],
)
def test_a_world_that_ends_otherwise_than_declared_says_how(tmp_path: Path, cause: str, trouble: str) -> None:
    (tmp_path / "odd.toml").write_text(
        'title = "for a test"\n[[machine]]\nname = "web-01"\nsnapshot_extension = "Failed"\n'
        'failure = { code = "UserErrorVmProvisioningStateFailed" }\n'
        f'expect = {{ cause = "{cause}", outcome = "remediated" }}\n'
    )
    told = play(str(tmp_path / "odd.toml"))
    assert told.trouble.startswith(trouble) and bool(told.trouble) == bool(trouble)


def test_a_world_that_cannot_be_played_is_told_and_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text('title = "for a test"\n[[machine]]\nname = "web-01"\ncolour = "red"\n')
    assert "unknown key 'colour'" in play(str(tmp_path / "odd.toml")).trouble


@pytest.mark.parametrize(("given", "answer"), [([], 0), (["--strict"], 1)])
def test_only_a_strict_report_fails_below_a_hundred_percent(
    given: list[str], answer: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.main(["--worlds", "unknown_code", *given]) == answer
    assert "worlds answered right: 1 of 1 (100 %)" in capsys.readouterr().out
