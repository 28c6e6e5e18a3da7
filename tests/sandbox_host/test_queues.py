"""Queue outputs and queue triggers."""

import sqlite3
from datetime import datetime, timedelta

from .process import HostProcess
from .stub_clock import START, StubClock


async def test_messages_reach_their_function_with_what_the_service_knows_about_them(jumper: HostProcess) -> None:
    status, _ = await jumper.call("POST", "/api/alerts", ["one", "two"])
    await jumper.idle()
    assert status == 202
    messages = jumper.book("message")
    assert [message["text"] for message in messages] == ["one", "two"]
    first = messages[0]
    assert (first["dequeue_count"], first["inserted"]) == (1, START.isoformat())
    assert first["expires"] == (START + timedelta(days=7)).isoformat()
    assert datetime.fromisoformat(first["visible"]) > START
    assert first["id"] and first["receipt"]
    assert (await jumper.idle())["queues"] == {}


async def test_a_message_that_keeps_failing_ends_in_the_poison_queue(jumper: HostProcess) -> None:
    await jumper.call("POST", "/api/alerts", ["bad news"])
    await jumper.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(minutes=5)).isoformat()})
    await jumper.idle()
    tries = jumper.book("message")
    assert [entry["dequeue_count"] for entry in tries] == [1, 2, 3]
    # visibilityTimeout of host.json: 30 seconds of the host's clock after each failure
    assert [entry["now"] for entry in tries] == [(START + timedelta(seconds=30 * n)).isoformat() for n in range(3)]
    assert [entry["text"] for entry in jumper.book("poison")] == ["bad news"]


async def test_a_message_failing_in_the_poison_queue_comes_back_after_ten_minutes(jumper: HostProcess) -> None:
    await jumper.call("POST", "/api/alerts", ["bad and worse"])
    await jumper.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(minutes=30)).isoformat()})
    await jumper.idle()
    first, second = (datetime.fromisoformat(entry["now"]) for entry in jumper.book("poison"))
    assert second - first == timedelta(minutes=10)


async def test_a_message_beyond_48_kib_is_refused_and_none_of_its_batch_is_stored(host: HostProcess) -> None:
    assert (await host.call("POST", "/api/alerts", ["small", "x" * (48 * 1024 + 1)]))[0] == 500
    assert (await host.call("POST", "/api/alerts", ["y" * 48 * 1024]))[0] == 202
    await host.idle()
    assert [entry["text"][0] for entry in host.book("message")] == ["y"]
    assert "48 KiB" in host.errors()


async def test_the_answer_is_500_when_messages_cannot_be_stored(host: HostProcess) -> None:
    blocker = sqlite3.connect(host.data / "host.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    assert (await host.call("POST", "/api/alerts", ["lost?"]))[0] == 500
    blocker.execute("ROLLBACK")
    assert (await host.call("POST", "/api/alerts", ["kept"]))[0] == 202
    await host.idle()
    assert [entry["text"] for entry in host.book("message")] == ["kept"]


async def test_an_acknowledged_message_survives_a_kill(make_host, clock: StubClock) -> None:
    async with make_host("--clock", clock.url, "--idle-jump", "--hold-jump", "--now", "now:source") as host:
        await host.call("POST", "/api/alerts", ["bad: is tried again"])
        await host.idle()  # failed once, hidden for 30 seconds of a clock that stands still
        await host.kill()
        await host.start()
        assert (await host.idle())["queues"] == {"work": 1}
        await host.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(minutes=5)).isoformat()})
        await host.idle()
        assert [entry["dequeue_count"] for entry in host.book("message")] == [1, 2, 3]


async def test_a_message_starts_an_orchestration_through_the_durable_client(jumper: HostProcess) -> None:
    wanted = {"flow": "hops", "input": {"hops": 3}, "id": "from-queue"}
    await jumper.call("POST", "/api/alerts", [wanted])
    await jumper.idle()
    assert (await jumper.ask("get", id="from-queue"))["output"] == {"total": 3}
