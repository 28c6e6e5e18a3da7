"""Promise 4: whoever cannot wait returns the lock with plain `az`. The command is read as `az` would read it, and carried out."""

import argparse
import json
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession

from engine.evidence.gather import lent
from engine.lock_commands import return_command
from gateway.arm.model import Lock
from tests.engine.driver import Driver, driving
from tests.remediations.made import GROUP, SUB, lock

NOTES = [
    None,
    "",
    "Ask first.",
    'Kim\'s; $(rm) `x` "y"',
    "-- hands off --",
    "--yes",
    "@ops",
    "line\nbreak",
    "Straße 二",
]


def parsed(command: str) -> tuple[str, dict[str, Any]]:
    """What `az` would PUT, where. A word in @ it would read from a file, an option it does not know it would refuse."""
    words = shlex.split(command)
    assert not any(word.startswith("@") for word in words)
    reader = argparse.ArgumentParser(exit_on_error=False, allow_abbrev=False)
    if words[:2] == ["az", "rest"]:
        for option in ("--method", "--url", "--body"):
            reader.add_argument(option, required=True)
        said = reader.parse_args(words[2:])
        assert said.method == "put"
        return said.url, json.loads(said.body)["properties"]
    assert words[:3] == ["az", "lock", "create"]
    for option in ("--name", "--lock-type", "--subscription"):
        reader.add_argument(option, required=True)
    for option in ("--notes", "--resource", "-g"):
        reader.add_argument(option)
    said = reader.parse_args(words[3:])
    assert (said.resource is None) != (said.g is None)
    scope = said.resource or f"/subscriptions/{said.subscription}/resourceGroups/{said.g}"
    notes = {} if said.notes is None else {"notes": said.notes}
    url = f"{scope}/providers/Microsoft.Authorization/locks/{said.name}?api-version=2016-09-01"
    return url, {"level": said.lock_type, **notes}


async def carry_out(driver: Driver, command: str) -> None:
    url, properties = parsed(command)
    headers = {"Authorization": f"Bearer {driver.box.token}"}
    async with (
        ClientSession() as http,
        http.put(driver.box.url + url, json={"properties": properties}, headers=headers) as answer,
    ):
        assert answer.status in (200, 201), await answer.text()


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
@pytest.mark.parametrize("below", ["", "/providers/Microsoft.Compute/snapshots/s (1)"])
@pytest.mark.parametrize("notes", NOTES)
def test_the_command_says_all_that_the_lock_says(notes: str | None, below: str, level: str) -> None:
    one = lock(f"{GROUP}{below}", "do-not-delete", notes=notes, level=level)
    url, properties = parsed(return_command(one, GROUP))
    path = urlsplit(url).path.replace("%20", " ").replace("%28", "(").replace("%29", ")")
    assert path == one.id and "api-version" in parse_qs(urlsplit(url).query)
    assert properties == {"level": level, **({} if notes is None else {"notes": notes})}


@pytest.mark.parametrize("name", ["-keep", "@keep", "o'brien"])
def test_a_name_that_az_would_misread_goes_by_its_address(name: str) -> None:
    url, _ = parsed(return_command(lock(GROUP, name), GROUP))
    assert urlsplit(url).path.replace("%40", "@").replace("%27", "'").endswith(f"/locks/{name}")
    assert url.startswith(SUB)


def test_owners_are_part_of_the_command_which_az_lock_create_cannot_say() -> None:
    owned = Lock.from_json({**lock(GROUP).to_json(), "owners": ["app-1", "app-2"]})
    _, properties = parsed(return_command(owned, GROUP))
    assert properties["owners"] == [{"applicationId": "app-1"}, {"applicationId": "app-2"}]


@pytest.mark.parametrize("notes", [None, "", "Kim's; $x", "--yes", "@ops"])
@pytest.mark.parametrize("scope", ["group:AzureBackupRG_westeurope_1", "below"])
async def test_the_listed_command_recreates_the_very_lock_that_was_lifted(
    notes: str | None, scope: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = {"code": "UserErrorRpCollectionLimitReached"}
    vm = {"name": "web-01", "restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1", "failure": code}
    where = (
        "/resourceGroups/AzureBackupRG_westeurope_1/providers/Microsoft.Compute/snapshots/s"
        if scope == "below"
        else scope
    )
    locked = {"scope": where, "name": "keep", "level": "ReadOnly", **({} if notes is None else {"notes": notes})}
    world = {"name": "az", "title": "for a test", "machine": [vm], "lock": [locked]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce()
        while await driver.locks():
            await driver.turn()
        (out,) = await lent(driver.engine, driver.box.now)
        await carry_out(driver, out["return_with"])
        assert await driver.locks() == driver.locks_at_start
        assert (await driver.reap())["returned"] == 0, "the case is at work still"
        await driver.engine.leases.release(out["holders"][0], driver.box.now)
        changes = [c["kind"] for c in driver.box.changes()]
        assert changes.count("lock.write") == 1, "what a person returned is not written again"
        assert await driver.engine.leases.all() == [] and await driver.locks() == driver.locks_at_start
