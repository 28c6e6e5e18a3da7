"""The look inside the guest: once, only where an agent answers and nothing runs, found again after a crash, never half believed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.changes import OutsideFence
from remediations.contract import Learned, TryLater
from remediations.facts import Unknown
from remediations.facts.guest_report import END, document, probe_report
from remediations.guest.scripts import PREFIX, probe_for, script
from tests.engine.driver import Driver
from tests.remediations.stage import call, changes, follow, make_start, scene, writes


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    return make_start(tmp_path, monkeypatch)


def commands(driver: Driver) -> list[str]:
    return [command.name for command in driver.box.model.run_commands]


@pytest.mark.parametrize("os", ["Linux", "Windows"])
async def test_the_document_of_a_probe_is_learned_and_its_command_removed(start, os):
    async with start({"os": os}) as driver:
        told = await follow(driver, "probe_guest")
        assert isinstance(told, Learned) and told.probed["document"]["os"] == os
        assert changes(driver) == ["run_command.write", "run_command.delete"] and commands(driver) == []


async def test_a_turn_that_remembers_nothing_finds_the_command_again_and_makes_no_second_one(start):
    async with start({"os": "Linux"}) as driver:
        since = driver.box.now
        for _ in range(4):  # a crash after each call: the memo is lost
            assert isinstance(await call(driver, "probe_guest", since=since), TryLater)
            await driver.box.advance(driver.box.now + timedelta(seconds=30))
        assert changes(driver) == ["run_command.write"]
        assert isinstance(await follow(driver, "probe_guest", since=since), Learned)
        assert changes(driver) == ["run_command.write", "run_command.delete"]


@pytest.mark.parametrize("machine", [{"agent": "Not Ready"}, {"power": "deallocated"}])
async def test_where_no_agent_answers_nothing_is_sent_and_that_is_said(start, machine):
    async with start({"os": "Linux", **machine}) as driver:
        told = await call(driver, "probe_guest")
        assert isinstance(told, Learned) and "nothing can run in its guest" in told.probed["unreadable"]
        assert writes(driver, "PUT", "/runCommands/") == 0


async def test_while_a_backup_runs_the_guest_is_left_alone(start):
    async with start({"os": "Linux", "still_running": True}) as driver:
        await driver.box.advance(driver.box.now + timedelta(minutes=2))
        told = await call(driver, "probe_guest")
        assert isinstance(told, TryLater) and "is running" in told.reason and changes(driver) == []


async def test_a_script_that_says_nothing_leaves_the_guest_unknown(start, monkeypatch):
    async with start({"os": "Linux"}) as driver:
        monkeypatch.setattr("sandbox.guest.probe_document", lambda guest, os, now: "")
        told = await follow(driver, "probe_guest")
        assert isinstance(told, Learned) and "empty (the script ended Succeeded" in told.probed["unreadable"]
        assert commands(driver) == []


async def test_a_command_that_is_not_ours_is_never_removed_and_none_is_made_under_a_foreign_name(start):
    async with start({"os": "Linux"}) as driver:
        at = scene(driver)
        await call(driver, "probe_guest")
        [ours] = commands(driver)
        command = await at.facts.run_command(ours)
        assert command is not None and command.name.startswith(PREFIX)
        for foreign in (
            replace(command, name="backup-agent-check", id=command.id.replace(ours, "backup-agent-check")),
            replace(command, id=command.id.replace("web-01", "web-010")),
        ):
            with pytest.raises(OutsideFence):
                await at.changes.remove_run_command(foreign)
        for name in (
            "backup-agent-check",
            f"{PREFIX}x/../../extensions/AADLogin",
            f"{PREFIX}x/y",
            PREFIX,
            f"{PREFIX}ſ",
        ):
            with pytest.raises(OutsideFence):
                await at.changes.run_in_guest(probe_for("Linux"), name)
        probe = probe_for("Linux")
        tampered = replace(probe, text=probe.text + "rm -rf /\n")
        milder = replace(script("set_agent_options.sh"), reads_only=True)
        for bad in (tampered, milder, replace(probe, name="../scripts/probe.sh")):
            with pytest.raises(OutsideFence):
                await at.changes.run_in_guest(bad, ours)
        assert changes(driver) == ["run_command.write"]


def test_a_document_that_is_cut_anywhere_says_nothing():
    whole = f'{{"probe":1,"os":"Linux","at":"x","agent":{{"state":"running"}},"end":"{END}"}}'
    assert probe_report(document(f"a line of noise\n{whole}\n")).section("agent") == {"state": "running"}
    for cut in range(len(whole)):
        with pytest.raises(Unknown):
            document(whole[:cut])
        with pytest.raises(Unknown):
            document(whole[cut + 1 :])


def test_a_document_of_another_version_and_a_missing_part_are_unknown():
    with pytest.raises(Unknown, match="version 2"):
        probe_report({"probe": 2, "end": END})
    report = probe_report({"probe": 1, "agent": {"state": None}, "end": END})
    with pytest.raises(Unknown, match="nothing about disks"):
        report.section("disks")
    with pytest.raises(Unknown, match="nothing about state"):
        report.value("agent", "state")
