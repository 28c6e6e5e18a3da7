"""What a person does with the Windows guest agent, which no fix of ours touches: it is what would run the fix. Pure.

Source: https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/windows-azure-guest-agent (2025-11).
"""

from gateway.arm.model import Machine

SERVICES = "RdAgent, WindowsAzureGuestAgent"
_FOLDER = "C:\\VMAgentMSI"
_LINK = "https://go.microsoft.com/fwlink/?LinkID=394789"
"""Always the newest MSI for x64."""
_FETCH = (
    f"mkdir {_FOLDER} -Force; Invoke-WebRequest '{_LINK}' -OutFile {_FOLDER}\\WindowsAzureVmAgent.msi -UseBasicParsing"
)
_INSTALL = f"msiexec.exe /i {_FOLDER}\\WindowsAzureVmAgent.msi /quiet /L*v {_FOLDER}\\msiexec.log"


def restart(machine: Machine) -> str:
    """Restart both services, and what to do where that is not possible."""
    return (
        f"In an elevated PowerShell on {machine.name} (by RDP, Bastion or the serial console): `Restart-Service {SERVICES} -Force`, "
        f"then `Get-Service {SERVICES}` must say Running twice. Where one is missing or does not stay up, uninstall Windows "
        f"Azure VM Agent if it is listed under Programs, and {reinstall()}"
    )


def reinstall() -> str:
    """Install the newest MSI over what is there."""
    return (
        f"install the newest agent (it needs .NET 4.5 or newer): `{_FETCH}`, then `{_INSTALL}`; the log is "
        f"{_FOLDER}\\msiexec.log, the agent's own C:\\WindowsAzure\\Logs\\WaAppAgent.log. On Arm64 take the MSI from "
        "https://github.com/Azure/WindowsVMAgent/releases instead."
    )
