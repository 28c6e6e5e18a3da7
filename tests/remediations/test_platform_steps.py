"""Reapply, restart, redeploy: mildest first, only while the machine ails, never on one that is off, and no local disk is lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.arm.model import Disk, Machine
from remediations.contract import Done, NeedsApproval, NotApplicable, NothingToDo, TryLater
from remediations.platform.on_the_host import on_the_host
from sandbox.arm.faults import parse_faults
from tests.remediations.stage import call, changes, follow, make_start

STEPS = ["reapply_machine", "restart_machine", "redeploy_machine"]
VERB = {step: step.partition("_")[0] for step in STEPS}
AGREED = {"params": {"agreed": True}}


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    return make_start(tmp_path, monkeypatch)


def hung(step: str) -> dict[str, object]:
    return {"agent": "Not Ready", "guest": {"agent_back_by": VERB[step]}}


@pytest.mark.parametrize("step", STEPS)
async def test_a_machine_that_is_well_is_left_alone(start, step):
    async with start() as driver:
        assert isinstance(await call(driver, step, **AGREED), NothingToDo) and changes(driver) == []


@pytest.mark.parametrize("step", STEPS)
async def test_the_step_that_helps_is_taken_once_and_called_done_only_when_the_agent_answers(start, step):
    async with start(hung(step)) as driver:
        assert isinstance(await follow(driver, step, **AGREED), Done)
        assert changes(driver) == [f"vm.{VERB[step]}"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_does_not_help_is_not_taken_twice(start, step):
    async with start({"agent": "Not Ready"}) as driver:
        result = await follow(driver, step, **AGREED)
        assert isinstance(result, NotApplicable) and "20 minutes after" in result.reason
        assert changes(driver) == [f"vm.{VERB[step]}"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_machine_that_is_off_is_never_started(start, step):
    async with start({"agent": "Not Ready", "power": "deallocated"}) as driver:
        result = await call(driver, step, **AGREED)
        assert isinstance(result, NotApplicable) and "never started" in result.reason and changes(driver) == []


@pytest.mark.parametrize("step", STEPS)
async def test_while_a_backup_runs_the_machine_is_left_alone(start, step):
    async with start({"agent": "Not Ready", "still_running": True}) as driver:
        await driver.box.advance(driver.box.now + timedelta(minutes=2))
        assert isinstance(await call(driver, step, **AGREED), TryLater) and changes(driver) == []


@pytest.mark.parametrize("step", STEPS[1:])
async def test_restart_and_redeployment_are_always_a_persons_decision(start, step):
    async with start(hung(step)) as driver:
        asked = await call(driver, step)
        assert isinstance(asked, NeedsApproval) and asked.params == {"agreed": True} and changes(driver) == []
        assert [touched.rpartition("/")[2] for touched in asked.touches] == ["web-01"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lost", ["500", "drop"])
async def test_a_step_whose_request_never_arrived_is_asked_for_again_once_the_log_shows_it(start, step, lost):
    async with start(hung(step)) as driver:
        driver.box.pipeline.options.faults = parse_faults([{"kind": lost, "path_contains": f"/{VERB[step]}"}])
        since = driver.box.now
        with pytest.raises(Exception, match=VERB[step]):
            await call(driver, step, **AGREED)
        await driver.box.advance(since + timedelta(minutes=19))
        assert isinstance(await call(driver, step, since=since, **AGREED), TryLater) and changes(driver) == []
        assert isinstance(await follow(driver, step, since=since, **AGREED), Done)
        assert changes(driver) == [f"vm.{VERB[step]}"]


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_whose_answer_alone_was_lost_is_not_taken_twice(start, step):
    async with start({"agent": "Not Ready"}) as driver:
        fault = {"kind": "drop_after", "path_contains": f"/{VERB[step]}"}
        driver.box.pipeline.options.faults = parse_faults([fault])
        since = driver.box.now
        with pytest.raises(Exception, match=VERB[step]):
            await call(driver, step, **AGREED)
        driver.box.pipeline.options.faults = ()
        assert isinstance(await follow(driver, step, since=since, **AGREED), NotApplicable)
        assert changes(driver) == [f"vm.{VERB[step]}"]


@pytest.mark.parametrize(
    ("size", "lost"),
    [
        ("Standard_D2s_v5", False),
        ("Standard_E16-4as_v5", False),
        ("Standard_E104is_v5", False),
        ("Standard_F8s_v4", False),
        ("Standard_D2ds_v5", True),
        ("Standard_E4bds_v5", True),
        ("Standard_D2s_v3", True),
        ("Standard_DS1_v2", True),
        ("Standard_B2ms", True),
        ("Standard_L8s_v4", True),
        ("Standard_NC4as_T4_v3", True),
        ("Standard_M64s_v5", True),
        ("Basic_A1", True),
        ("", True),
    ],
)
def test_only_a_size_that_is_known_to_have_no_local_disk_may_be_redeployed(size: str, lost: bool) -> None:
    assert bool(on_the_host(_machine(size))) is lost


def test_an_ephemeral_disk_is_never_lost() -> None:
    assert "ephemeral disk os" in on_the_host(_machine("Standard_D2s_v5", Disk("os", "", None, 30, ephemeral=True)))


async def test_a_machine_with_a_local_disk_is_not_redeployed_though_a_person_agreed(start):
    async with start({**hung("redeploy_machine"), "size": "Standard_D2ds_v5"}) as driver:
        result = await call(driver, "redeploy_machine", **AGREED)
        assert isinstance(result, NotApplicable) and "would be lost" in result.reason and changes(driver) == []


def _machine(size: str, *disks: Disk) -> Machine:
    return Machine("/vm", "vm", "", "", "Linux", "Succeeded", "running", False, "", "", size=size, disks=disks)
