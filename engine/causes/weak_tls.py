"""Programs for .NET in the guest do not use strong cryptography."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

KEYS = (
    r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319",
    r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319",
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def weak_tls(evidence: Facts) -> Verdict:
    """SchUseStrongCrypto is not set for .NET, so the extension cannot open a secure channel to Azure."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    if report.value("tls", "strong_crypto") is True:
        return ruled_out("SchUseStrongCrypto is set for .NET")
    return confirmed("SchUseStrongCrypto is not set for .NET in the guest", instructions=_instructions())


def _instructions() -> str:
    commands = "; ".join(f'`REG ADD "{key}" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f`' for key in KEYS)
    return (
        f"From an elevated prompt: {commands}; set it too below any other version of .NET that is there. Every .NET program of "
        "the machine then speaks TLS 1.2, so ask the owners of old ones first. Restart the machine, then back it up again."
    )
