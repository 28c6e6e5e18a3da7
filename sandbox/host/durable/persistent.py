"""durabletask's in-memory backend, made persistent and single-threaded, with a clock that can be moved.

Three things differ from the class it builds on. Every step is written before anyone learns of it: the work it starts
(activities, timers, replays) is collected in an outbox and let out after the commit; when the write fails, the touched
instances are read back from the database and the outbox is forgotten. Whatever falls due goes to the host's one alarm
instead of a thread each. And everything that refers to a run of an instance carries the number of that run, so that a
timer or an activity of an execution that has since continued as new cannot answer the next one.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import durabletask.internal.orchestrator_service_pb2 as pb
from durabletask.internal import helpers
from durabletask.testing import in_memory_backend
from durabletask.testing.in_memory_backend import InMemoryOrchestrationBackend, OrchestrationInstance

from sandbox.host.alarm import Alarm
from sandbox.host.clock import Clock
from sandbox.host.durable.refusals import Refused
from sandbox.host.durable.store import InstanceStore, Saved

MAX_HISTORY_EVENTS = 100_000
"""Far above what one execution should have; the base class refuses more."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity to run for one execution of an instance."""

    instance_id: str
    execution: int
    task_id: int
    name: str
    input: str | None


def tell_time_by(clock: Clock) -> None:
    """Let durabletask's backend read this clock: it asks its module's `datetime` for the time."""

    class HostTime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now() if tz else clock.now().replace(tzinfo=None)

    vars(in_memory_backend)["datetime"] = HostTime


