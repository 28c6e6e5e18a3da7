"""What stands in the way besides a lock is recognised, and the ending says whose decision it is and what they can do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.arm.errors import from_response
from tests.engine.driver import driving

SAID = {
    "soft_deleted": ("item_soft_deleted", ["az backup protection undelete"], set()),
    "resource_guard": ("transient_error", ["Resource Guard", "Backup MUA Operator"], set()),
    "deny_assignment": ("clean_up_denied", ["deny assignment", "az rest"], set()),
    "deny_delete_policy": ("clean_up_denied", ["az policy exemption create"], set()),
    "disk_access": ("restore_points_left_behind", ["shared access signature", "endGetAccess"], {"backup.trigger"}),
    "inherited_lock": ("lock_inherited", ["az lock delete --ids"], set()),
}


@pytest.mark.parametrize("world", SAID)
async def test_the_ending_names_the_guard_and_what_its_owner_can_do(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cause, said, may_change = SAID[world]
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert (case.cause, case.outcome) == (cause, "needs a person")
        told = f"{case.ending['reason']} {case.ending['instructions']}"
        assert all(part in told for part in said), told
        assert {change["kind"] for change in driver.box.changes()} <= may_change


async def test_an_immutable_vault_that_refuses_is_explained_and_nothing_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No recording shows the refusal, so the fix's own call is made to meet one."""
    async with driving("extension_failed", tmp_path, monkeypatch, mode="auto") as driver:
        asked: list[str] = []

        class Immutable:
            """The gateway's writers over a vault that refuses."""

            async def delete_extension(self, machine_id: str, name: str) -> None:
                asked.append(name)
                error = {"code": "UserErrorImmutableVaultOperationNotAllowed", "message": "The vault is immutable."}
                raise from_response(400, error, {}, "remove it", write=True)

        refusing: Any = Immutable()
        driver.engine = replace(driver.engine, starts=refusing)
        await driver.announce()
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and "az backup vault show" in case.ending["instructions"]
        assert asked == ["VMSnapshot"] and driver.box.changes() == []
