"""The gRPC endpoint that durable clients in the app call; loopback only, on the host's own event loop."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
import durabletask.internal.orchestrator_service_pb2_grpc as stubs
import grpc
from durabletask.testing.in_memory_backend import OrchestrationInstance
from google.protobuf import empty_pb2  # type: ignore[import-untyped]

from sandbox.host.busy import Busy
from sandbox.host.durable.backend import DurableBackend
from sandbox.host.durable.refusals import REFUSING, Refused

_CHUNK = 100
Call = Any  # grpc.aio.ServicerContext, which carries no types


class DurableRpc(stubs.TaskHubSidecarServiceServicer):
    """What a client may ask; work items are not handed out here, the dispatcher takes them."""

    def __init__(self, backend: DurableBackend, busy: Busy) -> None:
        self._backend, self._busy = backend, busy
        self._waiting: dict[str, list[asyncio.Future[None]]] = defaultdict(list)
        backend.on_finished = self._finished

    async def start(self) -> str:
        """Listen on a free port of the loopback interface; returns host:port."""
        unlimited = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        self._server = grpc.aio.server(options=unlimited)
        add: Any = stubs.add_TaskHubSidecarServiceServicer_to_server
        add(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return f"127.0.0.1:{port}"

    async def stop(self) -> None:
        await self._server.stop(grace=0)

    async def Hello(self, request: empty_pb2.Empty, context: Call) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    async def StartInstance(self, request: pb.CreateInstanceRequest, context: Call) -> pb.CreateInstanceResponse:
        started = await self._answer(context, self._backend.start_instance, request)
        return pb.CreateInstanceResponse(instanceId=started)

    async def GetInstance(self, request: pb.GetInstanceRequest, context: Call) -> Any:
        return await self._answer(context, self._backend.GetInstance, request, REFUSING)

    async def QueryInstances(self, request: pb.QueryInstancesRequest, context: Call) -> Any:
        return await self._answer(context, self._backend.QueryInstances, request, REFUSING)

    async def ListInstanceIds(self, request: pb.ListInstanceIdsRequest, context: Call) -> Any:
        return await self._answer(context, self._backend.ListInstanceIds, request, REFUSING)

    async def RaiseEvent(self, request: pb.RaiseEventRequest, context: Call) -> pb.RaiseEventResponse:
        await self._answer(context, self._backend.raise_event, request)
        return pb.RaiseEventResponse()

    async def TerminateInstance(self, request: pb.TerminateRequest, context: Call) -> pb.TerminateResponse:
        await self._answer(context, self._backend.terminate, request)
        return pb.TerminateResponse()

    async def SuspendInstance(self, request: pb.SuspendRequest, context: Call) -> pb.SuspendResponse:
        await self._answer(context, self._backend.suspend, request)
        return pb.SuspendResponse()

    async def ResumeInstance(self, request: pb.ResumeRequest, context: Call) -> pb.ResumeResponse:
        await self._answer(context, self._backend.resume, request)
        return pb.ResumeResponse()

    async def PurgeInstances(self, request: pb.PurgeInstancesRequest, context: Call) -> Any:
        return await self._answer(context, self._backend.purge, request)

    async def StreamInstanceHistory(
        self, request: pb.StreamInstanceHistoryRequest, context: Call
    ) -> AsyncIterator[pb.HistoryChunk]:
        if self._backend.find(request.instanceId) is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"Orchestration instance '{request.instanceId}' not found")
        events = self._backend.history_of(request.instanceId)
        for offset in range(0, len(events), _CHUNK):
            yield pb.HistoryChunk(events=events[offset : offset + _CHUNK])

    async def WaitForInstanceCompletion(self, request: pb.GetInstanceRequest, context: Call) -> Any:
        """Wait without a thread; the client's deadline ends the wait."""
        while (found := await self.GetInstance(request, context)).exists:
            instance = self._backend.find(request.instanceId)
            if instance is None or self._backend.has_ended(instance):
                break
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[request.instanceId].append(waiter)
            await waiter
        return found

    def _finished(self, instance: OrchestrationInstance) -> None:
        for waiter in self._waiting.pop(instance.instance_id, []):
            if not waiter.done():
                waiter.set_result(None)

    async def _answer(self, context: Call, ask: Callable[..., Any], *arguments: Any) -> Any:
        """Ask the backend; a refusal or an error becomes the call's gRPC status."""
        with self._busy.work():
            try:
                return ask(*arguments)
            except Refused as refused:
                await context.abort(refused.code, refused.text)
            except Exception as error:  # noqa: BLE001 - the boundary: the caller must learn of it
                await context.abort(grpc.StatusCode.INTERNAL, f"{type(error).__name__}: {error}")