class PersistentBackend(InMemoryOrchestrationBackend):
    """Holds every instance; used from the event loop only, so that a step is never interleaved with another."""

    def __init__(self, store: InstanceStore, clock: Clock, alarm: Alarm) -> None:
        super().__init__(max_history_size=MAX_HISTORY_EVENTS)
        tell_time_by(clock)
        self.on_work: Callable[[], None] = lambda: None
        self.on_finished: Callable[[OrchestrationInstance], None] = lambda instance: None
        self.activities: deque[Activity] = deque()
        self._store, self._clock, self._alarm = store, clock, alarm
        self._executions: dict[str, int] = {}
        self._turns: dict[str, str] = {}
        self._last_execution = 0
        self._renewed: set[str] = set()
        self._touched: set[str] = set()
        self._outbox: list[Callable[[], None]] = []

    @contextmanager
    def step(self, instance_id: str) -> Iterator[None]:
        """Change instances in memory, write them, then let out what follows; on error nothing has happened."""
        with self._lock:
            self._touched.add(instance_id)
            try:
                yield
                written = self._write()
            except Refused:
                self._forget()  # a refusal comes before any change
                raise
            except BaseException:
                self._roll_back()
                raise
            self._let_out(written)

    def _write(self) -> dict[str, Saved | None]:
        written: dict[str, Saved | None] = {}
        with self._store.database.transaction() as sql:
            for instance_id in self._touched:
                instance = self._instances.get(instance_id)
                if instance is None:
                    self._store.remove(sql, instance_id)
                    written[instance_id] = None
                else:
                    fresh = instance_id in self._renewed
                    written[instance_id] = self._store.save(sql, instance, new_execution=fresh)
        return written

    def _let_out(self, written: dict[str, Saved | None]) -> None:
        for instance_id, saved in written.items():
            self._store.remember(instance_id, saved)
            self._settle(instance_id)
        outbox = self._outbox
        self._forget()
        for follow_up in outbox:
            follow_up()
        if outbox:
            self.on_work()

    def _settle(self, instance_id: str) -> None:
        """Free what a purged or finished instance no longer needs in memory."""
        instance = self._instances.get(instance_id)
        if instance is None:
            self._executions.pop(instance_id, None)
        elif self._is_terminal_status(instance.status):
            self._executions.pop(instance_id, None)
            instance.history = []
            self._store.remember(instance_id, None)
            self.on_finished(instance)

    def _roll_back(self) -> None:
        touched = self._touched
        self._forget()
        for instance_id in touched:
            self._instances.pop(instance_id, None)
            self._executions.pop(instance_id, None)
            self._turns.pop(instance_id, None)
            self._take_up(instance_id)
        self.on_work()

    def _forget(self) -> None:
        """The step is over: nothing touched, nothing to let out."""
        self._outbox, self._touched, self._renewed = [], set(), set()

    def open(self) -> None:
        """Read every instance and resume where the last committed step left it."""
        for instance_id, status in self._store.ids():
            if self._is_terminal_status(pb.OrchestrationStatus.ValueType(status)):
                finished = self._store.load_row(instance_id)
                if finished:
                    self._instances[instance_id] = finished
            else:
                self._take_up(instance_id)
        self.on_work()

    def _take_up(self, instance_id: str) -> None:
        instance = self._store.load(instance_id)
        if instance is None:
            return
        self._instances[instance_id] = instance
        instance.completion_token = self._new_token()
        if self._is_terminal_status(instance.status):
            return
        execution = self._new_execution(instance_id)
        for event in _unanswered(instance):
            if event.HasField("taskScheduled"):
                task = event.taskScheduled
                given = task.input.value if task.HasField("input") else None
                self.activities.append(Activity(instance_id, execution, event.eventId, task.name, given))
            else:
                self._arm(instance_id, execution, event.eventId, event.timerCreated.fireAt.ToDatetime(tzinfo=UTC))
        asleep = instance.status == pb.ORCHESTRATION_STATUS_SUSPENDED
        if any(not asleep or _rouses(event) for event in instance.pending_events):
            super()._enqueue_orchestration(instance_id)

    def _new_execution(self, instance_id: str) -> int:
        self._last_execution += 1
        self._executions[instance_id] = self._last_execution
        return self._last_execution

    def _new_token(self) -> int:
        self._next_completion_token += 1
        return self._next_completion_token

    def _deliver(self, instance: OrchestrationInstance, event: pb.HistoryEvent) -> None:
        instance.pending_events.append(event)
        instance.last_updated_at = self._clock.now()
        if instance.status != pb.ORCHESTRATION_STATUS_SUSPENDED:
            self._enqueue_orchestration(instance.instance_id)

    def _enqueue_orchestration(self, instance_id: str) -> None:
        enqueue = super()._enqueue_orchestration
        self._touched.add(instance_id)
        self._outbox.append(lambda: enqueue(instance_id))

    def _process_schedule_task_action(self, instance: OrchestrationInstance, action: pb.OrchestratorAction) -> None:
        task = action.scheduleTask
        given = task.input.value if task.HasField("input") else None
        instance.history.append(helpers.new_task_scheduled_event(action.id, task.name, given))
        execution = self._executions[instance.instance_id]
        activity = Activity(instance.instance_id, execution, action.id, task.name, given)
        self._outbox.append(lambda: self.activities.append(activity))

    def _process_create_timer_action(self, instance: OrchestrationInstance, action: pb.OrchestratorAction) -> None:
        fire_at = action.createTimer.fireAt.ToDatetime(tzinfo=UTC)
        instance.history.append(helpers.new_timer_created_event(action.id, fire_at))
        instance_id, execution = instance.instance_id, self._executions[instance.instance_id]
        self._outbox.append(lambda: self._arm(instance_id, execution, action.id, fire_at))

    def _arm(self, instance_id: str, execution: int, timer_id: int, fire_at: datetime) -> None:
        self._alarm.at(fire_at, lambda: self._fire(instance_id, execution, timer_id, fire_at))

    def _fire(self, instance_id: str, execution: int, timer_id: int, fire_at: datetime) -> None:
        instance = self._instances.get(instance_id)
        if instance is not None and self._executions.get(instance_id) == execution:
            with self.step(instance_id):
                self._deliver(instance, helpers.new_timer_fired_event(timer_id, fire_at))

    def _process_complete_orchestration_action(
        self, instance: OrchestrationInstance, complete_action: pb.CompleteOrchestrationAction
    ) -> None:
        super()._process_complete_orchestration_action(instance, complete_action)
        if complete_action.orchestrationStatus == pb.ORCHESTRATION_STATUS_CONTINUED_AS_NEW:
            self._renewed.add(instance.instance_id)
            self._new_execution(instance.instance_id)
            # What arrived during the last turn is carried over, but answers to the old execution mean nothing now.
            instance.pending_events = [event for event in instance.pending_events if not _is_answer(event)]

    def _process_create_sub_orchestration_action(
        self, instance: OrchestrationInstance, action: pb.OrchestratorAction
    ) -> None:
        raise NotImplementedError("the local host has no sub-orchestrations")

    def _process_send_entity_message_action(
        self, instance: OrchestrationInstance, action: pb.OrchestratorAction
    ) -> None:
        raise NotImplementedError("the local host has no entities")


def _is_answer(event: pb.HistoryEvent) -> bool:
    return event.WhichOneof("eventType") in {"taskCompleted", "taskFailed", "timerFired"}


def _rouses(event: pb.HistoryEvent) -> bool:
    """Whether a suspended instance reacts to it."""
    return event.WhichOneof("eventType") in {"executionResumed", "executionTerminated"}


def _unanswered(instance: OrchestrationInstance) -> list[pb.HistoryEvent]:
    """The activities and timers of this execution that have not answered yet."""
    answered = set()
    for event in [*instance.history, *instance.pending_events]:
        if event.HasField("taskCompleted"):
            answered.add(event.taskCompleted.taskScheduledId)
        elif event.HasField("taskFailed"):
            answered.add(event.taskFailed.taskScheduledId)
        elif event.HasField("timerFired"):
            answered.add(event.timerFired.timerId)
    asked = [event for event in instance.history if event.HasField("taskScheduled") or event.HasField("timerCreated")]
    return [event for event in asked if event.eventId not in answered]
