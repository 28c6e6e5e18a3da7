"""Cuts long lists into pages, each with the address of the next."""

from dataclasses import replace
from urllib.parse import quote

from sandbox.arm.wire import Call, Refusal, Reply

_TOKEN = "$skipToken"


def paged(reply: Reply, call: Call, size: int) -> Reply:
    """The page that the request asks for; `nextLink` is absolute and repeats the whole query."""
    # ASSUMED: 200 rows on a page of every list, told apart by an offset in $skipToken; recorded lists were shorter.
    rows = (reply.body or {}).get("value")
    if call.method != "GET" or not isinstance(rows, list):
        return reply
    start = _start(call.query.get(_TOKEN, "0"))
    end = start + size
    body = {**(reply.body or {}), "value": rows[start:end]}
    if end < len(rows):
        query = {**call.query, _TOKEN: str(end)}
        body["nextLink"] = call.url(quote(call.path), **{key: quote(value) for key, value in query.items()})
    return replace(reply, body=body)


def _start(token: str) -> int:
    if not token.isdigit():
        raise Refusal(400, "InvalidSkipToken", "The skip token is not valid.")
    return int(token)
