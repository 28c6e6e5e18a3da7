"""Every write to Azure that a case can make: fence, guard, intent, call, result. The only way to the gateway's writers.

ChangesOff   the case may never change anything (a dry run)
OutsideFence the write would touch what is not ours
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from engine.journal import Journal
from engine.leases import return_command
from gateway.arm import ids
from gateway.arm.errors import AzureError, Unavailable
from gateway.arm.model import Collection, Extension, Job, Lock, RestorePoint, Started
from gateway.arm.reads import Reads
from gateway.arm.run_commands import RunCommand
from gateway.arm.starts import Starts
from remediations import fence
from remediations.backups.stuck_jobs import takes_snapshot
from remediations.contract import Attempt
from remediations.facts import Facts
from remediations.guest.scripts import Script, shipped


class ChangesOff(Exception):
    """Nothing may be changed by this case; the text says why."""


class OutsideFence(Exception):
    """What a fix wanted to touch is not ours; the text says why. A fault in the fix, or a world that moved."""


Guard = Callable[[str, str], Awaitable[None]]
"""Asked before each write, with its kind and target; raises where it may not be made now."""


async def unguarded(kind: str, target: str) -> None:
    """No guard: for calling a fix by itself."""


class CaseChanges:
    """The changes of one case in one turn."""

    def __init__(
        self,
        reads: Reads,
        starts: Starts,
        journal: Journal,
        facts: Facts,
        item_id: str,
        now: datetime,
        off: str,
        guard: Guard = unguarded,
        fix: Callable[[], str] = str,
    ) -> None:
        """`off` is why nothing may be changed, "" where changes are allowed; `fix` names whose they are."""
        self._reads, self._starts, self._journal, self._facts = reads, starts, journal, facts
        self._item_id, self._now, self._off, self._guard, self._fix = item_id, now, off, guard, fix
        self.made = 0

    async def delete_lock(self, lock: Lock) -> Started:
        group = await self._facts.restore_point_group()
        if group is None:
            raise OutsideFence("the item has no restore point group")
        _fenced(fence.outside_lock(lock, group.id))
        subscription = ids.subscription(lock.id)
        before = {**lock.to_json(), "return_with": return_command(lock, group.id)}
        started = await self._write("lock.delete", lock.id, self._starts.delete_lock(lock), before)
        self._reads.changed("locks", subscription)
        return started

    async def trigger_backup(self, expiry: datetime) -> Started:
        before = {"expiry": expiry.isoformat()}
        return await self._write("backup.trigger", self._item_id, self._starts.backup(self._item_id, expiry), before)

    async def cancel_job(self, job: Job) -> Started:
        vault = await self._vault_of(job)
        _fenced("" if takes_snapshot(job) else f"the job {job.name} is not in its snapshot")
        before = {"began": job.start.isoformat() if job.start else "", "tasks": dict(job.tasks)}
        started = await self._write("job.cancel", job.id, self._starts.cancel_job(job.id), before)
        self._reads.changed("unfinished jobs", vault)
        self._reads.changed("jobs", vault)
        return started

    async def _vault_of(self, job: Job) -> str:
        """The vault of a backup of this very machine: its own, or one that protected it before. Raises OutsideFence."""
        facts, vault = self._facts, ids.vault_of(job.id)
        own = ids.same(vault, facts.vault_id)
        known = await (facts.unfinished_backups() if own else facts.unfinished_elsewhere())
        _fenced("" if job in known else f"the job {job.name} is no unfinished backup of this machine")
        item = await facts.item()
        there = item if own else await facts.other_item(vault)
        _fenced(fence.outside_job(job, there, item.machine_id))
        return vault

    async def delete_restore_point(self, point: RestorePoint) -> Started:
        own = await self._facts.own_collection()
        inside = own is not None and own.points is not None and point in own.points
        _fenced("" if inside else f"the restore point {point.name} is not one of the item's own collection")
        before = {"created": point.created.isoformat() if point.created else ""}
        return await self._write("restore_point.delete", point.id, self._starts.delete_restore_point(point.id), before)

    async def delete_collection(self, collection: Collection) -> Started:
        own = await self._facts.own_collection()
        if own is None or not ids.same(own.id, collection.id):
            raise OutsideFence(f"the collection {collection.name} is not the item's own")
        before = {"points": [p.name for p in own.points or ()]}
        call = self._starts.delete_collection(collection.id)
        return await self._write("collection.delete", collection.id, call, before)

    async def close_alert(self, alert_id: str) -> Started:
        own = ids.subscription(alert_id) and ids.same(ids.subscription(alert_id), ids.subscription(self._item_id))
        _fenced("" if own else f"the alert {alert_id} is of another subscription than the item")
        return await self._write("alert.close", alert_id, self._starts.close_alert(alert_id), {})

    async def delete_extension(self, extension: Extension) -> Started:
        machine = await self._facts.machine()
        there = extension in machine.extensions
        _fenced(fence.outside_extension(extension) if there else f"{extension.name} is no extension of the machine")
        before = {"state": extension.state, "version": extension.version, "message": extension.message}
        return await self._write(
            "extension.delete",
            f"{machine.id}/extensions/{extension.name}",
            self._starts.delete_extension(machine.id, extension.name),
            before,
        )

    async def run_in_guest(self, script: Script, name: str) -> Started:
        machine = await self._facts.machine()
        target = f"{machine.id}/runCommands/{name}"
        _fenced(fence.outside_run_command(target, machine.id))
        _fenced("" if shipped(script) else f"{script.name} is no script of ours")
        before = {"script": script.name, "sha256": script.sha256, "undo": script.undo}
        call = self._starts.run_in_guest(machine.id, machine.location, name, script.text, script.may_take_s)
        return await self._write(script.kind, target, call, before)

    async def remove_run_command(self, command: RunCommand) -> Started:
        machine = await self._facts.machine()
        _fenced(fence.outside_run_command(command.id, machine.id))
        call = self._starts.delete_run_command(machine.id, ids.name(command.id))
        return await self._write("guest.clean_up", command.id, call, {})

    async def reapply_machine(self) -> Started:
        return await self._platform("reapply", self._starts.reapply)

    async def restart_machine(self) -> Started:
        return await self._platform("restart", self._starts.restart)

    async def redeploy_machine(self) -> Started:
        return await self._platform("redeploy", self._starts.redeploy)

    async def _platform(self, verb: str, start: Callable[[str], Awaitable[Started]]) -> Started:
        machine = await self._facts.machine()
        before = {"power": machine.power, "agent": machine.agent_message, "provisioning": machine.provisioning_state}
        return await self._write(f"machine.{verb}", machine.id, start(machine.id), before)

    async def job_of(self, started: Started) -> str:
        return await self._reads.backup_job_of(self._item_id, started)

    async def attempt(self, kind: str, target: str) -> Attempt | None:
        return await self._journal.attempt(kind, target)

    async def last_change(self) -> datetime | None:
        return await self._journal.last_change()

    async def _write(self, kind: str, target: str, call: Awaitable[Started], before: dict[str, Any]) -> Started:
        if self._off:
            _close(call)
            raise ChangesOff(self._off)
        try:
            await self._guard(kind, target)
            key = await self._journal.intend(kind, target, self._now, {**before}, fix=self._fix())
        except BaseException:
            _close(call)
            raise
        self.made += 1
        try:
            started = await call
        except Unavailable as e:
            await self._journal.result(key, "unknown", self._now, error=str(e), correlation=e.correlation)
            raise
        except AzureError as e:
            await self._journal.result(key, "refused", self._now, error=str(e), correlation=e.correlation)
            raise
        await self._journal.result(key, "done", self._now, operation=started.operation, correlation=started.correlation)
        return started


def _fenced(outside: str) -> None:
    if outside:
        raise OutsideFence(outside)


def _close(call: Awaitable[Any]) -> None:
    closing = getattr(call, "close", None)
    if closing:
        closing()
