"""A look inside the guest: never where nothing may be written, asked for like any change, and nothing of it stays behind."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.evidence.gather import evidence_of
from engine.switch import set_switch
from tests.engine.driver import Driver, driving, ended

ASKS = '[modes]\nguest = "approve"\nbackup = "auto"\n'


def commands(driver: Driver) -> list[str]:
    return [command.name for command in driver.box.model.run_commands]


async def until_a_script_runs(driver: Driver) -> None:
    await driver.announce_all()
    while not commands(driver):
        await driver.turn()


def kinds(driver: Driver) -> list[str]:
    return [change["kind"] for change in driver.box.changes()]


async def test_a_look_inside_names_the_cause_and_leaves_nothing_on_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("agent_options", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        assert ended([case]) == driver.declared() and commands(driver) == []
        assert kinds(driver) == [*["run_command.write", "run_command.delete"] * 2, "backup.trigger"]
        assert case.guest["document"]["options"]["Extensions.Enable"] == "n"
        found = await evidence_of(driver.engine, case.id)
        assert found is not None
        told = {change["kind"]: change["undo"] for change in found["changes"]}
        assert "it only read" in told["guest.probe"] and "waagent.conf" in told["guest.run"]


async def test_the_look_and_the_fix_are_each_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("agent_options", tmp_path, monkeypatch, policy=ASKS) as driver:
        await driver.announce_all()
        asked = []
        while driver.runs.due:
            await driver.turn()
            for claim in await driver.engine.cases.open_claims():
                got = await driver.engine.cases.get(claim.case_id)
                if got and got[0].phase == "ask":
                    asked.append([step["fix"] for step in got[0].plan["steps"]])
                    await driver.decide(got[0], "approve")
        assert asked == [["probe_guest"], ["set_agent_options", "trigger_backup"]]
        [case] = await driver.engine.cases.newest(driver.box.now, 90, 10)
        assert case.outcome == "remediated"
        assert not any("The facts changed" in note["text"] for note in case.timeline)


async def test_who_refuses_the_look_is_told_what_to_do_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("agent_options", tmp_path, monkeypatch, policy=ASKS) as driver:
        await driver.announce_all()
        while (got := await driver.engine.cases.get((await driver.engine.cases.open_claims())[0].case_id)) and got[
            0
        ].phase != "ask":
            await driver.turn()
        assert got
        await driver.decide(got[0], "reject")
        [case] = await driver.run()
        assert (case.cause, case.outcome, kinds(driver)) == ("unknown", "needs a person", [])
        assert "/etc/waagent.conf" in case.ending["instructions"]


async def test_a_look_that_is_under_way_when_changes_are_switched_off_is_tidied_up_once_they_are_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("agent_options", tmp_path, monkeypatch) as driver:
        await until_a_script_runs(driver)
        await set_switch(driver.engine.rows, "off", "Ada on call", "a change freeze", driver.box.now)
        until = driver.box.now + timedelta(hours=2)
        while driver.box.now < until:
            await driver.turn()
        assert kinds(driver) == ["run_command.write"] and commands(driver)
        await set_switch(driver.engine.rows, "on", "Ada on call", "it is over", driver.box.now)
        [case] = await driver.run()
        assert case.outcome == "remediated" and commands(driver) == []


async def test_a_command_that_its_case_left_behind_is_removed_before_the_case_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("agent_options", tmp_path, monkeypatch) as driver:
        await until_a_script_runs(driver)
        [claim] = await driver.engine.cases.open_claims()
        got = await driver.engine.cases.get(claim.case_id)
        assert got
        case, row = got
        case.end(driver.box.now, "gave up", "for a test")
        await driver.engine.cases.save(case, row)
        [closed] = await driver.run()
        assert closed.outcome == "gave up" and commands(driver) == []


async def test_a_machine_whose_agent_died_meanwhile_gives_an_honest_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("agent_options", tmp_path, monkeypatch) as driver:
        await until_a_script_runs(driver)
        [machine] = list(driver.box.model.machines)
        driver.box.model.machines.put(machine.__class__(**{**_fields(machine), "agent": "Not Ready"}))
        [case] = await driver.run()
        assert case.cause in ("unknown", "guest_agent_not_ready") and case.outcome == "needs a person"
        assert "set_agent_options" not in {step["fix"] for step in case.plan.get("steps", ())}


def _fields(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}  # type: ignore[attr-defined]
