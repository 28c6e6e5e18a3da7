"""The sandbox's own surface under /_sandbox/: clock, world, webhook, request log, changes, locks, alerts, hold."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.arm import routes
from sandbox.arm.hold import Hold
from sandbox.arm.locks import lock_body
from sandbox.backup.alerts import deliver_to
from sandbox.model import Change, FiredAlert, Request
from sandbox.simulation import Simulation
from sandbox.times import parse

_HELD_TIMEOUT_S = 30.0


def request_line(entry: Request) -> dict[str, Any]:
    return {**asdict(entry), "at": entry.at.isoformat()}


def change_line(change: Change) -> dict[str, Any]:
    return {**asdict(change), "at": change.at.isoformat()}


def alert_line(alert: FiredAlert) -> dict[str, Any]:
    told = {"id": alert.id, "item": alert.item, "job": alert.job, "state": alert.state, "condition": alert.condition}
    return {**told, "fired": alert.fired.isoformat()}


class Control:
    def __init__(self, sim: Simulation, hold: Hold) -> None:
        self._sim, self._hold = sim, hold

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/clock", self.clock),
            web.post("/_sandbox/clock", self.move),
            web.get("/_sandbox/world", self.world),
            web.post("/_sandbox/webhook", self.webhook),
            web.get("/_sandbox/requests", self.requests),
            web.get("/_sandbox/changes", self.changes),
            web.get("/_sandbox/locks", self.locks),
            web.get("/_sandbox/alerts", self.alerts),
            web.get("/_sandbox/actions", self.actions),
            web.post("/_sandbox/hold", self.hold),
            web.get("/_sandbox/held", self.held),
            web.post("/_sandbox/release", self.release),
        ]

    async def clock(self, request: web.Request) -> web.Response:
        due = self._sim.next_event()
        return web.json_response({"now": self._sim.now.isoformat(), "next_event": due.isoformat() if due else None})

    async def move(self, request: web.Request) -> web.Response:
        """Forward only: an instant in the past leaves the clock where it is."""
        try:
            to = parse((await request.json())["to"])
        except (ValueError, KeyError, TypeError):
            return web.json_response({"error": 'send {"to": "<ISO 8601 instant>"}'}, status=400)
        await self._sim.advance(to)
        return await self.clock(request)

    async def world(self, request: web.Request) -> web.Response:
        world = self._sim.state.world
        return web.json_response(
            {
                "name": world.name,
                "title": world.title,
                "subscription": world.subscription,
                "cases": [asdict(case) for case in world.cases],
            }
        )

    async def webhook(self, request: web.Request) -> web.Response:
        deliver_to(self._sim, (await request.json())["url"])
        self._sim.state.commit()
        return web.json_response({"ok": True})

    async def requests(self, request: web.Request) -> web.Response:
        after = int(request.query.get("after", 0))
        return web.json_response([request_line(r) for r in self._sim.state.requests if r.n > after])

    async def changes(self, request: web.Request) -> web.Response:
        return web.json_response([change_line(c) for c in self._sim.state.changes])

    async def locks(self, request: web.Request) -> web.Response:
        return web.json_response([lock_body(k) for k in self._sim.state.locks if k.in_force_until is None])

    async def alerts(self, request: web.Request) -> web.Response:
        """Every alert that fired: its state, and the job and item it is about."""
        return web.json_response([alert_line(one) for one in self._sim.state.alerts])

    async def actions(self, request: web.Request) -> web.Response:
        """Every route of ARM that is served, with the role actions it asks for."""
        served = [{"method": one.method, "path": one.path, "actions": one.actions} for one in routes.every()]
        return web.json_response(served)

    async def hold(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("when") not in ("before", "after") or not isinstance(body.get("n"), int) or body["n"] < 1:
            return web.json_response({"error": 'send {"n": 1.., "when": "before" or "after"}'}, status=400)
        self._hold.arm(body["n"], body["when"])
        return web.json_response({"armed": body["n"], "when": body["when"]})

    async def held(self, request: web.Request) -> web.Response:
        held = await self._hold.wait_until_held(float(request.query.get("timeout", _HELD_TIMEOUT_S)))
        return web.json_response({"held": True, **asdict(held)} if held else {"held": False})

    async def release(self, request: web.Request) -> web.Response:
        self._hold.release()
        return web.json_response({"held": False})
