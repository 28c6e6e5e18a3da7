"""Orchestrators and activities without decorators."""

import asyncio
import contextlib
from datetime import timedelta

import book
import now
from durabletask import task

_everyone = asyncio.Event()
_together: dict[str, int] = {"now": 0, "most": 0}


def case_v1(ctx, i):
    for _ in range(50):
        try:
            turn = yield ctx.call_activity(
                "advance_v1", input={"case": i["case"], "now": ctx.current_utc_datetime.isoformat()}
            )
        except task.TaskFailedError:
            turn = {"closed": False, "wait_s": 300}
        if turn["closed"]:
            return
        wake, timer = ctx.wait_for_external_event("wake"), ctx.create_timer(timedelta(seconds=turn["wait_s"]))
        yield task.when_any([wake, timer])
        wake.cancel()
        timer.cancel()
    ctx.continue_as_new(i, save_events=True)


async def advance_v1(ctx, i: dict) -> dict:
    """One phase of a case whose name says how it goes: `turns-3-300` closes at its fourth turn, 300 s apart."""
    await asyncio.sleep(0)
    book.write("advance", case=i["case"], at=i["now"], now=now.source().isoformat())
    what, count, wait = i["case"].split("-")[:3]
    done = _turns(i["case"])
    if what == "fails" and done == 1:
        raise ConnectionError("the store did not answer")
    return {"closed": done > int(count), "wait_s": int(wait)}


def _turns(case: str) -> int:
    _counted[case] = _counted.get(case, 0) + 1
    return _counted[case]


_counted: dict[str, int] = {}


def hops(ctx, i):
    total = 0
    for n in range(i["hops"]):
        answer = yield ctx.call_activity("echo", input={"n": n})
        total += answer["n"]
    return {"total": total}


def echo(ctx, i: dict) -> dict:
    return i


async def aecho(ctx, i: dict) -> dict:
    return i


def ahops(ctx, i):
    total = 0
    for n in range(i["hops"]):
        answer = yield ctx.call_activity("aecho", input={"n": n})
        total += answer["n"]
    return {"total": total}


def recorded_hops(ctx, i):
    """Each hop is written down; the sum shows that none was left out."""
    total = 0
    for n in range(i["hops"]):
        answer = yield ctx.call_activity("recorded", input={"run": ctx.instance_id, "n": n})
        total += answer["n"]
    yield ctx.create_timer(timedelta(seconds=i["rest_s"]))
    return {"total": total}


async def recorded(ctx, i: dict) -> dict:
    book.write("hop", run=i["run"], n=i["n"])
    return i


def waiter(ctx, i):
    timer, event = ctx.create_timer(timedelta(seconds=i["wait_s"])), ctx.wait_for_external_event("go")
    winner = yield task.when_any([timer, event])
    return {"by": "event", "data": event.get_result()} if winner is event else {"by": "timer"}


def meeting(ctx, i):
    """`width` activities that all wait until everyone is there."""
    answers = yield task.when_all([ctx.call_activity("meet", input={"width": i["width"]}) for _ in range(i["width"])])
    return {"most": max(answer["most"] for answer in answers)}


async def meet(ctx, i: dict) -> dict:
    _together["now"] += 1
    _together["most"] = max(_together["most"], _together["now"])
    if _together["now"] >= i["width"]:
        _everyone.set()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_everyone.wait(), 0.3)
    _together["now"] -= 1
    return {"most": _together["most"]}


def turner(ctx, i):
    """A long loop: every turn rests a while and continues as new each `every` turns."""
    for _ in range(i["every"]):
        i["left"] -= 1
        if i["left"] <= 0:
            return {"done": True}
        yield ctx.call_activity("aecho", input={"left": i["left"]})
        yield ctx.create_timer(timedelta(seconds=300))
    ctx.continue_as_new(i, save_events=True)


def collector(ctx, i):
    """Takes one event a turn and continues as new: shows that events sent meanwhile are kept."""
    event = yield ctx.wait_for_external_event("item")
    seen = [*i["seen"], event]
    if len(seen) == i["want"]:
        return {"seen": seen}
    ctx.continue_as_new({"seen": seen, "want": i["want"]}, save_events=True)


def stale_timer(ctx, i):
    """First run: a timer of 60 s is left behind by an event; second run: a timer of an hour with the same number."""
    timer = ctx.create_timer(timedelta(seconds=60 if i["run"] == 1 else 3600))
    event = ctx.wait_for_external_event("go")
    winner = yield task.when_any([timer, event])
    if i["run"] == 1:
        ctx.continue_as_new({"run": 2})
        return None
    return {"at": ctx.current_utc_datetime.isoformat(), "by": "event" if winner is event else "timer"}


def failing(ctx, i):
    try:
        yield ctx.call_activity("boom", input=i)
    except task.TaskFailedError as error:
        return {"type": error.details.error_type, "message": error.details.message}


def boom(ctx, i: dict) -> dict:
    raise ValueError("kaboom: really")


def with_child(ctx, i):
    yield ctx.call_sub_orchestrator("hops", input=i)


ORCHESTRATORS = [
    case_v1,
    hops,
    ahops,
    recorded_hops,
    waiter,
    meeting,
    turner,
    collector,
    stale_timer,
    failing,
    with_child,
]
ACTIVITIES = [advance_v1, echo, aecho, recorded, meet, boom]
