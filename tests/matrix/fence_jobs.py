"""Backups under way: the machine's own, in its vault and in an old one, and those that are taken for its own by a careless eye."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from sandbox import model as rows
from tests.engine.driver import Driver
from tests.matrix.fence_estate import COMPUTE, SUB, Estate, Job, group_id, item_path

FAR = "/subscriptions/00000000-6d5a-4f0e-9c4b-1f0a3d2e7c88"
OLD_VAULT = f"{group_id('rg-backup-old')}/providers/Microsoft.RecoveryServices/vaults/rsv-old-01"
FAR_VAULT = OLD_VAULT.replace(SUB, FAR)
"""A vault of the same name in another subscription."""
BEGAN = timedelta(hours=9)
_ODD = "iaasvmcontainerv2;rg-odd;odd-01"
"""An item under another name that points at our machine: so every old vault shows up where vaults are asked for that know it."""


def draw_jobs(draw: Any, plain: Estate, alike: list[str]) -> tuple[Job, ...]:
    """None in most estates: a backup under way keeps other fixes from beginning. `alike`: names that look like the machine's."""
    if draw(st.integers(0, 2)):
        return ()
    kinds = ["own", "old", "far", *(["neighbour", "reused"] if alike else [])]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=2, unique=True))
    return tuple(_job(draw, plain, kind, f"{n}", alike) for n, kind in enumerate(chosen))


def _job(draw: Any, plain: Estate, kind: str, number: str, alike: list[str]) -> Job:
    """`neighbour`: of a look-alike, in a vault that knows us; `reused`: under our name, in a vault that means a look-alike by it."""
    name, vault = f"0d3e2a41-0000-4c58-8a90-2f6d1b3c5e7{number}", {"own": "", "far": FAR_VAULT}.get(kind, OLD_VAULT)
    own = Job(vault, name, plain.container, plain.machine_id, draw(st.integers(0, 3)) > 0)
    other = draw(st.sampled_from(alike)) if kind in ("neighbour", "reused") else ""
    if kind == "neighbour":
        return replace(own, container=f"iaasvmcontainerv2;{plain.group.lower()};{other.lower()}")
    if kind == "reused":
        return replace(own, known=f"{group_id(plain.group)}/{COMPUTE}/virtualMachines/{other}")
    return own


def put_jobs(driver: Driver, own_vault: str, estate: Estate) -> None:
    """The jobs with their vaults, and the items that these vaults hold."""
    for job in estate.jobs:
        if job.vault:
            place = driver.box.model.world.location
            driver.box.model.vaults.put(rows.Vault(job.vault, "rsv-old-01", "rg-backup-old", place))
            policy = rows.Policy(f"{job.vault}/backupPolicies/DailyPolicy", "DailyPolicy", job.vault)
            driver.box.model.policies.put(policy)
            for container in (_ODD, job.container):
                _put_item(driver, own_vault, estate, job, container, estate.machine_id if container == _ODD else "-")
            _put_item(driver, own_vault, estate, job, estate.container, job.known)
        driver.box.model.jobs.put(_row(driver, job.vault or own_vault, job))


def _put_item(driver: Driver, own_vault: str, estate: Estate, job: Job, container: str, machine: str) -> None:
    own = driver.box.model.items.require(f"{own_vault}/{estate.item_path}")
    path, data_id = f"{job.vault}/{item_path(container)}", f"{own.data_id}9"
    item = replace(own, id=path, vault=job.vault, machine=machine, container=container, data_id=data_id)
    driver.box.model.items.put(item)


def _row(driver: Driver, vault: str, job: Job) -> rows.Job:
    began = driver.box.now - BEGAN
    first, second = ("InProgress", "NotStarted") if job.in_snapshot else ("Completed", "InProgress")
    return rows.Job(
        name=job.name,
        vault=vault,
        item=f"{vault}/{item_path(job.container)}",
        container=job.container,
        machine_name=job.container.rpartition(";")[2],
        operation="Backup",
        status="InProgress",
        start=began,
        listed_at=began,
        expiry=driver.box.now,
        tasks=(rows.Task("Take Snapshot", first, began), rows.Task("Transfer data to vault", second)),
    )
