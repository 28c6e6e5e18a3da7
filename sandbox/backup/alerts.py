"""When a failed job raises an alert, and how the alert reaches the action group's webhook."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp

from sandbox.backup.payloads import payload
from sandbox.model import FiredAlert, Item, Job
from sandbox.simulation import Simulation, on

log = logging.getLogger("sandbox.alerts")

# ASSUMED: an alert fires 60 s after the job has ended; the docs give no figure.
ALERT_DELAY = timedelta(seconds=60)
# Docs on action groups: up to five tries. ASSUMED: the waits between them are 5, 20, 5 and 40 s.
RETRIES = (5, 20, 5, 40)
# Docs: Azure VM backups raise no alert for a deleted machine or a second job that found the first one running.
SILENT = ("UserErrorVmNotFoundV2", "UserErrorBackupOperationInProgress", "UserErrorJobSuccessfullyCancelled")
_TIMEOUT = aiohttp.ClientTimeout(total=30)


def raise_alert(sim: Simulation, item_id: str, job: str) -> None:
    """Plan the alert for a failed job, unless Azure raises none for its code."""
    item = sim.state.items.require(item_id)
    failed = sim.state.jobs.require(f"{item.vault}/{job}")
    if item.alert and failed.problem and failed.problem.title not in SILENT:
        sim.after(ALERT_DELAY, "alert.fire", item=item_id, job=job, format=item.alert, condition="Fired")


@on("alert.fire")
def fire(sim: Simulation, args: dict[str, Any]) -> None:
    item = sim.state.items.require(args["item"])
    job = sim.state.jobs.require(f"{item.vault}/{args['job']}")
    body = payload(sim, item, job, args["format"], args["condition"])
    _keep(sim, item, job, body["data"])
    sim.after(timedelta(0), "alert.deliver", body=body, attempt=0)


def _keep(sim: Simulation, item: Item, job: Job, told: dict[str, Any]) -> None:
    essentials = told["essentials"]
    sim.state.alerts.put(
        FiredAlert(
            id=essentials["alertId"],
            item=item.id,
            job=job.name,
            fired=sim.now,
            condition=essentials["monitorCondition"],
            essentials=essentials,
            context=told["alertContext"],
        )
    )


def deliver_to(sim: Simulation, url: str) -> None:
    """Set the action group's webhook; alerts that fired before it was known go out now."""
    sim.state.live_rows.put(replace(sim.state.live, webhook=url))
    for event in sim.state.events:
        if event.kind == "alert.waiting":
            sim.state.events.remove(str(event.n))
            sim.after(timedelta(0), "alert.deliver", **event.args)


@on("alert.waiting")
def keep_waiting(sim: Simulation, args: dict[str, Any]) -> None:
    """No webhook yet: look again in a day, or as soon as one is set."""
    sim.after(timedelta(days=1), "alert.waiting", **args)


@on("alert.deliver")
async def deliver(sim: Simulation, args: dict[str, Any]) -> None:
    """POST the alert; anything but 2xx is tried again a little later, five times in all."""
    if sim.state.live.webhook is None:
        keep_waiting(sim, args)
        return
    if await _post(sim.state.live.webhook, args["body"]):
        return
    attempt = args["attempt"]
    if attempt < len(RETRIES):
        sim.after(timedelta(seconds=RETRIES[attempt]), "alert.deliver", body=args["body"], attempt=attempt + 1)
    else:
        log.error("alert given up after %d tries: %s", attempt + 1, args["body"]["data"]["essentials"]["alertId"])


async def _post(url: str, body: dict[str, Any]) -> bool:
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http, http.post(url, json=body) as answer:
            return 200 <= answer.status < 300
    except (aiohttp.ClientError, TimeoutError):
        return False
