"""Each code of the catalog has a world, a page and a source; each of compute's own phrases is told by a job of some world."""

import pytest

from engine.catalog import CATALOG, Runbook
from engine.catalog_files import FOLDER
from tests.coverage.told import inner_texts, told


@pytest.mark.parametrize("runbook", CATALOG.runbooks, ids=lambda runbook: runbook.code)
def test_a_code_has_a_world_a_page_and_a_source(runbook: Runbook) -> None:
    worlds = {world for code in (runbook.code, *runbook.aliases) for world in told().get(code.casefold(), ())}
    assert worlds, f"no world tells of {runbook.code}"
    page = FOLDER / f"{runbook.code}.md"
    assert page.is_file(), f"{page} is missing: `make catalog`"
    assert runbook.source.startswith("https://") and f"<{runbook.source}>" in page.read_text("utf-8")


@pytest.mark.parametrize(("words", "code"), CATALOG.inner, ids=[words for words, _ in CATALOG.inner])
def test_a_phrase_of_computes_is_told_by_a_job_of_some_world_and_leads_to_its_code(words: str, code: str) -> None:
    saying = [text for text in inner_texts() if words.casefold() in text.casefold()]
    assert code in {CATALOG.inner_code([text]) for text in saying}, f"no job of a world says {words!r} and means {code}"
    assert CATALOG.find(code), f"{code} stands in no runbook"


def test_a_code_of_which_no_world_tells_is_missed() -> None:
    assert "usererrorquiescebrokerunreachable" in told(), (
        "what worlds announce is seen, whether the catalog knows it or not"
    )
    assert "usererrorthatnobodymade" not in told()
