"""Runs the app's orchestrators and activities, a limited number at a time each."""

import asyncio
import base64
import logging
import sqlite3
from collections.abc import Callable
from functools import partial

import durabletask.internal.orchestrator_service_pb2 as pb
from durabletask.internal import helpers
from google.protobuf import wrappers_pb2  # type: ignore[import-untyped]

from sandbox.host.busy import Busy
from sandbox.host.config import HostConfig
from sandbox.host.database import RETRY_SECONDS
from sandbox.host.durable.backend import DurableBackend, Turn
from sandbox.host.durable.persistent import Activity
from sandbox.host.protos import TypedData
from sandbox.host.runner import FunctionRunner
from sandbox.host.worker import Function, InvocationFailed

log = logging.getLogger(__name__)


class Dispatcher:
    """Takes work from the backend, invokes the functions, reports back."""

    def __init__(self, backend: DurableBackend, runner: FunctionRunner, config: HostConfig, busy: Busy) -> None:
        self.stopping = False
        self._backend, self._runner, self._config, self._busy = backend, runner, config, busy
        self._orchestrators: dict[str, Function] = {}
        self._activities: dict[str, Function] = {}
        self._turns = self._tasks = 0
        busy.watch(lambda: backend.runnable)

    def register(self, functions: list[Function]) -> None:
        for function in functions:
            if function.kind == "orchestrationtrigger":
                self._orchestrators[_registered_name(function, "orchestration")] = function
            elif function.kind == "activitytrigger":
                self._activities[_registered_name(function, "activity")] = function

    def pump(self) -> None:
        """Start what may start now."""
        while not self.stopping and self._turns < self._config.max_orchestrators:
            turn = self._backend.take_turn()
            if turn is None:
                break
            self._turns += 1
            self._busy.spawn(self._run_turn(turn))
        while not self.stopping and self._backend.activities and self._tasks < self._config.max_activities:
            self._tasks += 1
            self._busy.spawn(self._run_activity(self._backend.activities.popleft()))

    async def _run_turn(self, turn: Turn) -> None:
        try:
            response = await self._replay(turn)
            response.completionToken = turn.token
            await _written(partial(self._backend.complete_turn, response), once=True)
        finally:
            self._turns -= 1
            self.pump()

    async def _replay(self, turn: Turn) -> pb.OrchestratorResponse:
        function = self._orchestrators.get(turn.name.lower())
        if function is None:
            text = f"The function '{turn.name}' doesn't exist, is disabled, or is not an orchestrator function."
            return _failed_turn(turn, f"ValueError: {text}", "")
        data = TypedData(string=base64.b64encode(turn.request.SerializeToString()).decode())
        try:
            returned = await self._runner.run(function, data)
        except InvocationFailed as error:
            return _failed_turn(turn, error.error, error.stack)
        response = pb.OrchestratorResponse()
        response.ParseFromString(base64.b64decode(returned.content() if returned else ""))
        return response

    async def _run_activity(self, activity: Activity) -> None:
        try:
            result, failure = await self._perform(activity)
            await _written(partial(self._backend.complete_activity, activity, result, failure), once=False)
        finally:
            self._tasks -= 1
            self.pump()

    async def _perform(self, activity: Activity) -> tuple[str | None, pb.TaskFailureDetails | None]:
        function = self._activities.get(activity.name.lower())
        if function is None:
            return None, _failure(f"ValueError: The activity function '{activity.name}' does not exist", "")
        # The real host hands over an absent or null input as an empty value, on which the worker's converter fails.
        absent = activity.input is None or activity.input == "null"
        try:
            returned = await self._runner.run(function, TypedData() if absent else TypedData(json=activity.input))
        except InvocationFailed as error:
            log.warning("activity %s of %s failed: %s", activity.name, activity.instance_id, error.error)
            return None, _failure(error.error, error.stack)
        except Exception as error:  # noqa: BLE001 - its output could not be stored: the activity has failed
            return None, _failure(f"{type(error).__name__}: {error}", "")
        return (None if returned is None else str(returned.content())), None


async def _written(write: Callable[[], None], *, once: bool) -> None:
    """Write an answer. A turn that cannot be written is replayed (`once`), an activity's result is written again."""
    while True:
        try:
            write()
        except sqlite3.Error as error:
            log.error("the durable store cannot be written: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
            if not once:
                continue
        return


def _registered_name(function: Function, field: str) -> str:
    return str(function.trigger.get(field) or function.name).lower()


def _failed_turn(turn: Turn, error: str, stack: str) -> pb.OrchestratorResponse:
    action = helpers.new_complete_orchestration_action(-1, pb.ORCHESTRATION_STATUS_FAILED, "", _failure(error, stack))
    return pb.OrchestratorResponse(instanceId=turn.request.instanceId, actions=[action])


def _failure(error: str, stack: str) -> pb.TaskFailureDetails:
    """Split the worker's `Type: text`, as the extension does."""
    kind, colon, text = error.partition(": ")
    return pb.TaskFailureDetails(
        errorType=kind if colon else "(unknown)",
        errorMessage=text if colon else error,
        stackTrace=wrappers_pb2.StringValue(value=stack),
    )
