"""Too many backups that begin at one time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.causes.actions import JOBS
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.model import Job
from remediations.facts import Facts, Unknown
from remediations.guides.commands import VM, item_of, subscription_of

CROWD, ALIKE = 10, 3
"""Our choice: so many backups of one vault at one time, of which so many failed alike, are a crowd. The article names no figure;
it asks to spread the machines over schedules."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What gets in each other's way: the codes that tell of it, within which time of each other, and between which shares of
    those at that time; a smaller share are faults of their own, a larger one is a fault that all have.
    """

    codes: frozenset[str]
    within: timedelta
    said: str
    shares: tuple[float, float] = (0.0, 1.0)


TRANSFERS = Kind(
    frozenset(
        {
            *("copyingvhdsfrombackupvaulttakinglongtime", "diffcopyfailedtotransferdata", "400052"),
            *("datatransferfromvaultfailed", "400004"),
        }
    ),
    timedelta(minutes=30),
    "by their transfer",
)
SNAPSHOTS = Kind(
    frozenset(
        {
            *("guestagentsnapshottaskstatuserror", "400039", "extensionsnapshotfailednonetwork", "400206"),
            *("extensionoperationfailedformanageddisks", "extensionoperationfailed"),
        }
    ),
    timedelta(minutes=5),
    "in their snapshot",
    (0.1, 0.5),
)
"""A snapshot takes minutes (sample B08: 7.5), and its codes have many other causes: hence the shares, which are ours."""


@cause(fixes=[], permissions=[*JOBS])
async def schedule_crowded(evidence: Facts) -> Verdict:
    """Many machines of the vault are backed up at the same time, and their snapshots or transfers get in each other's way."""
    failed = await evidence.failed_job()
    if failed.start is None:
        raise Unknown(f"the job {failed.name} does not say when it began")
    kind = TRANSFERS if failed.code.casefold() in TRANSFERS.codes else SNAPSHOTS
    jobs = [job for job in await evidence.vault_jobs() if job.operation == "Backup" and job.start]
    near = [job for job in jobs if job.start and abs(job.start - failed.start) <= kind.within]
    alike = [job for job in near if job.code.casefold() in kind.codes]
    least, most = kind.shares
    if len(near) < CROWD or len(alike) < ALIKE or not least <= len(alike) / len(near) <= most:
        return ruled_out(f"{_said(near, alike, kind, failed.start)}: that is no crowd")
    return _crowd(failed.start, near, alike, kind, evidence)


def _said(near: list[Job], alike: list[Job], kind: Kind, at: datetime) -> str:
    return (
        f"{len(near)} backups of the vault began within {kind.within.seconds // 60} minutes of {at:%H:%M} UTC, and "
        f"{len(alike)} of them failed {kind.said}"
    )


def _crowd(at: datetime, near: list[Job], alike: list[Job], kind: Kind, evidence: Facts) -> Verdict:
    own = f"{item_of(evidence.item_id)} --policy-name <choose> {VM} {subscription_of(evidence.item_id)}"
    names = sorted({job.friendly_name for job in alike if job.friendly_name})
    return confirmed(
        _said(near, alike, kind, at),
        instructions=(
            f"Spread these machines over several policies whose runs lie hours apart; at {at:%H:%M} UTC begin "
            f"{len(near)} at once. Move first those that failed: {', '.join(names[:10])}. `az backup item set-policy {own}` puts "
            "this one under another policy: choose one that keeps its points at least as long, since a shorter one expires "
            "points. Where it goes on, look whether the disks' storage is short of IOPS at that time."
        ),
        shared=f"{evidence.vault_id} {at:%Y-%m-%d}",
    )
