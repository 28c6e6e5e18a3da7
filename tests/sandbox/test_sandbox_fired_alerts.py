"""Alerts as Azure Monitor keeps them: read, acknowledged, closed."""

from datetime import timedelta
from typing import Any

from sandbox_arm import Arm, World, one_machine, webhook

VERSION = "2019-03-01"


async def fired(arm: Arm) -> Any:
    """The one alert that the world's start brings: what was posted."""
    async with webhook() as (url, got):
        await arm("POST", "/_sandbox/webhook", {"url": url})
        await arm.box.advance(timedelta(minutes=2))
    [alert] = got
    return alert["data"]


async def close(arm: Arm, alert: str, state: str = "Closed") -> Any:
    return await arm("POST", f"{alert}/changestate?newState={state}", version=VERSION)


async def test_the_alert_that_was_posted_can_be_read_under_its_own_id(world: World) -> None:
    arm = await world("locked_group")
    told = await fired(arm)
    body = await arm.get(told["essentials"]["alertId"], version=VERSION)
    essentials = body["properties"]["essentials"]
    assert (body["id"], body["type"]) == (told["essentials"]["alertId"], "Microsoft.AlertsManagement/alerts")
    assert (essentials["alertState"], essentials["monitorCondition"]) == ("New", "Fired")
    assert essentials["targetResource"].lower() == arm.vault.lower()
    assert essentials["targetResourceType"] == "microsoft.recoveryservices/vaults"
    assert body["properties"]["context"] == told["alertContext"]


async def test_an_alert_is_closed_once_however_often_it_is_asked(world: World) -> None:
    arm = await world("locked_group")
    alert = (await fired(arm))["essentials"]["alertId"]
    for _ in range(2):
        answer = await close(arm, alert)
        assert (answer.status, answer.body["properties"]["essentials"]["alertState"]) == (200, "Closed")
    assert [(change["kind"], change["id"]) for change in arm.box.changes()] == [("alert.close", alert)]
    [line] = await arm.get("/_sandbox/alerts")
    [failed] = [job for job in arm.box.model.jobs if job.status == "Failed"]
    assert (line["state"], line["job"], line["item"]) == ("Closed", failed.name, arm.item)


async def test_an_alert_can_be_acknowledged_and_opened_again(world: World) -> None:
    arm = await world("locked_group")
    alert = (await fired(arm))["essentials"]["alertId"]
    for state in ("Acknowledged", "new"):
        assert (await close(arm, alert, state)).status == 200
    assert [change["kind"] for change in arm.box.changes()] == ["alert.acknowledge", "alert.reopen"]


async def test_an_unknown_alert_or_state_is_refused(world: World) -> None:
    arm = await world("locked_group")
    alert = (await fired(arm))["essentials"]["alertId"]
    assert (await close(arm, alert, "Solved")).status == 400
    assert (await close(arm, alert[:-1] + "z")).status == 404
    assert (await arm("GET", alert[:-1] + "z", version=VERSION)).status == 404
    assert arm.box.changes() == []


async def test_closing_needs_its_own_action(world: World) -> None:
    arm = await world("locked_group", role={"actions": ["*/read"]})
    alert = (await fired(arm))["essentials"]["alertId"]
    refused = await close(arm, alert)
    assert "'Microsoft.AlertsManagement/alerts/changestate/action'" in refused.body["error"]["message"]


async def test_every_alert_of_a_storm_and_every_later_failure_has_a_row_of_its_own(world: World) -> None:
    arm = await world(one_machine(agent="Not Ready"))
    await arm.start_backup()
    await arm.box.advance(timedelta(days=1))
    assert [line["state"] for line in await arm.get("/_sandbox/alerts")] == ["New", "New"]
    storm = await world("alert_storm")
    await storm.box.advance(timedelta(hours=1))
    lines = await storm.get("/_sandbox/alerts")
    assert len({line["id"] for line in lines}) == 200
    assert sum(line["condition"] == "Resolved" for line in lines) == 20
