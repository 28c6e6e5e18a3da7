"""The durable backend's steps, in process: what is written before what, and what a failed write leaves."""

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import durabletask.internal.orchestrator_service_pb2 as pb
import pytest
from durabletask.internal import helpers

from sandbox.host.alarm import Alarm
from sandbox.host.database import Database
from sandbox.host.durable.backend import DurableBackend, Turn
from sandbox.host.durable.store import InstanceStore

from .stub_clock import START


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    reached = now

    def seconds_until(self, when: datetime) -> None:
        return None


class Bench:
    """A backend on a file, and a hand that plays the worker."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock = path, Clock()
        self.open()

    def open(self) -> None:
        self.alarm = Alarm(self.clock, fired=lambda: None)
        self.database = Database(self.path)
        self.backend = DurableBackend(InstanceStore(self.database), self.clock, self.alarm)
        self.backend.open()

    def start(self, instance: str = "i") -> None:
        self.backend.start_instance(pb.CreateInstanceRequest(instanceId=instance, name="flow"))

    def turn(self) -> Turn:
        turn = self.backend.take_turn()
        assert turn is not None
        return turn

    def answer(self, turn: Turn, *actions: pb.OrchestratorAction) -> None:
        response = pb.OrchestratorResponse(
            instanceId=turn.request.instanceId, actions=actions, completionToken=turn.token
        )
        self.backend.complete_turn(response)

    def advance(self, delta: timedelta) -> None:
        self.clock.time += delta
        self.alarm.fire_due()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "host.db")


def timer(number: int, seconds: float) -> pb.OrchestratorAction:
    return helpers.new_create_timer_action(number, START + timedelta(seconds=seconds))


def activity(number: int) -> pb.OrchestratorAction:
    return helpers.new_schedule_task_action(number, "work", json.dumps({"n": number}), None)


def again(**kept: list[pb.HistoryEvent]) -> pb.OrchestratorAction:
    status = pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW
    return helpers.new_complete_orchestration_action(9, status, "{}", carryover_events=kept.get("events"))


def kinds(turn: Turn) -> list[str]:
    return [str(event.WhichOneof("eventType")) for event in turn.request.newEvents]


def blocked(bench: Bench, step: Callable[[], object]) -> None:
    """Run a step while another process holds the file: it must fail."""
    other = sqlite3.connect(bench.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError):
        step()
    other.execute("ROLLBACK")
    other.close()


def test_an_answer_to_an_execution_left_behind_is_not_carried_into_the_next(bench: Bench) -> None:
    bench.start()
    bench.answer(bench.turn(), timer(1, 60), activity(2))
    old_activity = bench.backend.activities.popleft()
    bench.backend.raise_event(pb.RaiseEventRequest(instanceId="i", name="go"))
    turn = bench.turn()
    bench.advance(timedelta(seconds=60))  # the timer fires while the turn that continues as new is under way
    bench.answer(turn, again())
    bench.backend.complete_activity(old_activity, "{}", None)
    following = bench.turn()
    assert kinds(following) == ["orchestratorStarted", "executionStarted"]
    assert not following.request.pastEvents


def test_an_event_that_arrives_during_the_last_turn_is_carried_over(bench: Bench) -> None:
    bench.start()
    turn = bench.turn()
    bench.backend.raise_event(pb.RaiseEventRequest(instanceId="i", name="go"))
    bench.answer(turn, again())
    assert kinds(bench.turn()) == ["orchestratorStarted", "executionStarted", "eventRaised"]


def test_work_is_let_out_only_after_it_is_written(bench: Bench) -> None:
    bench.start()
    seen: list[int] = []

    def look() -> None:
        other = sqlite3.connect(bench.path)
        rows = other.execute("SELECT COUNT(*) FROM history").fetchone()
        seen.append(rows[0])
        other.close()

    bench.backend.on_work = look
    bench.answer(bench.turn(), activity(1))
    assert seen == [1]


def test_a_turn_that_cannot_be_written_is_handed_out_again_and_starts_nothing(bench: Bench) -> None:
    bench.start()
    turn = bench.turn()
    blocked(bench, lambda: bench.answer(turn, activity(1), timer(2, 60)))
    assert not bench.backend.activities
    assert bench.alarm.next_due() is None
    repeated = bench.turn()
    assert kinds(repeated) == kinds(turn)
    bench.answer(turn, activity(1))  # the answer to the lost turn comes again: it is late
    assert not bench.backend.activities
    bench.answer(repeated, activity(1))
    assert [work.task_id for work in bench.backend.activities] == [1]


def test_a_start_that_cannot_be_written_leaves_no_instance(bench: Bench) -> None:
    blocked(bench, bench.start)
    assert bench.backend.find("i") is None
    assert bench.backend.take_turn() is None


def test_a_timer_that_cannot_be_written_fires_later(bench: Bench) -> None:
    bench.start()
    bench.answer(bench.turn(), timer(1, 60))
    other = sqlite3.connect(bench.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    bench.advance(timedelta(seconds=60))
    assert bench.backend.take_turn() is None
    other.execute("ROLLBACK")
    bench.alarm.fire_due()
    assert kinds(bench.turn()) == ["orchestratorStarted", "timerFired"]


def test_a_refusal_disturbs_nothing_that_runs(bench: Bench) -> None:
    bench.start()
    turn = bench.turn()
    with pytest.raises(Exception, match="already exists"):
        bench.start()
    bench.answer(turn, activity(1))
    assert len(bench.backend.activities) == 1


def test_a_restart_takes_up_exactly_what_was_not_answered(bench: Bench) -> None:
    bench.start()
    bench.answer(bench.turn(), activity(1), activity(2), timer(3, 60), timer(4, 120))
    done = bench.backend.activities.popleft()
    bench.backend.complete_activity(done, "{}", None)
    bench.turn()  # handed out, never answered
    bench.advance(timedelta(seconds=60))
    bench.open()
    assert [work.task_id for work in bench.backend.activities] == [2]
    assert bench.alarm.next_due() == START + timedelta(seconds=120)
    assert kinds(bench.turn()) == ["orchestratorStarted", "taskCompleted", "timerFired"]


def test_a_suspended_instance_resumes_after_a_restart(bench: Bench) -> None:
    bench.start()
    bench.answer(bench.turn(), timer(1, 60))
    bench.backend.suspend(pb.SuspendRequest(instanceId="i"))
    bench.answer(bench.turn())
    bench.advance(timedelta(seconds=60))
    bench.open()
    assert bench.backend.take_turn() is None
    bench.backend.resume(pb.ResumeRequest(instanceId="i"))
    bench.open()
    assert kinds(bench.turn()) == ["orchestratorStarted", "timerFired", "executionResumed"]
