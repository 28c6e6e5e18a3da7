"""The catalog's pages: whole, current, and found by every name of a code."""

import re
from pathlib import Path

import pytest

from engine.catalog import CATALOG, Runbook
from engine.catalog_facts import facts_asked
from engine.catalog_files import pages, write
from engine.catalog_pages import find_page, fix_page, fixes_of, near, page
from engine.catalog_undo import Undo, undone
from engine.causes.contract import CAUSES
from remediations.contract import REMEDIATIONS

FOLDER = Path(__file__).parents[2] / "docs/catalog"
NAMED = {name for runbook in CATALOG.runbooks for name in runbook.causes}
runbooks = pytest.mark.parametrize("runbook", CATALOG.runbooks, ids=lambda runbook: runbook.code)


def test_the_pages_are_current() -> None:
    """After a change: `make catalog`."""
    assert {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()} == pages()


@runbooks
def test_every_code_stands_on_its_page_with_its_other_names_its_causes_and_its_fixes(runbook: Runbook) -> None:
    text, index = pages()[f"{runbook.code}.md"], pages()["index.md"]
    for name in (runbook.code, *runbook.aliases):
        assert name in text and name in index, name
    for name in (*runbook.causes, *fixes_of(runbook)):
        assert f"`{name}`" in text, name
    order = [text.index(f"{number}. `{name}`") for number, name in enumerate(runbook.causes, 1)]
    assert order == sorted(order)
    assert runbook.guide in text and f"<{runbook.source}>" in text


def test_every_cause_and_every_fix_stands_in_the_index() -> None:
    index = pages()["index.md"]
    assert [name for name in (*CAUSES, *REMEDIATIONS) if f"| `{name}` |" not in index] == []


def test_every_cause_belongs_to_a_code() -> None:
    assert set(CAUSES) - NAMED == set()


SELF_HELP = "https://github.com/TheresaLui/SelfHelpContent_v2/blob/main/articles/microsoft.recoveryservices/"
"""A public copy of Microsoft's self-help articles, which alone name some codes."""


@runbooks
def test_every_code_names_its_source(runbook: Runbook) -> None:
    assert runbook.source.startswith(("https://learn.microsoft.com/", SELF_HELP))


@runbooks
def test_every_code_makes_a_files_name(runbook: Runbook) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]+", runbook.code)


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_cause_says_what_it_means_in_one_sentence(name: str) -> None:
    assert re.fullmatch(r"[A-Z].{15,}\.", CAUSES[name].meaning), CAUSES[name].meaning


@runbooks
def test_a_page_is_found_by_every_name_in_any_spelling(runbook: Runbook) -> None:
    for name in (runbook.code, *runbook.aliases):
        for spelled in (name, name.upper(), f" {name.lower()} "):
            assert find_page(spelled) == page(runbook)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("UserErrorRpColectionLimitReached", "UserErrorRpCollectionLimitReached"),
        ("usererrorguestagentstatusunavailabl", "UserErrorGuestAgentStatusUnavailable"),
        ("1073871852", "1073871825"),
    ],
)
def test_a_code_that_is_nearly_known_is_offered(asked: str, meant: str) -> None:
    assert find_page(asked) is None
    assert near(asked)[0] == meant


@pytest.mark.parametrize("asked", ["", "?", "x" * 100_000])
def test_nothing_is_offered_for_what_is_like_no_code(asked: str) -> None:
    assert (find_page(asked), near(asked)) == (None, [])


def test_a_cause_tells_the_facts_that_it_asks_for_itself_and_through_what_it_shares_with_others() -> None:
    assert facts_asked("machine_offline") == ("machine",)
    assert facts_asked("guest_agent_not_ready") == ("machine", "policy")
    assert facts_asked("machine_gone") == ("item", "machine", "collections", "recovery_points")
    assert facts_asked("backup_group_locked")[-2:] == ("policy", "own_collection"), "through `overdue`"


@pytest.mark.parametrize("name", sorted(CAUSES))
def test_every_cause_asks_for_some_fact(name: str) -> None:
    assert facts_asked(name)


def test_a_lifted_lock_is_returned_by_the_engine_and_a_snapshot_by_nobody() -> None:
    assert [one["undo"] for one in fix_page("remove_backup_group_locks")["undo"]] == [Undo.ENGINE, Undo.NOBODY]
    assert {one["undo"] for one in fix_page("delete_restore_point_collection")["undo"]} == {Undo.IMPOSSIBLE}


@pytest.mark.parametrize("name", sorted(REMEDIATIONS))
def test_of_every_write_it_is_on_record_who_takes_it_back(name: str) -> None:
    """A new kind of write gets its line in engine/catalog_undo.py."""
    assert [one.action for one in undone(REMEDIATIONS[name]) if one.undo is Undo.UNKNOWN] == []


def test_the_page_of_a_code_that_is_gone_goes_too(tmp_path: Path) -> None:
    (tmp_path / "UserErrorOfOld.md").write_text("old")
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(pages())
