"""The HTTP front: routes requests to functions, checks keys, turns results into answers."""

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.host.busy import Busy
from sandbox.host.keys import Keys
from sandbox.host.protos import RpcHttp, RpcHttpCookie, TypedData
from sandbox.host.routes import RouteTable
from sandbox.host.runner import FunctionRunner
from sandbox.host.worker import Function, InvocationFailed

log = logging.getLogger(__name__)

Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]


def key_of(request: web.Request) -> str:
    """The key a caller presents: header x-functions-key, else the query's `code`."""
    return request.headers.get("x-functions-key") or request.query.get("code") or ""


class HttpFront:
    """Answers for every path that is not the host's own."""

    def __init__(self, routes: RouteTable, keys: Keys, runner: FunctionRunner, busy: Busy) -> None:
        self._routes, self._keys, self._runner, self._busy = routes, keys, runner, busy

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Serve one request; it counts as work until it is answered."""
        with self._busy.work():
            found = self._routes.find(request.method, request.path)
            if found is None:
                return web.Response(status=404)
            function, parameters = found
            if not self._keys.open_function(key_of(request), str(function.trigger.get("authLevel") or "function")):
                return web.Response(status=401)
            return await self._call(function, await _rpc_request(request, parameters))

    async def _call(self, function: Function, data: TypedData) -> web.StreamResponse:
        try:
            returned = await self._runner.run(function, data)
            return _http_answer(returned)
        except InvocationFailed as error:
            log.error("%s failed: %s\n%s", function.name, error.error, error.stack)
        except Exception:
            log.exception("%s ran, but its outputs could not be stored or its answer not be sent", function.name)
        return web.Response(status=500)


async def _rpc_request(request: web.Request, parameters: dict[str, str]) -> TypedData:
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=str(request.url),
            headers={name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
            params=parameters,
            query=dict(request.query),
            body=TypedData(bytes=await request.read()),
        )
    )


def _http_answer(returned: TypedData | None) -> web.Response:
    if returned is None:
        return web.Response(status=204)
    if returned.WhichOneof("data") != "http":
        return web.Response(text=str(returned.content()))
    http = returned.http
    body = http.body.content() if http.body is not None else b""
    answer = web.Response(status=int(http.status_code), body=body.encode() if isinstance(body, str) else body)
    for name, value in http.headers.items():
        answer.headers[name] = value
    for cookie in http.cookies or []:
        _set_cookie(answer, cookie)
    return answer


def _set_cookie(answer: web.Response, cookie: RpcHttpCookie) -> None:
    path = getattr(cookie.path, "value", None) or "/"
    answer.set_cookie(cookie.name, cookie.value, path=path, httponly=bool(getattr(cookie.http_only, "value", False)))
