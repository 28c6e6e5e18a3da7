"""A disk beyond the limits: named with its LUN and its size, and the command leaves out just these disks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES, Verdict
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from tests.engine.driver import Driver, driving

CODE = "UserErrorUnsupportedDiskSize"
VAULT = {"name": "kv-1"}


def world(**machine: Any) -> dict[str, Any]:
    return {
        "name": "d",
        "title": "t",
        "machine": [{"name": "db-01", "failure": {"code": CODE}, **machine}],
        "key_vault": [VAULT],
    }


def facts(driver: Driver) -> Facts:
    return Facts(driver.engine.reads, driver.world["cases"][0]["item"], driver.box.now, driver.engine.leases.out_of)


async def verdict(evidence: Any) -> Verdict:
    return await CAUSES["disk_too_large"].examine(evidence)


@pytest.mark.parametrize(
    ("sizes", "encrypted", "says"),
    [
        ([127, 32768], False, "ruled out"),
        ([127, 32769], False, "confirmed"),
        ([127, 4096], True, "ruled out"),
        ([127, 4097], True, "confirmed"),
        ([127, 4097], False, "ruled out"),
        ([40000], False, "confirmed"),
        ([127], True, "ruled out"),
    ],
)
@pytest.mark.parametrize("shown", ["extension", "disk"])
async def test_only_a_disk_over_its_limit_is_named(
    sizes: list[int], encrypted: bool, says: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"key_vault": "kv-1", "keys_shown": shown} if encrypted else {}
    async with driving(world(disks_gb=sizes, **keys), tmp_path, monkeypatch) as driver:
        assert (await verdict(facts(driver))).says == says
        assert not driver.box.changes()


async def test_each_disk_is_named_with_lun_and_size_and_the_command_leaves_out_just_these(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(disks_gb=[127, 40000, 64, 50000]), tmp_path, monkeypatch) as driver:
        said = await verdict(facts(driver))
        assert "(LUN 0, 40,000 GB)" in said.reason and "(LUN 2, 50,000 GB)" in said.reason
        item = driver.world["cases"][0]["item"]
        assert "az backup protection update-for-vm -g rg-backup -v rsv-prod-01" in said.instructions
        assert f"-i '{item.rpartition('/')[2]}'" in said.instructions
        assert "--disk-list-setting exclude --diskslist 0 2`" in said.instructions
        assert "NOT backed up" in said.instructions and "system disk" not in said.instructions


async def test_a_system_disk_cannot_be_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(disks_gb=[40000, 64]), tmp_path, monkeypatch) as driver:
        said = await verdict(facts(driver))
        assert "(system disk, 40,000 GB)" in said.reason
        assert "cannot be left out" in said.instructions and "diskslist" not in said.instructions


class Untold:
    """Facts of a machine some of whose disks tell no size."""

    def __init__(self, driver: Driver, *untold: int) -> None:
        self._facts, self._untold = facts(driver), untold

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    async def machine(self) -> Machine:
        machine = await self._facts.machine()
        disks = [replace(d, size_gb=None) if n in self._untold else d for n, d in enumerate(machine.disks)]
        return replace(machine, disks=tuple(disks))


async def test_a_disk_that_tells_no_size_is_unknown_unless_another_is_too_large_for_certain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(disks_gb=[127, 64, 40000]), tmp_path, monkeypatch) as driver:
        with pytest.raises(Unknown, match="disk3"):
            await verdict(Untold(driver, 2))
        assert (await verdict(Untold(driver, 1))).says == "confirmed"


async def test_a_large_disk_whose_encryption_may_not_be_read_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = {"actions": ["*"], "notActions": ["Microsoft.Compute/disks/read"]}
    async with driving("encrypted_disk_too_large", tmp_path, monkeypatch, role=role) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        assert case.cause == "unknown" and "Microsoft.Compute/disks/read" in str(case.ending)
