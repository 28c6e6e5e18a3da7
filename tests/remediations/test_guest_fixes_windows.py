"""The fixes inside a Windows guest: each heals what it is for, finds nothing to do where all is well, and leaves no command behind."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from remediations.contract import Done, NotApplicable, NothingToDo
from remediations.guest.scripts import script
from sandbox.guest import name_of
from tests.remediations.stage import changes, follow, make_start

SYSTEM = {"id": "e8132975-6f93-4464-a53e-1050253ae220", "name": "System Writer", "state": 9}
BROKEN: dict[str, dict[str, Any]] = {
    "enable_provider_service": {"services": {"IaasVmProvider": "Stopped/Disabled"}},
    "restart_com_services": {"services": {"MSDTC": "Stopped/Automatic"}},
    "restart_vss_services": {"writers": {"failed": [SYSTEM]}},
}
ONE_RUN = ["run_command.write", "run_command.delete"]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    return make_start(tmp_path, monkeypatch)


@pytest.mark.parametrize("fix", BROKEN)
async def test_a_fix_heals_its_guest_once(start, fix):
    async with start({"os": "Windows", "guest": {"windows": BROKEN[fix]}}) as driver:
        assert isinstance(await follow(driver, fix), Done)
        assert changes(driver) == ONE_RUN and list(driver.box.model.run_commands) == []
        assert isinstance(await follow(driver, fix), NothingToDo)


@pytest.mark.parametrize("fix", BROKEN)
async def test_where_all_is_well_nothing_is_to_do(start, fix):
    async with start({"os": "Windows"}) as driver:
        assert isinstance(await follow(driver, fix), NothingToDo)


@pytest.mark.parametrize("fix", BROKEN)
async def test_a_fix_that_says_nothing_is_no_success(start, fix):
    mute = name_of(import_module(f"remediations.{fix}").SCRIPT.text)
    async with start({"os": "Windows", "guest": {"windows": BROKEN[fix], "mute": [mute]}}) as driver:
        told = await follow(driver, fix)
        assert isinstance(told, NotApplicable) and "empty" in told.reason


@pytest.mark.parametrize("fix", BROKEN)
def test_how_a_person_takes_it_back_is_on_record(fix):
    used = import_module(f"remediations.{fix}").SCRIPT
    assert used.undo and used == script(f"{fix}.ps1", undo=used.undo) and not used.reads_only
