"""Orchestrations under the real worker."""

import sqlite3
from datetime import datetime, timedelta

from .process import HostProcess
from .stub_clock import START, StubClock


async def release(host: HostProcess, until: timedelta) -> dict:
    await host.admin("POST", "/admin/host/release-jump", {"until": (START + until).isoformat()})
    return await host.idle()


async def output(host: HostProcess, instance: str) -> object:
    state = await host.ask("get", id=instance)
    assert state["status"] == "COMPLETED", state
    return state["output"]


def naive(moment: datetime) -> str:
    """As an orchestrator sees it: `ctx.current_utc_datetime` is UTC without saying so."""
    return moment.replace(tzinfo=None).isoformat()


async def test_activities_run_async_and_sync_and_fail_as_the_extension_reports_it(host: HostProcess) -> None:
    for flow in ("hops", "ahops"):
        await host.start_flow(flow, {"hops": 5}, flow)
    await host.start_flow("failing", {"any": 1}, "failing")
    await host.start_flow("no_such_flow", {}, "missing")
    await host.start_flow("with_child", {"hops": 1}, "parent")
    await host.idle()
    assert await output(host, "hops") == await output(host, "ahops") == {"total": 10}
    assert await output(host, "failing") == {"type": "ValueError", "message": "kaboom: really"}
    assert "'no_such_flow' doesn't exist" in (await host.ask("get", id="missing"))["failure"]
    assert "no sub-orchestrations" in (await host.ask("get", id="parent"))["failure"]


async def test_async_activities_run_together_up_to_the_limit_of_host_json(host: HostProcess) -> None:
    await host.start_flow("meeting", {"width": 14}, "fourteen")
    await host.idle()
    assert await output(host, "fourteen") == {"most": 10}


async def test_a_case_advances_turn_by_turn_and_closes(jumper: HostProcess) -> None:
    await jumper.start_flow("case_v1", {"case": "turns-3-300"}, "c")
    await release(jumper, timedelta(hours=1))
    turns = jumper.book("advance")
    assert [turn["at"] for turn in turns] == [naive(START + timedelta(minutes=5 * n)) for n in range(4)]
    assert [turn["now"] for turn in turns] == [turn["at"] + "+00:00" for turn in turns]
    assert (await jumper.ask("get", id="c"))["status"] == "COMPLETED"


async def test_a_case_whose_activity_fails_waits_five_minutes_and_goes_on(jumper: HostProcess) -> None:
    await jumper.start_flow("case_v1", {"case": "fails-1-60"}, "c")
    await release(jumper, timedelta(hours=1))
    times = [datetime.fromisoformat(turn["now"]) - START for turn in jumper.book("advance")]
    assert times == [timedelta(0), timedelta(minutes=5)]


async def test_an_event_wakes_a_case_before_its_timer(jumper: HostProcess) -> None:
    await jumper.start_flow("case_v1", {"case": "turns-1-86400"}, "c")
    await jumper.idle()
    await jumper.ask("raise", id="c", event="wake", data={})
    await jumper.idle()
    assert [turn["at"] for turn in jumper.book("advance")] == [naive(START)] * 2
    assert (await jumper.ask("get", id="c"))["status"] == "COMPLETED"


async def test_a_case_of_120_turns_continues_as_new_and_keeps_its_history_short(jumper: HostProcess) -> None:
    await jumper.start_flow("case_v1", {"case": "turns-119-60"}, "c")
    await release(jumper, timedelta(hours=1, minutes=30))
    assert len(jumper.book("advance")) == 91
    assert (await jumper.ask("history", id="c"))["events"] < 450
    await release(jumper, timedelta(hours=3))
    assert len(jumper.book("advance")) == 120


async def test_events_sent_while_continuing_as_new_are_kept(jumper: HostProcess) -> None:
    await jumper.start_flow("collector", {"seen": [], "want": 20}, "c")
    for number in range(20):
        await jumper.ask("raise", id="c", event="item", data=number)
    await jumper.idle()
    assert sorted((await output(jumper, "c"))["seen"]) == list(range(20))


async def test_a_timer_of_an_execution_left_behind_does_not_fire_in_the_next_one(jumper: HostProcess) -> None:
    await jumper.start_flow("stale_timer", {"run": 1}, "s")
    await jumper.idle()
    await jumper.ask("raise", id="s", event="go")
    await release(jumper, timedelta(hours=2))
    assert await output(jumper, "s") == {"at": naive(START + timedelta(hours=1)), "by": "timer"}


async def test_instance_ids_are_refused_as_in_azure(host: HostProcess) -> None:
    for bad in ("x" * 101, "a/b", "a\\b", "a#b", "a?b", "a\x01b", "a\x9fb"):
        status, answer = await host.call("POST", "/api/start/hops", {"hops": 0}, params={"id": bad})
        assert (status, answer) == (409, {"refused": "INTERNAL"}), bad
    await host.start_flow("waiter", {"wait_s": 600}, "x" * 100)
    assert (await host.call("POST", "/api/start/waiter?id=" + "x" * 100, {"wait_s": 1}))[1] == {
        "refused": "ALREADY_EXISTS"
    }


