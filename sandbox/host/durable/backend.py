"""What the dispatcher and the durable clients ask of the instances."""

from dataclasses import dataclass

import durabletask.internal.orchestrator_service_pb2 as pb
import grpc
from durabletask.internal import helpers
from durabletask.testing.in_memory_backend import OrchestrationInstance

from sandbox.host.durable.persistent import Activity, PersistentBackend
from sandbox.host.durable.refusals import REFUSING, Refused, refuse_instance_id


@dataclass(frozen=True, slots=True)
class Turn:
    """One replay to run: what the orchestrator is told, and the token that its answer must carry."""

    name: str
    request: pb.OrchestratorRequest
    token: str


class DurableBackend(PersistentBackend):
    """Hands out work and takes its results; starts, wakes and ends instances."""

    @property
    def runnable(self) -> bool:
        return bool(self._orchestration_queue or self.activities)

    @property
    def counts(self) -> dict[str, int]:
        """Instances by status, for the status page."""
        found: dict[str, int] = {}
        for instance in self._instances.values():
            name = pb.OrchestrationStatus.Name(instance.status).removeprefix("ORCHESTRATION_STATUS_").lower()
            found[name] = found.get(name, 0) + 1
        return found

    def take_turn(self) -> Turn | None:
        """The next replay, None when there is none; its events stay undone until `CompleteOrchestratorTask`."""
        while self._orchestration_queue:
            instance_id = self._orchestration_queue.popleft()
            self._orchestration_queue_set.discard(instance_id)
            instance = self._instances.get(instance_id)
            if instance is not None and instance.pending_events and instance_id not in self._turns:
                return self._start_turn(instance)
        return None

    def _start_turn(self, instance: OrchestrationInstance) -> Turn:
        events = [event for event in instance.pending_events if not event.HasField("orchestratorStarted")]
        started = helpers.new_orchestrator_started_event(self._clock.now())
        instance.dispatched_events = [started, *events]
        instance.pending_events = []
        token = self._turns[instance.instance_id] = str(instance.completion_token)
        request = pb.OrchestratorRequest(
            instanceId=instance.instance_id, pastEvents=instance.history, newEvents=instance.dispatched_events
        )
        return Turn(instance.name, request, token)

    def complete_turn(self, response: pb.OrchestratorResponse) -> None:
        """Take the orchestrator's answer; raises sqlite3.Error with nothing changed."""
        instance = self._instances.get(response.instanceId)
        if self._turns.get(response.instanceId) != response.completionToken:
            return  # taken up again since: that turn has been handed out anew
        if instance is None or str(instance.completion_token) != response.completionToken:
            del self._turns[response.instanceId]  # purged or replaced since
            if instance is not None:
                super()._enqueue_orchestration(instance.instance_id)
            return
        with self.step(response.instanceId):
            super().CompleteOrchestratorTask(response, REFUSING)
            del self._turns[response.instanceId]

    def complete_activity(self, activity: Activity, result: str | None, failure: pb.TaskFailureDetails | None) -> None:
        """Hand an activity's result to the execution that asked; raises sqlite3.Error with nothing changed."""
        instance = self._instances.get(activity.instance_id)
        if instance is None or self._executions.get(activity.instance_id) != activity.execution:
            return
        stamp = helpers.new_timestamp(self._clock.now())
        if failure is not None:
            failed = pb.TaskFailedEvent(taskScheduledId=activity.task_id, failureDetails=failure)
            event = pb.HistoryEvent(eventId=-1, timestamp=stamp, taskFailed=failed)
        else:
            completed = pb.TaskCompletedEvent(taskScheduledId=activity.task_id, result=helpers.get_string_value(result))
            event = pb.HistoryEvent(eventId=-1, timestamp=stamp, taskCompleted=completed)
        with self.step(activity.instance_id):
            self._deliver(instance, event)

    def start_instance(self, request: pb.CreateInstanceRequest) -> str:
        """Start, durably; raises Refused. A finished instance is replaced, one that runs is not.

        That is the extension's default, `overridableExistingInstanceStates: NonRunningStates`."""
        refuse_instance_id(request.instanceId)
        existing = self._instances.get(request.instanceId)
        with self.step(request.instanceId):
            replace = existing is not None and self._is_terminal_status(existing.status)
            if replace and not request.orchestrationIdReusePolicy.replaceableStatus:
                del self._instances[request.instanceId]
            answer: str = super().StartInstance(request, REFUSING).instanceId
            self._touched = {answer}
            self._renewed.add(answer)
            self._new_execution(answer)
        return answer

    def raise_event(self, request: pb.RaiseEventRequest) -> None:
        """Hand an event to a running instance, durably; raises Refused for one that is unknown or has ended.

        That is the extension's default on Azure Storage (`throwStatusExceptionsOnRaiseEvent`)."""
        instance = self._instances.get(request.instanceId)
        if instance is not None and self._is_terminal_status(instance.status):
            text = "The orchestration instance with the provided instance id is not running."
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, text)
        with self.step(request.instanceId):
            super().RaiseEvent(request, REFUSING)

    def terminate(self, request: pb.TerminateRequest) -> None:
        with self.step(request.instanceId):
            super().TerminateInstance(request, REFUSING)

    def suspend(self, request: pb.SuspendRequest) -> None:
        with self.step(request.instanceId):
            super().SuspendInstance(request, REFUSING)

    def resume(self, request: pb.ResumeRequest) -> None:
        with self.step(request.instanceId):
            super().ResumeInstance(request, REFUSING)

    def purge(self, request: pb.PurgeInstancesRequest) -> pb.PurgeInstancesResponse:
        before = set(self._instances)
        with self.step(request.instanceId):
            answer: pb.PurgeInstancesResponse = super().PurgeInstances(request, REFUSING)
            self._touched |= before - set(self._instances)
            self._touched.discard("")
        return answer

    def has_ended(self, instance: OrchestrationInstance) -> bool:
        return self._is_terminal_status(instance.status)

    def find(self, instance_id: str) -> OrchestrationInstance | None:
        return self._instances.get(instance_id)

    def history_of(self, instance_id: str) -> list[pb.HistoryEvent]:
        return self._store.history(instance_id)[0]
