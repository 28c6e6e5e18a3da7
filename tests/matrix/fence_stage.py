"""One long-lived sandbox and engine; each example's estate is put into the sandbox's rows, worked on, and looked at.

Everything between a fix and Azure is the real thing: `CaseChanges`, facts, the gateway, the SDKs, HTTP on loopback.
What is compared is every write in the request log, whatever Azure answered, and every change that was recorded.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from engine import leases
from gateway.arm.errors import AzureError
from sandbox import governance
from sandbox import model as rows
from tests.engine.driver import Driver, driving
from tests.matrix import fence_actors
from tests.matrix.fence_estate import Collection, Estate, group_id
from tests.matrix.fence_jobs import put_jobs
from tests.matrix.fence_oracle import Write, outside

WORLD = {"title": "a stage for the fence", "machine": [{"name": "stage", "failure": {"code": "BackUpOperationFailed"}}]}
BETWEEN = timedelta(hours=2)
"""Between two examples: past every shared answer and every hourly quota."""
QUERY = ("POST", "/providers/Microsoft.ResourceGraph/resources")
"""Resource Graph's one request, which only reads."""
UNTIL_LISTED = timedelta(minutes=10)
"""Until Resource Graph, which lags, shows that another vault knows the machine."""
_KEPT = ("world", "live", "vaults", "policies")


@dataclass(slots=True)
class Tally:
    """What the examples came to."""

    examples: int = 0
    changing: int = 0
    changes: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


class FenceStage:
    """Keeps the event loop, so that hypothesis, which is not asynchronous, can run one example after another."""

    def __init__(self, runner: asyncio.Runner, stack: AsyncExitStack, driver: Driver) -> None:
        self._runner, self._stack, self._driver = runner, stack, driver
        self._vault = next(iter(driver.box.model.vaults)).id
        self.tally = Tally()

    @classmethod
    def open(cls) -> Self:
        runner, stack = asyncio.Runner(), AsyncExitStack()

        async def start() -> Driver:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            return await stack.enter_async_context(driving(WORLD, Path(folder), patch))

        return cls(runner, stack, runner.run(start()))

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def play(self, estate: Estate, actor: str, seed: int) -> list[Write]:
        """Let the actor work on the estate; the writes that touched what is not ours."""
        return self._runner.run(self._play(estate, actor, seed))

    async def _play(self, estate: Estate, actor: str, seed: int) -> list[Write]:
        await self._set(estate)
        case = f"{self.tally.examples:032x}"
        if actor == "rogue":
            await fence_actors.rogue(self._driver, estate, case, seed)
        else:
            await fence_actors.fix(self._driver, actor, case)
        lifted = self._locks_lifted()
        with suppress(AzureError):
            await self._driver.engine.leases.release(case, self._driver.box.now)
        self._count()
        assert actor == "rogue" or not lifted or self._locks() == self._locks_before, (
            "a lock was not returned as it was"
        )
        return outside(self._writes(), estate, self._vault)

    async def _set(self, estate: Estate) -> None:
        box = self._driver.box
        await box.advance(BETWEEN)
        for table in [t for t in vars(box.model).values() if hasattr(t, "remove") and t.name not in _KEPT]:
            for key, _ in table.items():
                table.remove(key)
        for vault in [vault.id for vault in box.model.vaults if vault.id != self._vault]:
            box.model.vaults.remove(vault)
        store = self._driver.engine.rows
        for row in await store.scan(leases.TABLE, limit=1000):
            await store.delete(leases.TABLE, row)
        put_estate(self._driver, self._vault, estate)
        if estate.jobs:
            await box.advance(UNTIL_LISTED)
        self._locks_before = self._locks()

    def _locks(self) -> set[Any]:
        return {lock for lock in self._driver.box.model.locks if lock.in_force_until is None}

    def _locks_lifted(self) -> bool:
        return any(change["kind"] == "lock.delete" for change in self._driver.box.changes())

    def _writes(self) -> list[Write]:
        sent = [(r["method"], r["path"]) for r in self._driver.box.requests() if r["method"] not in ("GET", "HEAD")]
        sent = [one for one in sent if one != QUERY]
        done = [(_METHODS[c["kind"]], c["id"] + _TAILS.get(c["kind"], "")) for c in self._driver.box.changes()]
        return sent + done

    def _count(self) -> None:
        done = self._driver.box.changes()
        self.tally.examples += 1
        self.tally.changing += bool(done)
        self.tally.changes += len(done)
        for change in done:
            self.tally.kinds[change["kind"]] = self.tally.kinds.get(change["kind"], 0) + 1


