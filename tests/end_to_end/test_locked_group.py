"""The main job through the real worker: from an alert to a proven backup. What a SIGKILL does to it: tests/matrix."""

from pathlib import Path

from tests.end_to_end.stage import staged
from tests.end_to_end.tables import emptied


async def test_an_alert_leads_to_a_proven_backup_and_the_lock_is_back(tmp_path: Path) -> None:
    async with staged("locked_group", tmp_path) as stage:
        await stage.start()
        await stage.until_closed(1)
        await stage.assert_as_declared()
        kinds = [change["kind"] for change in stage.box.changes()]
        # the first alert to be closed is that of the first backup after the unlock, which was expected to fail
        assert kinds == ["lock.delete", "backup.trigger", "alert.close", "lock.write", "alert.close"]


async def test_the_same_with_its_rows_on_table_storage(tmp_path: Path, azurite_port: int) -> None:
    async with staged("locked_group", tmp_path, {"STORE_URL": await emptied(azurite_port)}) as stage:
        await stage.start()
        await stage.until_closed(1)
        await stage.assert_as_declared()
