"""The clock and the sandbox's own surface."""

import asyncio
from datetime import UTC, datetime, timedelta

from sandbox_arm import Arm, World, one_machine, webhook

from sandbox import Sandbox


async def test_the_clock_stands_still_between_calls_and_moves_only_forward(world: World) -> None:
    arm = await world(one_machine())
    clock = await arm.get("/_sandbox/clock")
    assert clock == {"now": "2026-03-02T02:30:00+00:00", "next_event": "2026-03-03T02:00:00+00:00"}
    await arm("POST", "/_sandbox/clock", {"to": "2026-03-02T05:00:00Z"})
    back = await arm("POST", "/_sandbox/clock", {"to": "2026-03-02T03:00:00+00:00"})
    assert back.body["now"] == "2026-03-02T05:00:00+00:00"


async def test_events_run_in_order_each_at_its_own_instant(world: World) -> None:
    arm = await world(one_machine())
    await arm.box.advance(timedelta(days=2))
    jobs = sorted((j for j in arm.box.model.jobs if j.start.day in (3, 4)), key=lambda j: j.start)
    assert [f"{job.start:%d %H:%M}" for job in jobs] == ["03 02:00", "04 02:00"]
    assert all(timedelta(minutes=41) < job.end - job.start < timedelta(minutes=42) for job in jobs if job.end)
    assert arm.box.now == datetime(2026, 3, 4, 2, 30, tzinfo=UTC)


async def test_with_a_time_scale_the_clock_runs_by_itself(world: World) -> None:
    arm = await world(one_machine(), time_scale=100_000)
    ended = asyncio.Event()
    arm.box.model.jobs.watcher = lambda key, job: ended.set() if job and job.end and job.start.day == 3 else None
    async with asyncio.timeout(10):
        await ended.wait()


async def test_the_world_tells_its_cases(world: World) -> None:
    arm = await world("shared_group")
    told = await arm.get("/_sandbox/world")
    assert [case["machine"] for case in told["cases"]] == ["app-01", "app-02"]
    assert told["cases"][0] == {
        "machine": "app-01",
        "item": arm.item,
        "trigger": "alert",
        "code": "UserErrorRpCollectionLimitReached",
        "cause": "backup_group_locked",
        "outcome": "remediated",
        "decision": "",
        "recurs": True,
        "first_cause": "",
    }


async def test_the_request_log_can_be_read_from_a_number_on(world: World) -> None:
    arm = await world(one_machine())
    await arm.get(arm.item)
    await arm.get(arm.machine)
    await arm.start_backup()
    lines = await arm.get("/_sandbox/requests?after=1")
    assert [(line["n"], line["method"], line["write"]) for line in lines] == [(2, "GET", False), (3, "POST", True)]
    assert lines[0]["action"] == "Microsoft.Compute/virtualMachines/read"


async def test_an_alert_is_posted_a_little_after_the_failure(world: World) -> None:
    arm = await world("locked_group")
    async with webhook() as (url, got):
        await arm("POST", "/_sandbox/webhook", {"url": url})
        await arm.box.advance(timedelta(seconds=59))
        assert got == []
        await arm.box.advance(timedelta(seconds=1))
    [alert] = got
    [failed] = [job for job in arm.box.model.jobs if job.status == "Failed"]
    assert alert["data"]["alertContext"]["extendedInfo"]["jobId"] == failed.name
    assert alert["data"]["alertContext"]["protectedItemId"] == arm.item


async def test_an_alert_that_fired_before_the_webhook_was_known_is_delivered_later(world: World) -> None:
    arm = await world("locked_group")
    await arm.box.advance(timedelta(minutes=10))
    async with webhook() as (url, got):
        await arm("POST", "/_sandbox/webhook", {"url": url})
        await arm.box.advance(timedelta(0))
    assert len(got) == 1


async def delivered(arm: Arm, *statuses: int) -> int:
    async with webhook(*statuses) as (url, got):
        await arm("POST", "/_sandbox/webhook", {"url": url})
        await arm.box.advance(timedelta(minutes=10))
    return len(got)


async def test_a_refused_delivery_is_tried_five_times_and_then_given_up(world: World) -> None:
    assert await delivered(await world("locked_group"), 500, 404) == 3
    assert await delivered(await world("locked_group"), *[503] * 9) == 5


async def test_a_sandbox_in_this_process_needs_no_more_than_its_name() -> None:
    async with Sandbox.open("locked_group") as box:
        assert box.url.startswith("http://127.0.0.1:")
        assert box.requests() == [] and box.changes() == []