async def test_a_finished_instance_may_be_started_again(host: HostProcess) -> None:
    await host.start_flow("hops", {"hops": 1}, "again")
    await host.idle()
    await host.start_flow("hops", {"hops": 3}, "again")
    await host.idle()
    assert await output(host, "again") == {"total": 3}


async def test_instances_can_be_terminated_listed_and_purged(host: HostProcess) -> None:
    await host.start_flow("waiter", {"wait_s": 600}, "one")
    await host.start_flow("hops", {"hops": 1}, "two")
    await host.idle()
    assert (await host.ask("purge", id="one"))["deleted"] == 0
    await _an_event_for(host, "two", refused_as="FAILED_PRECONDITION")
    await _an_event_for(host, "three", refused_as="NOT_FOUND")
    await host.ask("terminate", id="one", output="enough")
    assert (await host.ask("wait", id="one"))["status"] == "TERMINATED"
    assert {state["id"]: state["status"] for state in await host.ask("list")} == {
        "one": "TERMINATED",
        "two": "COMPLETED",
    }
    assert (await host.ask("purge", id="one"))["deleted"] == 1
    await host.kill()
    await host.start()
    assert await host.ask("get", id="one") is None
    assert await output(host, "two") == {"total": 0}


async def _an_event_for(host: HostProcess, instance: str, refused_as: str) -> None:
    assert (await host.call("POST", "/api/ask/raise", {"id": instance, "event": "go"}))[0] == 500
    assert f"StatusCode.{refused_as}" in host.errors()


async def test_the_management_urls_of_the_durable_client_work(host: HostProcess) -> None:
    _, urls = await host.call("POST", "/api/start/waiter?id=managed", {"wait_s": 600})

    async def ask(method: str, url: str, body: object = None) -> tuple[int, object]:
        return await host.call(method, url.removeprefix(host.url), body, key=None)

    assert (await ask("GET", urls["statusQueryGetUri"].split("?")[0]))[0] == 401
    await host.idle()
    status, state = await ask("GET", urls["statusQueryGetUri"])
    assert (status, state["runtimeStatus"], state["input"]) == (202, "Running", {"wait_s": 600})
    assert (await ask("POST", urls["suspendPostUri"].replace("{text}", "hold"), None))[0] == 202
    await host.idle()
    assert (await ask("POST", urls["sendEventPostUri"].replace("{eventName}", "go"), {"by": "me"}))[0] == 202
    assert (await host.idle())["instances"] == {"suspended": 1}
    await host.kill()
    await host.start()
    _, urls2 = await host.call("POST", "/api/start/hops?id=other", {"hops": 1})
    moved = {name: url.replace("/other", "/managed") for name, url in urls2.items()}
    assert (await ask("POST", moved["resumePostUri"].replace("{text}", "go on"), None))[0] == 202
    await host.idle()
    status, state = await ask("GET", moved["statusQueryGetUri"])
    assert (status, state["output"]) == (200, {"by": "event", "data": {"by": "me"}})
    assert (await ask("DELETE", moved["purgeHistoryDeleteUri"]))[0] == 200
    assert (await ask("GET", moved["statusQueryGetUri"]))[0] == 404


async def test_a_store_that_cannot_be_written_delays_a_run_and_loses_nothing(host: HostProcess) -> None:
    await host.start_flow("waiter", {"wait_s": 600}, "w")
    await host.idle()
    blocker = sqlite3.connect(host.data / "host.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    status, _ = await host.call("POST", "/api/ask/raise", {"id": "w", "event": "go", "data": 1})
    assert status == 500  # the caller learns that the event was not taken
    blocker.execute("ROLLBACK")
    assert (await host.idle())["instances"] == {"running": 1}
    await host.ask("raise", id="w", event="go", data=2)
    await host.idle()
    assert await output(host, "w") == {"by": "event", "data": 2}


async def test_runs_go_on_after_a_kill_where_they_were(make_host, clock: StubClock) -> None:
    async with make_host("--clock", clock.url, "--idle-jump", "--hold-jump", "--now", "now:source") as host:
        await host.start_flow("case_v1", {"case": "turns-70-300"}, "c")
        await host.start_flow("waiter", {"wait_s": 86_400}, "w")
        await release(host, timedelta(hours=5))
        await host.kill()
        await host.start()
        await host.idle()
        assert (await host.ask("get", id="c"))["status"] == "RUNNING"
        await host.ask("raise", id="w", event="go", data="kept")
        await release(host, timedelta(hours=8))
        # the app counts the turns in memory: the second life of the process begins at its first turn again
        times = [turn["at"] for turn in host.book("advance")]
        assert times == [naive(START + timedelta(minutes=5 * n)) for n in range(len(times))]
        assert len(times) == 97
        assert await output(host, "w") == {"by": "event", "data": "kept"}


async def test_a_long_history_is_appended_to_and_not_rewritten(host: HostProcess) -> None:
    count = 150
    await host.start_flow("ahops", {"hops": count}, "long")
    await host.idle()
    rows = sqlite3.connect(host.data / "host.db").execute("SELECT COUNT(*), MAX(LENGTH(events)) FROM history")
    batches, largest = rows.fetchone()
    assert batches > count
    assert largest < 1000  # one step's events, however long the history
    assert await output(host, "long") == {"total": sum(range(count))}
