"""What causes and fixes ask about one protected item: each fact read once a turn, on first need.

Raises what `gateway.arm.errors` draws, and `Unknown` for a fact that Azure answered without saying enough. A module a subject.
"""

from remediations.facts.activity import ActivityFacts
from remediations.facts.encryption import EncryptionFacts
from remediations.facts.guest import GuestFacts, Unprobed
from remediations.facts.item import LeasesOut
from remediations.facts.network import NetworkFacts, WayOut
from remediations.facts.protection import ProtectionFacts
from remediations.facts.reads import Reads, Unknown
from remediations.facts.restore_points import STANDARD_POINT_LIMIT, RestorePointFacts, RestorePointGroup
from remediations.facts.unfinished import UnfinishedFacts

__all__ = ["STANDARD_POINT_LIMIT", "Facts", "LeasesOut", "Reads", "RestorePointGroup", "Unknown", "Unprobed", "WayOut"]


class Facts(
    RestorePointFacts,
    GuestFacts,
    EncryptionFacts,
    ProtectionFacts,
    NetworkFacts,
    UnfinishedFacts,
    ActivityFacts,
):
    """The facts about one item in one turn."""
