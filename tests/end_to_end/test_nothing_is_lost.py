"""What cannot be handled now is tried again, then recorded, and found again by the sweep: never nowhere."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.end_to_end.stage import LOOK_S, Stage, staged

SAMPLES = Path(__file__).parents[1] / "samples"

UNTOLD = {
    "name": "untold",
    "title": "an extension that failed, of which no alert tells",
    "machine": [
        {
            "name": "web-01",
            "snapshot_extension": "Failed",
            "failure": {"code": "UserErrorVmProvisioningStateFailed", "trigger": "sweep"},
            "expect": {"cause": "snapshot_extension_failed", "outcome": "remediated"},
        }
    ],
}


async def test_a_failure_whose_machine_cannot_be_read_is_recorded_and_then_swept(tmp_path: Path) -> None:
    """The alert names a machine only; reading it fails for a quarter of an hour, which is longer than the queue tries."""
    down = {"kind": "503", "method": "GET", "path_contains": "/virtualMachines/web-01", "times": 5}
    faults = {"rules": [down]}
    async with staged(UNTOLD, tmp_path, {"SWEEP_SCHEDULE": "0 0 * * * *"}, faults=faults) as stage:
        await stage.start()
        status, body = await stage.host.call("POST", "/api/alerts", told_of_a_machine(stage.world["subscription"]))
        assert (status, body["results"][0]["status"]) == (202, "queued")
        async with asyncio.timeout(60):
            while not (recorded := await outcomes(stage, "not understood")):
                await stage.held(LOOK_S)
        assert "web-01" in recorded[0]["message"]
        [case] = await stage.until_closed(1)
        assert (case["trigger"], case["outcome"]) == ("sweep", "remediated")


async def test_an_alert_that_comes_after_its_case_was_closed_with_proof_is_closed_by_a_run_of_its_own(
    tmp_path: Path,
) -> None:
    async with staged("transient_failure", tmp_path) as stage:
        await stage.start()
        await stage.until_closed(1)
        alerts = stage.box.model.alerts
        first = min(alerts, key=lambda alert: alert.fired)
        late = f"{first.id[:-4]}beef"
        essentials = {**first.essentials, "alertId": late}
        alerts.put(replace(first, id=late, essentials=essentials, state="New"))
        body = {
            "schemaId": "azureMonitorCommonAlertSchema",
            "data": {"essentials": essentials, "alertContext": first.context},
        }
        assert (await stage.host.call("POST", "/api/alerts", body))[0] == 202
        async with asyncio.timeout(60):
            while alerts.get(late).state != "Closed":
                await stage.held(LOOK_S)
        assert len(await stage.cases()) == 1 and len(await outcomes(stage, "repeat")) == 1


def told_of_a_machine(subscription: str) -> dict[str, Any]:
    alert: dict[str, Any] = json.loads((SAMPLES / "A1b-INFERRED-alert-builtin-azure-backup-vm.json").read_text())
    machine = f"/subscriptions/{subscription}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01"
    alert["data"]["alertContext"] |= {"protectedItemId": None, "linkedResourceId": machine, "sourceId": machine}
    alert["data"]["alertContext"]["extendedInfo"]["jobId"] = None
    return alert


async def outcomes(stage: Stage, kind: str) -> list[dict[str, Any]]:
    _, body = await stage.host.call("GET", "/api/outcomes?days=30")
    return [outcome for outcome in body["outcomes"] if outcome["kind"] == kind]
