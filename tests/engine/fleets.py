"""Machines that fail alike, the policy they stand under, and what was changed of them."""

from datetime import datetime, timedelta
from typing import Any

from engine.case import Case
from remediations.contract import Risk
from tests.engine.driver import Driver

AUTO = "[modes]\n" + "".join(f'{risk} = "auto"\n' for risk in Risk)
NO_INCIDENT = "incident_items = 10000\nincident_percent = 100\n"
HOUR = timedelta(hours=1)
FREE = ("alert.close", "lock.write")
"""What says only what is true, and what gives back: no limit is meant for them."""


def fleet(count: int, **machine: Any) -> dict[str, Any]:
    """Machines whose snapshot extension failed: each takes two changes."""
    failed = {
        "snapshot_extension": "Failed",
        "snapshot_message": "Handler has reported failure for Enable.",
        "failure": {"code": "UserErrorVmProvisioningStateFailed"},
        **machine,
    }
    made = [{"name": f"vm-{n:02}", "group": f"rg-{n % 3}", **failed} for n in range(count)]
    return {"name": "limits", "title": "for a test", "requests_per_hour": 100_000, "machine": made}


def limits(**given: int) -> str:
    return f"{AUTO}[limits]\n{NO_INCIDENT}" + "".join(f"{name} = {value}\n" for name, value in given.items())


def changes(driver: Driver) -> list[tuple[datetime, str, str]]:
    """When, what, and the machine's name or what comes instead of it."""
    made = [c for c in driver.box.changes() if c["kind"] not in FREE]
    return [(datetime.fromisoformat(c["at"]), c["kind"], _machine(c["id"])) for c in made]


def _machine(target: str) -> str:
    parts = target.casefold().split("/")
    at = parts.index("virtualmachines") + 1 if "virtualmachines" in parts else -1
    return parts[at].rsplit(";", 1)[-1]


async def run(driver: Driver) -> list[Case]:
    await driver.announce_all()
    return await driver.run(4000)
