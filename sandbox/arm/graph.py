"""POST /providers/Microsoft.ResourceGraph/resources: queries, paging, and the refusal of what it cannot read."""

import base64
import json
from typing import Any

from sandbox import ids
from sandbox.arm.routes import route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.graph.query import plain, run
from sandbox.graph.tokens import BadQuery
from sandbox.simulation import Simulation
from sandbox.times import backup_time

_PAGE = 1000  # docs: at most 1000 rows a page


@route("POST", "/providers/Microsoft.ResourceGraph/resources", "Microsoft.ResourceGraph/resources/read", "2018-09-01")
def query(sim: Simulation, call: Call) -> Reply:
    options = call.body.get("options") or {}
    if options.get("resultFormat", "objectArray").lower() != "objectarray":
        raise _refused(sim, BadQuery(0, "resultFormat", "the sandbox answers object arrays only"), "")
    text = str(call.body.get("query", ""))
    subscriptions = [str(one).lower() for one in call.body.get("subscriptions") or []]
    world = sim.state.world

    def source(table: str) -> list[dict[str, Any]]:
        asked = not subscriptions or world.subscription.lower() in subscriptions
        return [row for row in sim.graph_table(table) if call.role.allows(f"{row['type']}/read")] if asked else []

    try:
        rows = run(text, source, sim.now)
    except BadQuery as bad:
        raise _refused(sim, bad, text) from bad
    return Reply(200, _page(rows, options))


def _page(rows: list[dict[str, Any]], options: Json) -> Json:
    """One page; a next one exists only when the rows carry their id (docs)."""
    start = _offset(options.get("$skipToken")) + int(options.get("$skip") or 0)
    end = start + min(int(options.get("$top") or _PAGE), _PAGE)
    data = [{name: plain(value) for name, value in row.items()} for row in rows[start:end]]
    more = end < len(rows) and bool(data) and "id" in data[0]
    body: Json = {
        "totalRecords": len(rows),
        "count": len(data),
        "data": data,
        "facets": [],
        "resultTruncated": "true" if end < len(rows) else "false",
    }
    return {**body, "$skipToken": base64.b64encode(json.dumps({"from": end}).encode()).decode()} if more else body


def _offset(token: str | None) -> int:
    try:
        return int(json.loads(base64.b64decode(token))["from"]) if token else 0
    except (ValueError, KeyError, TypeError) as wrong:
        raise Refusal(400, "BadRequest", "The skip token is not valid.") from wrong


def _refused(sim: Simulation, bad: BadQuery, text: str) -> Refusal:
    """The recorded body of a query that cannot be read (D10)."""
    line = text.count("\n", 0, bad.at) + 1
    correlation = ids.guid("query", sim.now, text)
    message = (
        f"Please provide below info when asking for support: timestamp = {backup_time(sim.now)}, "
        f"correlationId = {correlation}."
    )
    refusal = Refusal(400, "BadRequest", message)
    general = (
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error"
    )
    failure = {
        "code": "ParserFailure",
        "message": f"ParserFailure: {bad.why}",
        "line": line,
        "characterPositionInLine": bad.at - (text.rfind("\n", 0, bad.at) + 1),
        "token": bad.token,
        "expectedToken": "Ï",
    }
    details = [{"code": "InvalidQuery", "message": f"{general} before retrying."}, failure]
    error = (refusal.reply.body or {})["error"]
    error["details"] = details
    return refusal
