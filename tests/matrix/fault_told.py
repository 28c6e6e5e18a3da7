"""Tells the engine of a world's failures as Azure would: with the alert that fired and the job it is about."""

from datetime import timedelta

from tests.engine.driver import Driver

ALERTS_FIRE = timedelta(minutes=6)
"""When the alerts of every world are out: the first after a minute, then one a second."""


async def tell_as_azure_does(driver: Driver, **told: object) -> None:
    """Let the alerts fire, and tell of each failure once; what raises no alert is told without one."""
    await driver.box.advance(ALERTS_FIRE)
    driver.runs.at = driver.box.now
    fired = {alert.item: alert for alert in reversed(list(driver.box.model.alerts)) if alert.condition == "Fired"}
    for case in driver.world["cases"]:
        alert = fired.get(case["item"])
        known = {"alert": alert.id, "job": alert.job} if alert else {}
        await driver.announce(item_id=case["item"], code=case["code"], trigger=case["trigger"], **known, **told)