_VERBS = ("reapply", "restart", "redeploy")
_METHODS = (
    {"lock.write": "PUT", "backup.trigger": "POST", "run_command.write": "PUT", "job.cancel": "POST"}
    | {f"{what}.delete": "DELETE" for what in ("lock", "restore_point", "collection", "extension", "run_command")}
    | {f"vm.{verb}": "POST" for verb in _VERBS}
)
_TAILS = {"backup.trigger": "/backup", "job.cancel": "/cancel"} | {f"vm.{verb}": f"/{verb}" for verb in _VERBS}


def put_estate(driver: Driver, vault: str, estate: Estate) -> None:
    """Write the estate into the sandbox's rows."""
    model, location = driver.box.model, driver.box.model.world.location
    names = {
        estate.group,
        estate.restore_group,
        *(c.group for c in estate.collections),
        *(o.group for o in estate.others),
    }
    for name in sorted(names):
        model.groups.put(rows.Group(group_id(name), name, location))
    for other in estate.others:
        model.others.put(rows.Other(other.id, location))
    for lock in estate.locks:
        model.locks.put(governance.Lock(lock.id, lock.scope, lock.name, lock.level, lock.notes))
    _put_machine(driver, vault, estate)
    for collection in estate.collections:
        _put_collection(driver, vault, estate, collection)
    put_jobs(driver, vault, estate)


def _put_machine(driver: Driver, vault: str, estate: Estate) -> None:
    model, item = driver.box.model, f"{vault}/{estate.item_path}"
    extensions = tuple(rows.Extension(e.name, e.publisher, e.type, "1.0", e.state) for e in estate.extensions)
    model.machines.put(
        rows.Machine(
            estate.machine_id,
            estate.machine,
            estate.group,
            model.world.location,
            estate.vm_id,
            driver.box.now,
            extensions=extensions,
        )
    )
    container = item.rsplit("/VM;", 1)[1]
    own = f"AzureBackup_{estate.machine}_{estate.data_id}"
    model.items.put(
        rows.Item(
            id=item,
            vault=vault,
            machine=estate.told_id,
            machine_name=estate.machine,
            machine_group=estate.group,
            container=container,
            policy="DailyPolicy",
            data_id=estate.data_id,
            restore_group=estate.restore_group,
            collection=f"{group_id(estate.restore_group)}/providers/Microsoft.Compute/restorePointCollections/{own}",
        )
    )
    driver.world["cases"][0]["item"] = item
    _put_strangers_job(driver, vault)


def _put_strangers_job(driver: Driver, vault: str) -> None:
    """A backup that runs in the same vault, of another machine."""
    began, whose = driver.box.now - timedelta(hours=9), fence_actors.STRANGER
    item = f"{vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{whose}/protectedItems/VM;{whose}"
    ours = {"name": "9d3e2a41-0000-4c58-8a90-2f6d1b3c5e70", "vault": vault, "item": item, "container": whose}
    driver.box.model.jobs.put(
        rows.Job(
            **ours,
            machine_name="strange-01",
            operation="Backup",
            status="InProgress",
            start=began,
            listed_at=began,
            expiry=driver.box.now,
            tasks=(rows.Task("Take Snapshot", "InProgress", began), rows.Task("Transfer data to vault")),
        )
    )


def _put_collection(driver: Driver, vault: str, estate: Estate, collection: Collection) -> None:
    """A collection with its points, each with a valid copy in the vault: the fence alone must keep what is not ours."""
    model, c = driver.box.model, collection
    model.collections.put(rows.Collection(c.id, c.group, c.name, model.world.location, c.source, "guid"))
    for point in c.points:
        at, point_id = driver.box.now - timedelta(days=point.days), f"{c.id}/restorePoints/{point.name}"
        model.restore_points.put(
            rows.RestorePoint(point_id, c.id, point.name, c.source, point.vm_id, at, "AppConsistent")
        )
        item = f"{vault}/{estate.item_path}"
        model.points.put(
            rows.RecoveryPoint(
                f"{item}/recoveryPoints/{point.days}",
                item,
                str(point.days),
                at,
                "AppConsistent",
                "Valid",
                "Valid",
                point_id,
            )
        )
