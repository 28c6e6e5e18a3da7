"""The two processes that are measured, each on its own: the simulated Azure and the local host."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from aiohttp import ClientSession, ClientTimeout

from sandbox.demo.pieces import ROOT, Piece, running

PATIENCE = ClientTimeout(total=600)
HOST, PROFILED_HOST = "sandbox.host", "tests.bench.profiled_host"
SANDBOX, UNMETERED_SANDBOX = "sandbox", "tests.bench.unmetered_sandbox"


def make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


@dataclass(slots=True)
class Served:
    """A running process, and a session to talk to it with its key, if it wants one."""

    piece: Piece
    http: ClientSession
    key: str = ""
    cpu_before: float = field(init=False)

    def __post_init__(self) -> None:
        self.cpu_before = self.cpu_s

    @property
    def url(self) -> str:
        return self.piece.url

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self.piece.ready["pid"])

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the process since its start, in user and kernel."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    @property
    def rss_mib(self) -> float:
        return float(self.process.memory_info().rss) / 2**20

    async def get(self, path: str) -> Any:
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: Any = None) -> Any:
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        content = None if body is None else json.dumps(body).encode()
        headers = {"x-functions-key": self.key} if self.key else {}
        async with self.http.request(method, self.url + path, data=content, headers=headers) as answer:
            text = await answer.text()
            if answer.status >= 300:
                raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:300]}")
            return json.loads(text)


@asynccontextmanager
async def simulated(world: str, folder: Path, latency_ms: int = 0, module: str = SANDBOX) -> AsyncIterator[Served]:
    """The sandbox as a process of its own, so that its CPU time is not ours."""
    make_folder(folder)
    arguments = ("serve", "--world", world, "--latency-ms", str(latency_ms))
    async with (
        running("the sandbox", module, *arguments, errors=folder / "sandbox.txt") as piece,
        ClientSession(timeout=PATIENCE) as http,
    ):
        yield Served(piece, http)


def settings_for(azure: Served, subscription: str, folder: Path) -> dict[str, str]:
    """The app's settings, by which it works on that sandbox and may change it."""
    return {
        "ARM_ENDPOINT": azure.url,
        "IDENTITY_ENDPOINT": azure.piece.ready["identity_endpoint"],
        "IDENTITY_HEADER": azure.piece.ready["identity_header"],
        "STORE_URL": f"sqlite://{folder}/store.db",
        "POLICY_FILE": str(ROOT / "tests" / "policies" / "fleet.toml"),
        "SUBSCRIPTIONS": subscription,
        "SWEEP_SCHEDULE": "0 0 4 * * *",
        "AzureWebJobsStorage": "local",
    }


@asynccontextmanager
async def hosted(
    app: Path, folder: Path, settings: dict[str, str], *arguments: str, module: str = HOST
) -> AsyncIterator[Served]:
    """The local host with an app; `key` is the function key."""
    make_folder(folder)
    values = folder / "settings.json"
    values.write_text(json.dumps(settings), encoding="utf-8")
    fixed = ("--app", str(app), "--data", str(folder / "host"), "--settings", str(values))
    make_folder(folder / "host")
    async with (
        running("the host", module, *fixed, *arguments, errors=folder / "host.txt") as piece,
        ClientSession(timeout=PATIENCE) as http,
    ):
        yield Served(piece, http, piece.ready["master_key"])


@asynccontextmanager
async def product(azure: Served, folder: Path, module: str = HOST) -> AsyncIterator[Served]:
    """The host with the whole product on that sandbox's clock; its jumps are held until released."""
    world = await azure.get("/_sandbox/world")
    arguments = ("--clock", azure.url, "--now", "functions.now:source", "--idle-jump", "--hold-jump")
    settings = settings_for(azure, world["subscription"], folder)
    async with hosted(ROOT, folder, settings, *arguments, module=module) as host:
        yield host
