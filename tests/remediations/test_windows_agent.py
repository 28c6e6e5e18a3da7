"""The Windows agent is a person's to restart: the guide names the machine, the services, the MSI's command and its log."""

from typing import Any

import pytest

from engine.causes import CAUSES
from remediations.contract import REMEDIATIONS, NeedsPerson
from tests.remediations.stage import Start, call, changes, scene

MSI = "`msiexec.exe /i C:\\VMAgentMSI\\WindowsAzureVmAgent.msi /quiet /L*v C:\\VMAgentMSI\\msiexec.log`"
RESTART = "`Restart-Service RdAgent, WindowsAzureGuestAgent -Force`"


async def test_on_windows_no_linux_script_is_run_and_a_person_is_told_how(start: Start) -> None:
    async with start({"os": "Windows"}) as driver:
        told = await call(driver, "restart_guest_agent")
        assert isinstance(told, NeedsPerson) and changes(driver) == []
        assert all(words in told.instructions for words in ("web-01", RESTART, MSI))
        assert await REMEDIATIONS["restart_guest_agent"].preview(scene(driver)) == ()


async def test_on_linux_the_fix_names_the_run_command_that_it_would_make(start: Start) -> None:
    async with start({"os": "Linux"}) as driver:
        assert len(await REMEDIATIONS["restart_guest_agent"].preview(scene(driver))) == 1


@pytest.mark.parametrize(
    ("cause", "machine", "restarts"),
    [
        ("guest_agent_not_ready", {"agent": "Not Ready"}, True),
        ("windows_agent_outdated", {"agent_version": "2.7.41491.901"}, False),
    ],
)
async def test_each_cause_that_is_the_windows_agent_itself_gives_the_whole_command(
    start: Start, cause: str, machine: dict[str, Any], restarts: bool
) -> None:
    async with start(machine) as driver:
        named = await CAUSES[cause].examine(scene(driver).facts)
        assert named.says == "confirmed" and "web-01" in named.instructions
        assert MSI in named.instructions and ".NET 4.5" in named.instructions
        assert (RESTART in named.instructions) is restarts


async def test_a_linux_machine_is_told_nothing_of_it(start: Start) -> None:
    async with start({"os": "Linux", "agent": "Not Ready"}) as driver:
        named = await CAUSES["guest_agent_not_ready"].examine(scene(driver).facts)
        assert "msiexec" not in named.instructions and "walinuxagent" in named.instructions
