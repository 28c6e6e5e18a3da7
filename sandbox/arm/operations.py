"""Long-running operations: the URLs that are handed out, their signatures, and what they answer."""

import base64
import hashlib
import hmac
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.arm.routes import PI, V, route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.model import Operation
from sandbox.simulation import Simulation, on
from sandbox.times import backup_time, compute_time

SIGNATURE = ("t", "c", "s", "h")
_POLL_S = 5  # simulated seconds between polls


def _retry_after(sim: Simulation) -> dict[str, str]:
    """Compute often sends none; here it is in real seconds, so that a client's poller does not fall back to 30."""
    return {"Retry-After": str(max(1, math.ceil(_POLL_S / sim.time_scale)) if sim.time_scale else _POLL_S)}


def signature(sim: Simulation, operation: str) -> dict[str, str]:
    """The signed part of an operation's URL; it must be sent back as it is."""

    def sign(part: str, rounds: int) -> str:
        key = sim.state.world.secret.encode()
        raw = b"".join(hmac.digest(key, f"{operation}{part}{i}".encode(), "sha256") for i in range(rounds))
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    ticks = str(638500000000000000 + int(hashlib.sha256(operation.encode()).hexdigest()[:12], 16))
    return {"t": ticks, "c": sign("certificate", 40), "s": sign("signature", 8), "h": sign("hash", 1)}


def check_signature(sim: Simulation, call: Call) -> None:
    """Raise 403 unless the query carries the very signature that was handed out."""
    given = {key: call.query.get(key) for key in SIGNATURE}
    if given != signature(sim, call.names["op"]):
        # ASSUMED: the status and text of a refused signature; no recording shows one.
        raise Refusal(403, "InvalidAsyncOperationSignature", "The signature of the operation is not valid.")


def start_operation(sim: Simulation, family: str, lasts: timedelta | None, **fields: Any) -> Operation:
    """A new operation; with `lasts` it ends by itself. With `effect` an event runs at its end, well or failed."""
    effect = fields.pop("effect", None)
    operation = sim.state.operations.put(Operation(sim.guid("operation"), family, sim.now, **fields))
    if lasts is not None:
        sim.after(lasts, "operation.end", operation=operation.id, effect=effect)
    return operation


@on("operation.end")
def end_operation(sim: Simulation, args: dict[str, Any]) -> None:
    operation = sim.state.operations.require(args["operation"])
    status = "Failed" if operation.error_code else "Succeeded"
    sim.state.operations.put(replace(operation, end=sim.now, status=status))
    if args["effect"] and status == args["effect"].get("when", "Succeeded"):
        sim.schedule(sim.now, args["effect"]["kind"], **args["effect"]["args"])


def accepted_by_compute(sim: Simulation, call: Call, operation: Operation, location: str) -> Reply:
    base = f"/subscriptions/{sim.state.world.subscription}/providers/Microsoft.Compute/locations/{location}"
    url = f"{base}/operations/{operation.id}"
    query = {"p": sim.state.world.tenant, "api-version": call.api_version, **signature(sim, operation.id)}
    headers = {
        "Azure-AsyncOperation": call.url(url, **query),
        "Location": call.url(url, **{"p": query["p"], "monitor": "true", **query}),
        **_retry_after(sim),
    }
    return Reply(202, None, headers)


def accepted_by_backup(sim: Simulation, call: Call, operation: Operation, resource: str) -> Reply:
    query = {"api-version": call.api_version, **signature(sim, operation.id)}
    headers = {
        "Azure-AsyncOperation": call.url(f"{resource}/operationsStatus/{operation.id}", **query),
        "Location": call.url(f"{resource}/operationResults/{operation.id}", **query),
        **_retry_after(sim),
    }
    return Reply(202, None, headers)


def _require(sim: Simulation, call: Call, family: str) -> Operation:
    operation = sim.state.operations.get(call.names["op"])
    if operation is None or operation.family != family:
        raise Refusal(404, "NotFound", f"The operation '{call.names['op']}' was not found.")
    return operation


@route(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Compute/locations/{location}/operations/{op}",
    "Microsoft.Compute/locations/operations/read",
    "2020-06-01",
    signed=True,
)
def compute_operation(sim: Simulation, call: Call) -> Reply:
    """Status at the Azure-AsyncOperation URL; at the Location URL (monitor=true) 202 until done, then the result."""
    operation = _require(sim, call, "compute")
    if call.query.get("monitor") == "true":
        return _compute_result(sim, operation)
    body: Json = {"startTime": compute_time(operation.start), "status": operation.status, "name": operation.id}
    if operation.end:
        body["endTime"] = compute_time(operation.end)
    if operation.error_code:
        body["error"] = {"code": operation.error_code, "message": operation.error_text}
    if operation.output and operation.end:
        body["properties"] = {"output": operation.output}
    return Reply(200, body, {} if operation.end else _retry_after(sim))


def _compute_result(sim: Simulation, operation: Operation) -> Reply:
    if operation.end is None:
        return Reply(202, None, _retry_after(sim))
    if operation.error_code:
        raise Refusal(409, operation.error_code, operation.error_text or "")
    return Reply(200, operation.output) if operation.output else Reply(204)


def _backup_status(sim: Simulation, call: Call) -> Reply:
    operation = _require(sim, call, "backup")
    body: Json = {
        "id": operation.id,
        "name": operation.id,
        "status": operation.status,
        "startTime": backup_time(operation.start),
        "endTime": backup_time(operation.end or operation.start),
    }
    if operation.job:
        body["properties"] = {"objectType": "OperationStatusJobExtendedInfo", "jobId": operation.job}
    return Reply(200, body)


def _backup_result(sim: Simulation, call: Call) -> Reply:
    """202 while running; 204 afterwards, as recorded for a cancelled job."""
    operation = _require(sim, call, "backup")
    return Reply(202, None, _retry_after(sim)) if operation.end is None else Reply(204)


_VAULT = "Microsoft.RecoveryServices/vaults/"
_ITEM = _VAULT + "backupFabrics/protectionContainers/protectedItems/"
_JOB, _JOBS = V + "/backupJobs/{job}", _VAULT + "backupJobs/"
_OLDEST = "2019-05-13-preview"
route("GET", V + "/backupOperations/{op}", _VAULT + "backupOperations/read", _OLDEST)(_backup_status)
route("GET", V + "/backupOperationResults/{op}", _VAULT + "backupOperationResults/read", _OLDEST)(_backup_result)
route("GET", PI + "/operationsStatus/{op}", _ITEM + "operationsStatus/read", _OLDEST, signed=True)(_backup_status)
route("GET", PI + "/operationResults/{op}", _ITEM + "operationResults/read", _OLDEST, signed=True)(_backup_result)
route("GET", _JOB + "/operationsStatus/{op}", _JOBS + "operationsStatus/read", _OLDEST, signed=True)(_backup_status)
route("GET", _JOB + "/operationResults/{op}", _JOBS + "operationResults/read", _OLDEST, signed=True)(_backup_result)
