"""The way of one ARM request: hold, fault, token, route, version, role, denials, quota, lock, answer, record."""

import asyncio
import json
import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlencode

from aiohttp import web

from sandbox import ids
from sandbox.arm import denials, faults, rbac, routes, surface
from sandbox.arm.faults import Faults
from sandbox.arm.hold import Hold
from sandbox.arm.meters import Meters
from sandbox.arm.operations import SIGNATURE, check_signature
from sandbox.arm.paging import paged
from sandbox.arm.routes import Route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.identity import is_ours
from sandbox.locking import blocking_locks
from sandbox.model import Request
from sandbox.roles import EVERYTHING, Role
from sandbox.simulation import Simulation

_SLOW_S = 0.5  # how long a request with the fault "slow" takes, in real seconds
_READING_POSTS = re.compile(r".*/(backupStatus|providers/Microsoft\.ResourceGraph/resources)", re.IGNORECASE)
PARTS = surface.PARTS


@dataclass(slots=True)
class Options:
    role: Role = EVERYTHING
    faults: Faults | None = None
    latency_s: float = 0.0


@dataclass(slots=True)
class Pipeline:
    sim: Simulation
    options: Options
    meters: Meters
    hold: Hold = field(default_factory=Hold)
    remembered: dict[str, Reply] = field(default_factory=dict)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one ARM request; whatever happens, a line of the request log tells of it."""
        number = self.hold.arrive()
        entry = self._enter(request)
        if self.options.latency_s:
            await asyncio.sleep(self.options.latency_s)
        if not await self.hold.stop(number, "before", request):
            return self._lost(request, replace(entry, fault="client gone"))
        fault = self.options.faults.pick(request.method, entry.path) if self.options.faults else None
        entry = replace(entry, fault=fault)
        if fault == "drop":
            return self._lost(request, entry)
        if fault == "slow":
            await asyncio.sleep(_SLOW_S)
        reply, action = await self._reply(request, fault)
        entry = replace(entry, action=action, status=reply.status)
        if fault == "drop_after":
            return self._lost(request, entry)
        self._write(entry)
        if not await self.hold.stop(number, "after", request):
            return self._lost(request, replace(entry, fault="client gone"))
        return _response(self.sim, request, reply, entry.n)

    def _enter(self, request: web.Request) -> Request:
        path = _clean(request)
        query = urlencode({k: v for k, v in request.query.items() if k not in (*SIGNATURE, "p")})
        write = request.method != "GET" and not _READING_POSTS.fullmatch(path)
        n = len(self.sim.state.requests) + 1
        entry = Request(n, self.sim.now, request.method, path, query, None, None, write, None)
        return self.sim.state.requests.put(entry)

    def _write(self, entry: Request) -> None:
        self.sim.state.requests.put(entry)
        self.sim.state.commit()

    def _lost(self, request: web.Request, entry: Request) -> web.StreamResponse:
        """Close the connection without an answer."""
        self._write(entry)
        if request.transport:
            request.transport.abort()
        return web.Response(status=500)

    async def _reply(self, request: web.Request, fault: str | None) -> tuple[Reply, str | None]:
        made = faults.answer(fault) if fault else None
        if made:
            return made, None
        if fault == "stale" and request.method == "GET" and (old := self.remembered.get(request.raw_path)):
            return old, None
        reply, action = self._handle(request, await _body(request))
        if self.options.faults and request.method == "GET":
            self.remembered.setdefault(request.raw_path, reply)
        return reply, action

    def _handle(self, request: web.Request, body: Json) -> tuple[Reply, str | None]:
        """Everything between the wire and the answer, without a pause: one request is one step of the world."""
        action: str | None = None
        try:
            self._authenticate(request)
            one, names = self._route(request)
            action = one.action
            call = replace(_call(request, names, body), role=self.options.role)
            self._check(one, call)
            headers = self._charge(one, call)
            self._check_locks(one, call)
            denials.check_policies(self.sim, call)
            if one.signed:
                check_signature(self.sim, call)
            reply = paged(one.answer(self.sim, call), call, self.sim.state.world.page_size)
            return replace(reply, headers={**headers, **reply.headers}), action
        except Refusal as refusal:
            return refusal.reply, action

    def _authenticate(self, request: web.Request) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not is_ours(self.sim.state.world, token.strip()):
            text = "The access token is missing or invalid."
            raise Refusal(401, "InvalidAuthenticationToken", text, {"WWW-Authenticate": "Bearer"})

    def _route(self, request: web.Request) -> tuple[Route, dict[str, str]]:
        path = _clean(request)
        found = routes.find(request.method, path)
        if found is None:
            known = routes.methods_at(path)
            more = f" It knows {', '.join(known)} there." if known else ""
            raise Refusal(404, "NotFound", f"The sandbox serves no {request.method} at '{path}'.{more}")
        return found

    def _check(self, one: Route, call: Call) -> None:
        _check_version(one, call.api_version)
        world = self.sim.state.world
        if call.names.get("sub", world.subscription).lower() != world.subscription.lower():
            text = f"The subscription '{call.names['sub']}' could not be found."
            raise Refusal(404, "SubscriptionNotFound", text)
        rbac.check(call.role, world, one.actions, call.path)
        denials.check_deny_assignments(self.sim, one.actions, call.path)

    def _charge(self, one: Route, call: Call) -> dict[str, str]:
        now = self.sim.now
        if "/microsoft.resourcegraph/" in call.path.lower():
            return self.meters.charge_graph(now)
        headers = self.meters.charge_arm(call.method, now)
        if one.action and "vault" in call.names:
            vault = ids.vault_id(call.names["sub"], call.names["rg"], call.names["vault"]).lower()
            headers |= self.meters.charge_backup(vault, one.action, now)
        return headers

    def _check_locks(self, one: Route, call: Call) -> None:
        """409 in the words of C33; a POST is a write to the resource that its last segment belongs to."""
        if one.changes is None:
            return
        resource = call.path.rsplit("/", 1)[0] if call.method == "POST" else call.path
        locks = blocking_locks(self.sim.state, resource, one.changes, self.sim.now)
        if locks:
            scopes = ",".join(sorted({lock.scope for lock in locks}))
            text = (
                f"The scope '{resource}' cannot perform {one.changes} operation because following scope(s) are "
                f"locked: '{scopes}'. Please remove the lock and try again."
            )
            raise Refusal(409, "ScopeLocked", text)


def _clean(request: web.Request) -> str:
    return re.sub("/{2,}", "/", unquote(request.rel_url.raw_path))


def _check_version(one: Route, version: str) -> None:
    if not version:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise Refusal(400, "MissingApiVersionParameter", text)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(-[a-z]+)?", version) or version[:10] < one.since[:10]:
        text = f"The api-version '{version}' is invalid. The oldest that is served here is '{one.since}'."
        raise Refusal(400, "InvalidApiVersionParameter", text)


async def _body(request: web.Request) -> Json:
    """The JSON object that was sent; anything else counts as an empty one."""
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def base_url(request: web.Request) -> str:
    scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
    return f"{scheme}://{request.headers.get('X-Forwarded-Host', request.host)}"


def _call(request: web.Request, names: dict[str, str], body: Json) -> Call:
    query = dict(request.query)
    version = next((value for key, value in query.items() if key.lower() == "api-version"), "")
    return Call(request.method, _clean(request).rstrip("/"), names, query, body, base_url(request), version)


def _response(sim: Simulation, request: web.Request, reply: Reply, n: int) -> web.Response:
    own = ids.guid(sim.state.world.name, "request", n)
    correlation = request.headers.get("x-ms-correlation-request-id", own)
    headers = {
        "x-ms-request-id": own,
        "x-ms-correlation-request-id": correlation,
        "x-ms-routing-request-id": f"SANDBOX:{sim.now:%Y%m%dT%H%M%SZ}:{own}",
        "Cache-Control": "no-cache",
        **reply.headers,
    }
    if "x-ms-client-request-id" in request.headers:
        headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    return web.json_response(reply.body, status=reply.status, headers=headers)
