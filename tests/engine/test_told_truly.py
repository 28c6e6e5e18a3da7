"""What the engineer on call reads is true: what was only asked for, what would be lost, who gives a lock back, what failed first."""

from pathlib import Path
from typing import Any

import pytest

from engine import outcomes
from engine.case import Case
from engine.evidence import page as evidence_page
from engine.evidence.gather import evidence_of
from engine.evidence.page import page
from tests.engine.driver import Driver, driving


async def played(driver: Driver) -> list[Case]:
    await driver.announce_all()
    return await driver.run()


async def the_page(driver: Driver, case: Case) -> str:
    found = await evidence_of(driver.engine, case.id)
    assert found is not None
    return page(found)


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda world, **more: driving(world, tmp_path, monkeypatch, **more)


async def test_a_deletion_that_never_came_about_is_told_as_asked_for(on: Any) -> None:
    async with on("disk_access") as driver:
        [case] = await played(driver)
        assert "asked Azure 3 times to delete AzureBackup_" in case.ending["summary"]
        assert "deleted" not in case.ending["summary"].partition("Done: ")[2].partition(". Result")[0]
        told = case.ending["instructions"]
        assert "`az restore-point delete -g AzureBackupRG_" in told and "more overdue point(s) were not tried" in told


async def test_before_a_whole_collection_goes_it_is_said_what_would_be_lost_for_good(on: Any) -> None:
    async with on("whole_collection_refused") as driver:
        [case] = await played(driver)
        assert "18 of 18 have no copy in the vault" in case.plan["asks"]
        assert case.ending["instructions"].startswith("Nothing was deleted. ")
        assert "would be lost for good" in case.ending["instructions"]


async def test_a_lock_that_another_case_gives_back_is_told_so(on: Any) -> None:
    async with on("shared_group") as driver:
        cases = await played(driver)
        [lent] = [case for case in cases if case.ending.get("lent_on")]
        [other] = [case for case in cases if case.id != lent.id]
        assert f"is given back with case {other.id}" in lent.ending["summary"]
        assert "returned the lock" in other.ending["summary"]


async def test_a_case_that_followed_another_failure_tells_both(on: Any) -> None:
    async with on("two_causes") as driver:
        [case] = await played(driver)
        told = case.ending["summary"]
        assert told.index("UserErrorVmProvisioningStateFailed") < told.index("snapshot_extension_failed")
        assert told.index("snapshot_extension_failed") < told.index("backup_group_locked")
        assert "First with UserErrorVmProvisioningStateFailed" in await the_page(driver, case)


async def test_an_incident_names_its_machines_and_where_to_look(on: Any) -> None:
    async with on("region_incident") as driver:
        await driver.announce_all()
        for _ in range(120):
            await driver.turn()
        [incident] = [c for c in await driver.engine.cases.newest(driver.box.now, 90, 1000) if c.kind]
        assert len(incident.diagnosis["items"]) > 10 and "Machines: vm-0" in incident.timeline[0]["text"], (
            incident.timeline[0]
        )
        shown = await the_page(driver, incident)
        assert "Azure Service Health" in shown


def test_every_kind_of_change_has_words_of_its_own_in_the_summary_and_on_the_page() -> None:
    assert set(outcomes._WORDS) == set(evidence_page._CHANGES)


async def test_a_script_is_told_by_its_name(on: Any) -> None:
    async with on("vss_writers_failed") as driver:
        [case] = await played(driver)
        assert "ran the script(s) restart_vss_services in the guest" in case.ending["summary"]
