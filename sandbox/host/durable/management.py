"""The durable management webhooks: look at an instance, raise an event, suspend, resume, terminate, purge."""

import json
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
from aiohttp import web
from durabletask.testing.in_memory_backend import OrchestrationInstance
from google.protobuf import wrappers_pb2  # type: ignore[import-untyped]

from sandbox.host.busy import Busy
from sandbox.host.durable.backend import DurableBackend
from sandbox.host.durable.refusals import Refused
from sandbox.host.front import Endpoint, key_of
from sandbox.host.keys import Keys

_ROOT = "/runtime/webhooks/durabletask/instances/{instance}"


class Management:
    """https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-http-api, without the queries."""

    def __init__(self, backend: DurableBackend, keys: Keys, busy: Busy) -> None:
        self._backend, self._keys, self._busy = backend, keys, busy

    def add_to(self, app: web.Application) -> None:
        app.router.add_get(_ROOT, self._guarded(self._status))
        app.router.add_delete(_ROOT, self._guarded(self._purge))
        app.router.add_post(_ROOT + "/raiseEvent/{event}", self._guarded(self._raise_event))
        app.router.add_post(_ROOT + "/{verb:terminate|suspend|resume}", self._guarded(self._change))

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._keys.open_durable(key_of(request)):
                return web.Response(status=401)
            with self._busy.work():
                try:
                    return await endpoint(request)
                except Refused as refused:
                    return web.Response(status=404, text=refused.text)

        return guarded

    def _instance(self, request: web.Request) -> OrchestrationInstance | None:
        return self._backend.find(request.match_info["instance"])

    async def _status(self, request: web.Request) -> web.StreamResponse:
        instance = self._instance(request)
        if instance is None:
            return web.Response(status=404)
        return web.json_response(_described(instance), status=200 if self._backend.has_ended(instance) else 202)

    async def _raise_event(self, request: web.Request) -> web.StreamResponse:
        content = await request.text() or "null"
        instance = self._instance(request)
        if instance is not None and self._backend.has_ended(instance):
            return web.Response(status=410)
        self._backend.raise_event(
            pb.RaiseEventRequest(
                instanceId=request.match_info["instance"],
                name=request.match_info["event"],
                input=wrappers_pb2.StringValue(value=content),
            )
        )
        return web.Response(status=202)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        instance = self._instance(request)
        if instance is None or self._backend.has_ended(instance):
            return web.Response(status=404 if instance is None else 410)
        reason = wrappers_pb2.StringValue(value=json.dumps(request.query.get("reason", "")))
        verb = request.match_info["verb"]
        if verb == "terminate":
            self._backend.terminate(pb.TerminateRequest(instanceId=instance.instance_id, output=reason))
        elif verb == "suspend":
            self._backend.suspend(pb.SuspendRequest(instanceId=instance.instance_id, reason=reason))
        else:
            self._backend.resume(pb.ResumeRequest(instanceId=instance.instance_id, reason=reason))
        return web.Response(status=202)

    async def _purge(self, request: web.Request) -> web.StreamResponse:
        answer = self._backend.purge(pb.PurgeInstancesRequest(instanceId=request.match_info["instance"]))
        if not answer.deletedInstanceCount:
            return web.Response(status=404)
        return web.json_response({"instancesDeleted": answer.deletedInstanceCount})


def _described(instance: OrchestrationInstance) -> dict[str, Any]:
    name = pb.OrchestrationStatus.Name(instance.status).removeprefix("ORCHESTRATION_STATUS_")
    failure = instance.failure_details
    return {
        "name": instance.name,
        "instanceId": instance.instance_id,
        "runtimeStatus": name.title().replace("_", ""),
        "input": _parsed(instance.input),
        "customStatus": _parsed(instance.custom_status),
        "output": failure.errorMessage if failure else _parsed(instance.output),
        "createdTime": instance.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "lastUpdatedTime": instance.last_updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _parsed(text: str | None) -> Any:
    return json.loads(text) if text else None
