"""The sandbox's clock, and jumping over the time in which nothing can run."""

import asyncio
from datetime import datetime, timedelta

from .process import HostProcess
from .stub_clock import START, StubClock


def minutes(count: float) -> datetime:
    return START + timedelta(minutes=count)


async def release(host: HostProcess, until: datetime) -> None:
    await host.admin("POST", "/admin/host/release-jump", {"until": until.isoformat()})
    await host.idle()


async def test_the_clock_moves_to_the_earliest_of_everything_that_is_due(jumper: HostProcess, clock: StubClock) -> None:
    seen: list[datetime] = []

    async def event() -> None:
        seen.append(clock.now)

    clock.events += [(minutes(3), event), (minutes(90), event)]
    await jumper.start_flow("waiter", {"wait_s": 600}, "timer at ten minutes")
    await jumper.call("POST", "/api/alerts", ["bad: again after half a minute and a minute"])
    await release(jumper, minutes(100))
    # hidden messages, a sandbox event, a durable timer, the nightly timer, a sandbox event
    assert clock.moves == [minutes(0.5), minutes(1), minutes(3), minutes(10), minutes(60), minutes(90)]
    assert seen == [minutes(3), minutes(90)]


async def test_the_clock_stands_while_it_is_held(jumper: HostProcess, clock: StubClock) -> None:
    await jumper.start_flow("waiter", {"wait_s": 60}, "w")
    await jumper.idle()
    assert clock.moves == []
    await release(jumper, minutes(5))
    assert clock.moves == [minutes(1)]
    assert (await jumper.admin("POST", "/admin/host/hold-jump"))[1]["held"] is True
    await jumper.start_flow("waiter", {"wait_s": 60}, "w2")
    await jumper.idle()
    assert clock.moves == [minutes(1)]


async def test_an_alert_that_arrives_while_the_clock_is_being_moved_is_served_at_its_instant(
    jumper: HostProcess, clock: StubClock
) -> None:
    answers = []

    async def alert() -> None:
        answers.append(await jumper.call("POST", "/api/alerts", ["alert"]))

    clock.events.append((minutes(7), alert))
    await release(jumper, minutes(30))
    assert answers == [(202, {"queued": 1, "at": minutes(7).isoformat()})]
    assert [entry["now"] for entry in jumper.book("message")] == [minutes(7).isoformat()]


async def test_nothing_jumps_while_a_request_is_being_served(jumper: HostProcess, clock: StubClock) -> None:
    """The app's own request waits for an orchestration whose timer needs a jump: the jump must not come."""
    await jumper.start_flow("waiter", {"wait_s": 60}, "w")
    await jumper.idle()
    waiting = asyncio.create_task(jumper.call("POST", "/api/ask/wait", {"id": "w", "seconds": 0.5}))
    while not (await jumper.admin("GET", "/admin/host/status"))[1]["running"]:
        assert not waiting.done()
    await jumper.admin("POST", "/admin/host/release-jump", {"until": minutes(5).isoformat()})
    assert (await waiting)[0] == 500  # its patience ended first
    await jumper.idle()
    assert clock.moves == [minutes(1)]


async def test_work_that_comes_while_the_clock_is_asked_is_done_before_the_jump(
    jumper: HostProcess, clock: StubClock
) -> None:
    """While the clock's answer is on its way, a request makes a new, earlier event: the move must not pass it."""
    order: list[tuple[str, datetime]] = []

    async def late() -> None:
        order.append(("late", clock.now))

    async def early() -> None:
        order.append(("early", clock.now))
        await tell_time()

    async def tell_time() -> None:
        order.append(("host", datetime.fromisoformat((await jumper.call("GET", "/api/now"))[1]["now"])))

    async def request_meanwhile() -> None:
        clock.on_read = None
        await jumper.call("POST", "/api/guarded", b"")
        clock.events.append((minutes(5), early))

    async def arm() -> None:  # from here on only a jump asks for the time
        clock.on_read = request_meanwhile

    clock.events += [(minutes(1), arm), (minutes(20), late)]
    await release(jumper, minutes(30))
    assert order == [("early", minutes(5)), ("host", minutes(5)), ("late", minutes(20))]


async def test_timers_here_wait_until_the_sandbox_has_arrived_at_their_instant(
    jumper: HostProcess, clock: StubClock
) -> None:
    seen = []

    async def event() -> None:
        await jumper.start_flow("waiter", {"wait_s": 0}, "makes the host look at its timers")
        for _ in range(3):
            seen.append((await jumper.ask("get", id="w"))["status"])

    clock.events.append((minutes(10), event))
    await jumper.start_flow("waiter", {"wait_s": 600}, "w")
    await release(jumper, minutes(30))
    assert seen == ["RUNNING"] * 3
    assert (await jumper.ask("get", id="w"))["status"] == "COMPLETED"


async def test_without_jumping_the_host_follows_a_clock_that_others_move(make_host, clock: StubClock) -> None:
    async with make_host("--clock", clock.url, "--now", "now:source") as host:
        await host.start_flow("waiter", {"wait_s": 600}, "w")
        await host.idle()
        clock.now = minutes(15)
        state = await host.ask("wait", id="w", seconds=5)
        assert state["output"] == {"by": "timer"}
        assert (await host.call("GET", "/api/now"))[1]["now"] == minutes(15).isoformat()
        assert clock.moves == []


async def test_the_app_is_told_the_clocks_time(jumper: HostProcess) -> None:
    assert (await jumper.call("GET", "/api/now"))[1] == {"now": START.isoformat()}
    assert (await jumper.ask("get", id="nobody")) is None
    await jumper.start_flow("hops", {"hops": 1}, "h")
    assert (await jumper.ask("wait", id="h"))["created"].startswith("2026-03-02T02:00:00")


async def test_a_week_of_five_minute_turns_passes_in_seconds(jumper: HostProcess, clock: StubClock) -> None:
    await jumper.start_flow("turner", {"left": 150, "every": 50}, "t")
    await release(jumper, START + timedelta(days=7))
    assert (await jumper.ask("get", id="t"))["output"] == {"done": True}
    assert clock.now >= minutes(5 * 149)


async def test_a_host_without_idle_jump_says_so(host: HostProcess) -> None:
    assert (await host.admin("POST", "/admin/host/release-jump"))[0] == 409
