"""The deployed app says itself whether it has what it needs: its own identity is asked, and Azure is only read."""

from pathlib import Path

from engine.policy import Policy
from engine.rights.roles import roles
from tests.end_to_end.stage import staged

EVERY = [action for role in roles(Policy()) for action in role.actions]
TRIGGER = next(action for action in EVERY if action.endswith("/backup/action"))


async def test_the_app_names_the_right_that_its_identity_lacks_and_writes_nothing(tmp_path: Path) -> None:
    role = {"actions": [action for action in EVERY if action != TRIGGER]}
    async with staged("extension_failed", tmp_path, role=role) as stage:
        await stage.host.start()
        status, told = await stage.host.call("GET", "/api/preflight")
        assert (status, told["ready"]) == (200, False)
        lacking = [row for row in told["rows"] if row["state"] == "missing"]
        assert lacking and all(row["what"].startswith("vault ") for row in lacking)
        (row,) = lacking
        assert TRIGGER in " ".join(row["more"]) and "Backup Runbooks Vault Operator" in " ".join(row["more"])
        assert not any(request["write"] for request in stage.box.requests())
