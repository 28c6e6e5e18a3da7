"""Something inside the guest, or one's own network, keeps it from Azure."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts, Unknown

WAYS = {
    "wire_80": "168.63.129.16 on port 80",
    "wire_32526": "168.63.129.16 on port 32526",
    "storage": "storage on port 443",
}
"""What the agent and the extension cannot do without. The article names port 443 of 168.63.129.16 too; no agent was seen to
use it, so that alone confirms nothing (troubleshoot-vm-backup-fails-snapshot-timeout, 2025-11-12)."""
ALSO = "168.63.129.16 on port 443"


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def guest_network_blocked(evidence: Facts) -> Verdict:
    """The guest itself cannot reach Azure's host address or storage: its own firewall, proxy, routes or name service."""
    report = await inside(evidence)
    if isinstance(report, Verdict):
        return report
    reach = report.section("reach")
    machine = await evidence.machine()
    host = str(reach.get("storage_host") or "its storage host")
    if closed := [words for way, words in WAYS.items() if reach.get(way) is False]:
        also = [ALSO] if reach.get("wire_443") is False else []
        return confirmed(
            f"from inside, {machine.name} cannot reach {', '.join(closed)}",
            instructions=f"{_instructions(machine.name, [*closed, *also], host)} {then_back_up(evidence)}",
        )
    if untold := [words for way, words in WAYS.items() if reach.get(way) is None]:
        raise Unknown(f"the guest probe cannot tell whether {machine.name} reaches {', '.join(untold)}")
    return ruled_out(f"from inside, {machine.name} reaches 168.63.129.16 and {host}")


def _instructions(name: str, closed: list[str], host: str) -> str:
    return (
        f"Let {name} out to {', '.join(closed)} (storage: {host}; 8443 too for managed disks). Azure's own rules were looked at "
        "and allow it, so look at the guest's firewall (Linux: `iptables -S OUTPUT`, `nft list ruleset`; Windows: `netsh "
        "advfirewall show allprofiles`), at its proxy, routes and name service, and at appliances on the way."
    )
