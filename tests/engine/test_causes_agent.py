"""An agent that does not answer: the network is asked before the machine is touched, and a machine that starts is waited for."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES
from engine.diagnose import UNKNOWN, Diagnosis, diagnose
from gateway.arm.errors import Busy
from remediations.facts import Facts
from tests.engine.driver import Driver, driving

CLOSED = [{"name": "deny-all-out", "priority": 4000}]
DOUBTFUL = [{"name": "deny-a-partner", "priority": 300, "destination": "203.0.113.0/24"}]
CODES = (
    "UserErrorGuestAgentStatusUnavailable",
    "GuestAgentSnapshotTaskStatusError",
    "ExtensionOperationFailedForManagedDisks",
    "BackUpOperationFailed",
    "UserErrorCrpReportedUserError",
)
NETWORK = re.compile(r"/providers/Microsoft\.Network/", re.I)


def world(code: str = CODES[0], **machine: Any) -> dict[str, Any]:
    return {"name": "agent", "title": "t", "machine": [{"name": "web-01", **machine, "failure": {"code": code}}]}


def facts(driver: Driver) -> Facts:
    return Facts(driver.engine.reads, driver.world["cases"][0]["item"], driver.box.now, driver.engine.leases.out_of)


async def named(driver: Driver) -> Diagnosis:
    return await diagnose(facts(driver), driver.world["cases"][0]["code"])


def asked_of_networks(driver: Driver) -> int:
    return sum(bool(NETWORK.search(r["path"])) for r in driver.box.requests())


@pytest.mark.parametrize("code", CODES)
async def test_a_closed_network_is_named_before_the_machine_is_touched(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(code, agent="Not Ready", network_rules=CLOSED), tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        assert (case.cause, case.outcome) == ("agent_cut_off", "needs a person") and not driver.box.changes()
        assert "Not Ready, and web-01 cannot reach Storage.westeurope" in case.ending["reason"]
        assert "az network nsg rule create" in case.ending["instructions"]
        asked = [r for r in driver.box.requests() if not r["path"].startswith("/msi")]
        assert len(asked) <= 12, [r["path"] for r in asked]


async def test_whether_a_rule_is_meant_for_storage_is_not_guessed_nor_is_the_machine_restarted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(agent="Not Ready", network_rules=DOUBTFUL), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and found.verdicts[-1][0] == "agent_cut_off"
        assert "deny-a-partner" in found.verdict.reason


@pytest.mark.parametrize("code", CODES[:4])
@pytest.mark.parametrize("machine", [{"power": "deallocated"}, {"power": "stopped"}, {"snapshot_extension": "Failed"}])
async def test_no_network_is_read_for_a_machine_that_is_off_or_whose_agent_answers(
    code: str, machine: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(code, network_rules=CLOSED, **machine), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert dict(found.verdicts)["agent_cut_off"].says == "ruled out"
        assert asked_of_networks(driver) == 0


async def test_an_agent_that_only_starts_is_waited_for_and_nobody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("agent_starting", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        assert {c["kind"] for c in driver.box.changes()} <= {"backup.trigger", "alert.close"}
        said = [note["text"] for note in case.timeline if note["event"] == "trouble"]
        assert len(said) == 1 and "started or changed 0 minutes ago" in said[0], said


async def test_an_agent_that_stays_silent_is_silent_once_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(agent_after=600), tmp_path, monkeypatch) as driver:
        with pytest.raises(Busy) as raised:
            await CAUSES["guest_agent_not_ready"].examine(facts(driver))
        assert raised.value.delay == 900
        await driver.box.advance(driver.box.now + timedelta(minutes=15))
        assert (await CAUSES["guest_agent_not_ready"].examine(facts(driver))).says == "confirmed"


async def test_a_machine_that_failed_without_an_extension_is_reapplied_and_the_platforms_own_word_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("provisioning_failed", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        cases = {case.machine: case for case in await driver.run()}
        done = [
            (c["kind"], c["id"].casefold().rpartition("/")[2])
            for c in driver.box.changes()
            if c["kind"] != "alert.close"
        ]
        assert ("vm.reapply", "web-01") in done and ("vm.reapply", "web-02") in done
        assert [kind for kind, _ in done].count("backup.trigger") == 1
        left = cases["web-02"].ending["instructions"]
        assert "az vm reapply --ids" in left and "az monitor activity-log list" in left
        assert "processing the network profile" in str(cases["web-02"].diagnosis["verdicts"])


@pytest.mark.parametrize(
    ("machine", "why"),
    [({"snapshot_extension": "Failed"}, "the extension VMSnapshot left web-01 Failed"), ({}, "web-01 is Succeeded")],
)
async def test_a_failed_extension_is_to_blame_before_the_platform_is(
    machine: dict[str, Any], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(**machine), tmp_path, monkeypatch) as driver:
        found = await CAUSES["provisioning_failed"].examine(facts(driver))
        assert (found.says, found.reason) == ("ruled out", why)


@pytest.mark.parametrize(
    ("size", "told"), [("Standard_D2s_v5", "az vm deallocate --ids"), ("Standard_D2ds_v5", "az vm stop --ids")]
)
async def test_nobody_is_told_to_deallocate_a_machine_that_would_lose_a_disk(
    size: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(agent="Not Ready", size=size), tmp_path, monkeypatch) as driver:
        said = (await named(driver)).verdict.instructions
        assert told in said and ("never `az vm deallocate`: the local disk of the size" in said) == (
            told == "az vm stop --ids"
        )
        assert said.count("az vm deallocate --ids") == (size == "Standard_D2s_v5")


@pytest.mark.parametrize("world", ["agent_restart", "agent_redeploy"])
async def test_who_is_asked_about_a_restart_hears_that_it_may_start_what_was_shut_down(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        asked = [note["text"] for note in case.timeline if note["event"] == "asks"]
        assert asked and all("shut down from inside" in text for text in asked), asked


async def test_a_classic_machine_is_told_as_such_and_not_called_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("classic_machine", tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == "classic_machine" and "ProvisionGuestAgent" in found.verdict.instructions
        assert not [r for r in driver.box.requests() if "Compute/" in r["path"]], (
            "no machine is asked for where there is none"
        )
    (other := tmp_path / "other").mkdir()
    async with driving(world(agent="Not Ready"), other, monkeypatch) as driver:
        assert (await CAUSES["classic_machine"].examine(facts(driver))).says == "ruled out"
