"""Whether the next step of a plan may be taken. Pure: what was asked and counted just before comes in as `Standing`."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.fleets import GO, Turn
from engine.policy import Limits, Mode, Permit

LOOK_AGAIN_S = 600.0
SETTLE = timedelta(minutes=5)
GATHERING = "waiting whether more items fail alike"
"""A case changes nothing before it is so old: alerts of one wave come in one by one, and the first must not run ahead."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Go:
    """The step may be taken."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person decides."""

    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Not now: look again in `seconds`."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Stop:
    """The case ends with its plan; nothing is changed."""

    why: str


Verdict = Go | Ask | Hold | Stop


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for and against a step. Texts are "" where there is nothing to say; `opens` None: the window is open.

    `broken`: a setting or the policy is wrong. `attempts`: when other cases that changed the item in the last day were over. `failures`: how often the fix failed in this
    vault in a row. `approvals`: plans with this fix under this rule that people approved unchanged. `approved`: this step, as
    it stands; `answered`: a person approved, maybe less than this. `idle`: there is nothing that it would touch, so nobody is
    asked; should it come upon something, the guard has the person asked (engine.gate.guard).
    """

    permit: Permit
    opened: datetime
    forbidden: str = ""
    broken: str = ""
    switched_off: str = ""
    incident: str = ""
    attempts: tuple[datetime, ...] = ()
    failures: int = 0
    approvals: int = 0
    canary: tuple[str, str] = ("proven", "")
    turn: Turn = GO
    opens: datetime | None = None
    approved: bool = False
    answered: bool = False
    idle: bool = False
    asked_anyway: str = field(default="")


def braked(incident: str) -> str:
    """Why nothing is changed while the incident is on."""
    return f"many items fail alike: no changes until the incident {incident} is over"


def after(first: str) -> str:
    """Why nothing is changed before the case that goes first has ended."""
    return f"one machine of the vault goes first: case {first}"


def healed_first(first: str) -> str:
    """Why a case waits for the proof of another with the same cause."""
    return f"machines with the same cause go one after the other, in growing batches: case {first} goes first"


def follows(first: str) -> str:
    """Why a case waits for another that changes what is one for all."""
    return f"what all with this cause share is changed once: the others follow case {first}"


def answered_with(first: str) -> str:
    """Why a case asks nothing by itself."""
    return f"one plan for all with this cause is asked about in case {first}"


def decide(standing: Standing, limits: Limits, now: datetime) -> Verdict:
    """What may be done now: refusals first, then what only time changes, then a person, last the maintenance window."""
    return (
        _stopped(standing)
        or _held(standing, limits, now)
        or (None if standing.approved or standing.idle else _asked(standing, limits))
        or _window(standing, now)
        or Go()
    )


def _stopped(s: Standing) -> Stop | Hold | None:
    if s.forbidden:
        return Stop(s.forbidden)
    if s.broken:  # a slip of the pen in a deployment must not throw away what a person approved
        return Hold(LOOK_AGAIN_S, s.broken) if s.answered else Stop(s.broken)
    if s.permit.mode in (Mode.OBSERVE, Mode.PLAN):
        return Stop(f"the policy's mode here is `{s.permit.mode}` ({s.permit.rule}): nothing is changed")
    return None


def _held(s: Standing, limits: Limits, now: datetime) -> Hold | None:
    if s.switched_off:
        return Hold(LOOK_AGAIN_S, s.switched_off)
    if s.incident:
        return Hold(LOOK_AGAIN_S, braked(s.incident))
    if now < s.opened + SETTLE:
        return Hold((s.opened + SETTLE - now).total_seconds(), GATHERING)
    if s.canary[0] == "waits":
        return Hold(LOOK_AGAIN_S, after(s.canary[1]))
    if s.turn.says == "follows":
        return Hold(LOOK_AGAIN_S, follows(s.turn.case))
    if s.turn.says == "waits":
        return Hold(LOOK_AGAIN_S, healed_first(s.turn.case))
    cooled = s.attempts[-1] + timedelta(minutes=limits.cooldown_minutes) if s.attempts else now
    if now < cooled and not s.approved:
        return Hold((cooled - now).total_seconds(), "the item was worked on just before: letting it cool down")
    return None


def _asked(s: Standing, limits: Limits) -> Ask | None:
    """Why a person is asked, None where the engine may go on by itself."""
    if s.asked_anyway:
        return Ask(s.asked_anyway)
    if s.permit.mode is Mode.APPROVE:
        return Ask(f"the policy asks for an approval here ({s.permit.rule})")
    if s.approvals < s.permit.auto_after:
        said = f"{s.approvals} of {s.permit.auto_after} approved plans that unlock `auto`"
        return Ask(f"the policy asks for {said} ({s.permit.rule})")
    if len(s.attempts) >= limits.attempts_per_item_and_day:
        return Ask(f"{len(s.attempts)} attempts on this item within a day did not last")
    if s.failures >= limits.breaker_failures:
        return Ask(f"the breaker is open: this fix failed {s.failures} times in a row in this vault")
    if s.turn.says == "failed":
        return Ask(f"too many of those with the same cause were not healed, such as case {s.turn.case}")
    if s.canary[0] == "failed":
        return Ask(f"the machine that went first was not healed: case {s.canary[1]}")
    return None


def _window(s: Standing, now: datetime) -> Hold | None:
    if s.opens is None:
        return None
    return Hold(
        (s.opens - now).total_seconds(), f"outside the maintenance window, which opens at {s.opens:%Y-%m-%d %H:%M} UTC"
    )
