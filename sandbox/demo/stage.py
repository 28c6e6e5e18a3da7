"""One world's stage: a simulated Azure and a Functions host that runs the app against it."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.demo.facts import World
from sandbox.demo.pieces import ROOT, Piece, running
from sandbox.demo.relay import Relay, relaying
from sandbox.demo.web import Web

NIGHTLY, HOURLY = "0 0 4 * * *", "0 0 * * * *"


@dataclass(frozen=True, slots=True)
class Stage:
    """The two processes and the ways to talk to them: `azure` is the sandbox, `api` the app, `host` its host."""

    world: World
    folder: Path
    sandbox: Piece
    function_host: Piece
    azure: Web
    api: Web
    host: Web
    relay: Relay

    @property
    def pieces(self) -> tuple[Piece, Piece]:
        return self.sandbox, self.function_host


@asynccontextmanager
async def staged(name: str, folder: Path, policy: Path) -> AsyncIterator[Stage]:
    """Start both processes with an empty folder; end both with the block. Time stands still until it is released."""
    folder = _emptied(folder)
    async with (
        aiohttp.ClientSession() as http,
        running(
            "the sandbox",
            "sandbox", "--world", name, "--time-scale", "0",
            errors=folder / "sandbox.log",
        ) as sandbox,
    ):  # fmt: skip
        azure = Web(http, sandbox.url)
        world = World.from_json(await azure.get("/_sandbox/world"))
        settings = folder / "settings.json"
        settings.write_text(json.dumps(_settings(world, sandbox, folder, policy), indent=1), encoding="utf-8")
        async with running(
            "the Functions host", "sandbox.host",
            "--app", str(ROOT), "--data", str(folder / "host"), "--settings", str(settings),
            "--clock", sandbox.url, "--now", "functions.now:source", "--idle-jump", "--hold-jump",
            errors=folder / "host.log",
        ) as host:  # fmt: skip
            api = Web(http, host.url, host.ready["function_key"])
            admin = Web(http, host.url, host.ready["master_key"])
            await _check_loaded(host, admin)
            async with relaying(http, f"{host.url}/api/alerts?code={host.ready['function_key']}") as relay:
                yield Stage(world, folder, sandbox, host, azure, api, admin, relay)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder.resolve()


def _settings(world: World, sandbox: Piece, folder: Path, policy: Path) -> dict[str, str]:
    """What local.settings.json would hold.

    Where the sweep has to find the failure it runs each hour: Resource Graph shows a job late, and a sweep that came too
    early is followed by another. Elsewhere it runs nightly, as it is deployed.
    """
    swept = any(case.trigger == "sweep" for case in world.cases)
    return {
        "POLICY_FILE": str(policy.resolve()),
        "STORE_URL": f"sqlite:///{folder / 'store.db'}",
        "ARM_ENDPOINT": sandbox.url,
        "IDENTITY_ENDPOINT": sandbox.ready["identity_endpoint"],
        "IDENTITY_HEADER": sandbox.ready["identity_header"],
        "SUBSCRIPTIONS": world.subscription,
        "SWEEP_SCHEDULE": HOURLY if swept else NIGHTLY,
        "AzureWebJobsStorage": "local",
    }


async def _check_loaded(host: Piece, admin: Web) -> None:
    """Raises PieceFailed where the host runs but the app could not be loaded: every route would answer 404."""
    if (await admin.get("/admin/host/status"))["errors"]:
        raise host.failed("could not load the app")
