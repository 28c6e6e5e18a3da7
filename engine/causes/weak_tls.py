"""Strong cryptography is switched off in the guest."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

KEYS = (
    r"HKLM\SOFTWARE\Microsoft\.NETFramework\v4.0.30319",
    r"HKLM\SOFTWARE\Wow6432Node\Microsoft\.NETFramework\v4.0.30319",
)

SCHANNEL = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def weak_tls(evidence: Facts) -> Verdict:
    """Strong cryptography or TLS 1.2 is switched off in the guest, so the extension cannot open a secure channel to Azure.

    That nothing is set is how Windows comes: without a failed channel of the extension it confirms nothing.
    """
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    strong, off = report.value("tls", "strong_crypto"), report.number("tls", "off")
    if strong is True and not off:
        return ruled_out("SchUseStrongCrypto is set for .NET, and TLS 1.2 is not switched off")
    told = f"{_instructions()} {then_back_up(evidence)}"
    if off:
        return confirmed(
            f"strong cryptography or TLS 1.2 is switched off in {off} place(s) of the registry", instructions=told
        )
    if errors := report.number("tls", "errors"):
        return confirmed(
            f"Windows refused the extension a secure channel {errors} time(s) in the last 24 hours, and SchUseStrongCrypto is not "
            "set for .NET",
            instructions=told,
        )
    return Verdict("unknown", "SchUseStrongCrypto is not set for .NET, which alone breaks no secure channel", told)


def _instructions() -> str:
    commands = "; ".join(f'`REG ADD "{key}" /v SchUseStrongCrypto /t REG_DWORD /d 1 /f`' for key in KEYS)
    return (
        f"From an elevated prompt: {commands}; below {SCHANNEL} `Enabled` must not be 0 and `DisabledByDefault` not 1. Set it too below any other version of .NET that is there. Every .NET program of "
        "the machine then speaks TLS 1.2, so ask the owners of old ones first. Restart the machine."
    )
