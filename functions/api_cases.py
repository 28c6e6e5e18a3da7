"""The API about cases: open, list, show, decide, evidence."""

import re
from contextvars import ContextVar
from typing import Any, Literal

from fastapi import FastAPI, HTTPException, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.case import Case, Failure
from engine.decisions import Decision
from engine.evidence.gather import evidence_of
from engine.journal import Journal
from engine.locate import located
from engine.plan import told
from functions import messages, parts
from functions.callers.caller import at_hand
from functions.callers.signature import Who
from functions.now import now
from gateway.arm.ids import MACHINE_ID, VM_ITEM_ID

outbox: ContextVar[list[str]] = ContextVar("outbox")
"""The messages that the request at hand queues."""

PRIVATE = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


class NewCase(BaseModel):
    """A manual call: which item or machine, and what is known of its failure."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field("", max_length=2048, description="ARM id of the protected item")
    machine: str = Field(
        "", max_length=1024, description="ARM id of the virtual machine, where the item's is not at hand"
    )
    code: str = Field("", max_length=200, description="error code, where it is known and no job tells it")
    job: str = Field("", max_length=200, description="name (GUID) of the failed backup job, where it is known")
    dry_run: bool = Field(False, description="diagnose and plan, change nothing")

    @model_validator(mode="after")
    def names_one_machine(self) -> "NewCase":
        if bool(self.item) == bool(self.machine):
            raise ValueError(
                "give exactly one of `item` (a protected item's id) and `machine` (a virtual machine's id)"
            )
        if self.item:
            if not VM_ITEM_ID.fullmatch(self.item):
                raise ValueError(f"`item` is not the ARM id of a machine's protected item: {self.item!r}")
        elif not MACHINE_ID.fullmatch(self.machine):
            raise ValueError(f"`machine` is not the ARM id of a virtual machine: {self.machine!r}")
        return self


class Answer(BaseModel):
    """What a person decides about the plan that a case asks about."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    decision: Literal["approve", "reject"]
    hash: str = Field(
        pattern="^[0-9a-f]{64}$", description="hash of the plan that the answer is about: the case's `asks.hash`"
    )
    who: Who
    why: str = Field(min_length=1, max_length=2000, description="the reason, for the record")
    change: str = Field("", max_length=100, description="number of a change request, where there is one")


def add_routes(app: FastAPI) -> None:
    app.add_api_route("/api/cases", open_case, methods=["POST"], status_code=202)
    app.add_api_route("/api/cases", list_cases, methods=["GET"])
    app.add_api_route("/api/cases/{case_id}", show_case, methods=["GET"])
    app.add_api_route("/api/cases/{case_id}/decision", decide, methods=["POST"], status_code=202)
    page: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}
    app.add_api_route("/api/cases/{case_id}/evidence", show_evidence, methods=["GET"], responses=page)


async def open_case(body: NewCase) -> dict[str, str]:
    """Open a case by hand; 202 with its id once it lies in the queue, or the id of the item's open case, which it joins.

    A dry run yields the plan and changes nothing.
    """
    caller = at_hand.get().caller
    told_by = f"a manual call by {caller.who}" if caller.by_token else "a manual call"
    told = Failure(body.item, now().isoformat(), "manual", body.job, body.code, body.machine, told_by, body.dry_run)
    failure = await located(parts.engine(), told)
    outbox.get().append(messages.of_failure(failure))
    held = await parts.engine().cases.holder(failure.item_key)
    joins = held is not None and held.case_id != failure.case_id
    case_id = held.case_id if held and joins else failure.case_id
    return {"case": case_id, "item": failure.item_id, "how": "joins the open case" if joins else "queued"}


async def list_cases(days: int = Query(14, ge=0, le=90), limit: int = Query(200, ge=1, le=1000)) -> dict[str, Any]:
    """The cases of the last days, newest first, in short."""
    return {"cases": [_short(case) for case in await parts.engine().cases.newest(now(), days, limit)]}


async def show_case(case_id: str) -> dict[str, Any]:
    """One case whole: evidence, verdicts, plan, timeline, every change with Azure's correlation ids, outcome."""
    case = await _case(case_id)
    changes = await Journal(parts.engine().rows, case_id).changes()
    return {**case.to_json(), **_short(case), "changes": changes}


async def decide(case_id: str, body: Answer) -> JSONResponse:
    """Approve or reject the plan that the case asks about; 202 once the answer is stored, which nothing undoes.

    An answer given twice does nothing; another person's that says the same is recorded beside it. A stale hash, an answer
    against one that was given, and one that came too late to be heeded are 409 with the plan as it is now.
    """
    at, engine = now(), parts.engine()
    given = Decision(body.hash, body.decision, body.who, body.why, body.change, at.isoformat())
    came = await engine.decisions.take(engine.cases, await _case(case_id), given, at)
    if came.stands is None or came.refused:
        return _conflict(came.case, came.refused)
    outbox.get().append(messages.of_wake(case_id))
    how = "recorded" if came.stands is given else "known"
    return JSONResponse({"case": case_id, "decision": came.stands.to_json(), "how": how}, 202)


def _conflict(case: Case, text: str) -> JSONResponse:
    body = {"error": {"field": "hash", "message": text}, "asks": _asks(case), "plan": case.plan}
    return JSONResponse(body, 409)


async def show_evidence(
    case_id: str, format: Literal["json", "html"] = Query("json", description="`html` for a page that can be attached")
) -> Response:
    """One case whole, as JSON or as a page that can be attached to a ticket."""
    await _case(case_id)
    found = await evidence_of(parts.engine(), case_id)
    if found is None:
        raise HTTPException(404, f"no case has the id {case_id!r}")
    if format == "json":
        return JSONResponse(found, headers=PRIVATE)
    from engine.evidence.page import page

    named = {"Content-Disposition": f'inline; filename="case-{case_id}.html"'}
    return HTMLResponse(page(found), headers={**PRIVATE, **named})


async def _case(case_id: str) -> Case:
    got = await parts.engine().cases.get(case_id) if re.fullmatch(r"[0-9a-f]{32}", case_id) else None
    if got is None:
        raise HTTPException(404, f"no case has the id {case_id[:64]!r}; GET /api/cases lists them")
    return got[0]


def _short(case: Case) -> dict[str, Any]:
    told = case.told
    return {
        "id": case.id,
        "item": told.item_id,
        "machine": case.machine,
        "trigger": told.trigger,
        "code": case.code,
        "cause": case.cause,
        "phase": case.phase,
        "step": case.timeline[-1]["text"] if case.timeline else "",
        "opened": case.opened,
        "closed": case.closed,
        "outcome": case.outcome,
        "reason": case.ending.get("reason", ""),
        "summary": case.ending.get("summary", ""),
        "instructions": case.ending.get("instructions", ""),
        "dry_run": told.dry_run,
        "kind": case.kind,
        "recurs_about": case.recurs_about,
        "asks": _asks(case),
    }


def _asks(case: Case) -> dict[str, Any]:
    """What a person is asked, {} where nothing is: the plan in words, its hash, until when."""
    if case.phase != "ask":
        return {}
    return {"why": case.ask["why"], "plan": told(case.plan), "hash": case.ask["hash"], "expires": case.ask["expires"]}
