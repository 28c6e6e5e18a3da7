"""Machines in one locked restore point group, and what the tests of leases look at."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from engine.case import Case
from engine.leases import TABLE
from tests.engine.driver import Driver

GROUP = "AzureBackupRG_westeurope_1"
CODE = "UserErrorRpCollectionLimitReached"
LOCK = {"scope": f"group:{GROUP}", "name": "do-not-delete", "notes": "Ask first."}
AUTO = '[modes]\nbackup = "auto"\nextension = "auto"\ngovernance = "auto"\ndata = "auto"\n'


def machine(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "restore_points": 18, "restore_group": GROUP, "failure": {"code": CODE}, **more}


def world(*machines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "lease life", "title": "for a test", "machine": list(machines), "lock": [LOCK], **more}


def sent(driver: Driver, method: str) -> list[str]:
    return [r["path"] for r in driver.box.requests() if r["method"] == method and "/locks/" in r["path"].lower()]


def kinds(driver: Driver) -> list[str]:
    return [change["kind"] for change in driver.box.changes()]


async def until(driver: Driver, seen: Callable[[], bool], turns: int = 300) -> None:
    while not seen():
        assert turns and driver.runs.due, kinds(driver)
        await driver.turn()
        turns -= 1


async def the_case(driver: Driver, number: int = 0) -> Case:
    item = driver.world["cases"][number]["item"]
    found = [case for case in await driver.engine.cases.newest(driver.box.now, 90) if case.told.item_id == item]
    return found[0]


def points_of(driver: Driver, name: str, older_than: timedelta) -> list[str]:
    edge = driver.box.now - older_than
    return [p.name for p in driver.box.model.restore_points if f"_{name}_" in p.collection and p.created < edge]


async def lease_rows(driver: Driver) -> list[dict[str, Any]]:
    return [row.value for row in await driver.engine.rows.scan(TABLE)]
