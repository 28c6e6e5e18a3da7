"""Alert bodies, from right to raving: the samples with values, keys, text and bytes changed. Pure hypothesis strategies."""

import gzip
import json
import re
from typing import Any

from hypothesis import strategies as st

from engine.intake import MAX_BYTES
from tests.matrix.fuzz_seeds import ITEM, MACHINE, SEEDS

Json = Any
Draw = st.DrawFn


def _nest(depth: int, last: Json = None) -> Json:
    for _ in range(depth):
        last = [last]
    return last


def _fresh(value: Json) -> Json:
    """A copy, for what follows changes it in place; not by copy.deepcopy, which needs more stack than JSON does."""
    return json.loads(json.dumps(value))


WRONG: list[Json] = [
    *(None, True, False, 0, -1, 2**63, 10**400, 1e308, float("nan"), float("inf"), "", " ", "null", [], {}, [[]]),
    *([None], {"": None}, _nest(60), _nest(900), {"value": {"value": {}}}, "\ud800", "x\udfffy", "\x00", "\u202e"),
    *("é" * 100, "𝔅ackup", "x" * 5_000, "../../x", "%3B", "${jndi:x}", "'; drop table cases; --", "A" * 70_000),
]
"""What may stand where something else belongs."""
WORDS: list[Json] = [
    *("Resolved", "resolved ", "Fired", "fired", "Azure Backup", "AZURE BACKUP", "Log Alerts V2", "Platform"),
    *("Activity Log - Administrative", "Backup Failure", "Restore Failure", "Jobs", "Security", "Healthy", "Unhealthy"),
    *("PersistentDegraded", "BackupHealthEvent", "RestoreHealthEvent", "Backup", "Restore", "Succeeded", "Failed"),
    *("2026-03-13T11:56:13Z", "2026-03-13", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00", "2001-01-01T00:00:00Z"),
    *("2026-13-45T99:99:99Z", 1741867200, 20260313, ITEM, ITEM.upper(), MACHINE, ITEM.replace("VM;", "SQLDataBase;")),
    *(ITEM.replace("/resourceGroups/", "//resourceGroups//"), f"{ITEM}/", f"{ITEM}/../x", ITEM.replace("/", "\\")),
]
"""What a field may hold by its nature, in the wrong place as likely as in the right one."""
MACHINES = 60
"""The bodies tell of so many machines."""
ODD_CHARACTERS = "/;?#% \x00\n'\"\\<>ſß\u0130é\ud800𝔅_.-("
ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "utf-7", "cp037"]
SIZES = [1, 5_000, 16_001, 48 * 1024, MAX_BYTES - 1, MAX_BYTES, MAX_BYTES + 1]


def _places(value: Json, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value inside, whole parts as well as their leaves; none into a well of lists."""
    if len(way) > 12:
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, part in inner for place in ((*way, name), *_places(part, (*way, name)))]


def _change(draw: Draw, alert: Json) -> Json:
    """The alert with one of its places changed."""
    places = _places(alert)
    if not places:
        return _fresh(draw(st.sampled_from(WRONG)))
    *way, last = draw(st.sampled_from(places))
    holder = alert
    for name in way:
        holder = holder[name]
    match draw(st.integers(0, 9)):
        case 0 | 1:
            del holder[last]
        case 2 | 3:
            holder[last] = _fresh(draw(st.sampled_from(WRONG)))
        case 4 | 5:
            holder[last] = draw(st.sampled_from(WORDS))
        case 6 | 7:
            holder[last] = _bent(draw, holder[last])
        case 8:
            holder[last] = draw(st.text(max_size=20))
        case _:
            _rename(draw, holder, last)
    return alert


def _bent(draw: Draw, value: Json) -> Json:
    """A text with one thing in it altered; anything else as a text, or in a list."""
    if not isinstance(value, str):
        return draw(st.sampled_from([repr(value)[:200], [value], {"value": value}]))
    at, odd = draw(st.integers(0, len(value))), draw(st.sampled_from(ODD_CHARACTERS))
    ways = [value[:at], value[at:], f"{value[:at]}{odd}{value[at:]}", f"{value[:at]}{odd}{value[at + 1 :]}"]
    return draw(st.sampled_from([*ways, value.upper(), value.lower(), value * 2, f" {value} ", f"{value}/x", [value]]))


def _rename(draw: Draw, holder: Json, name: Any) -> None:
    if isinstance(holder, list):
        holder.append(_fresh(holder[name]))
    else:
        holder[draw(st.sampled_from([name.upper(), name.lower(), f"{name} ", "essentials", "name"]))] = holder.pop(name)


def _text_change(draw: Draw, text: str) -> str:
    """What JSON allows or nearly allows and no object shows: doubled keys, comments, cut ends, huge numbers, padding."""
    match draw(st.integers(0, 6)):
        case 0:
            keys = sorted(set(re.findall(r'"(\w+)": ', text))) or ["data"]
            key, value = draw(st.sampled_from(keys)), draw(st.sampled_from(['"Resolved"', "null", "{}", "[]", "7"]))
            return text.replace(f'"{key}": ', f'"{key}": {value}, "{key}": ', 1)
        case 1:
            return text[: draw(st.integers(0, len(text)))]
        case 2:
            at = draw(st.integers(0, len(text)))
            return text[:at] + draw(st.sampled_from(ODD_CHARACTERS + "{}[],:")) + text[at:]
        case 3:
            return text + " " * max(0, draw(st.sampled_from(SIZES)) - len(text))
        case 4:
            return text.replace("null", draw(st.sampled_from(["NaN", "-Infinity", "9" * 5000, "1e999", "0x1F", "nul"])))
        case 5:
            depth = draw(st.sampled_from([100, 990, 20_000]))
            return text.replace("null", "[" * depth + "]" * depth, 1)
        case _:
            return draw(st.sampled_from([f"/* */{text}", f"{text},", f"{text}{text}", f"\ufeff{text}", f"data={text}"]))


def _byte_change(draw: Draw, body: bytes) -> bytes:
    match draw(st.integers(0, 3)):
        case 0:
            encoding = draw(st.sampled_from(ENCODINGS))
            return body.decode("utf-8", "replace").encode(encoding, "replace")
        case 1:
            at = draw(st.integers(0, len(body)))
            return body[:at] + draw(st.binary(min_size=1, max_size=3)) + body[at + 1 :]
        case 2:
            return gzip.compress(body, 1)
        case _:
            return draw(st.binary(max_size=60))


@st.composite
def bodies(draw: Draw) -> bytes:
    """A request body: mostly one alert with up to four changes, sometimes a list, sometimes broken text or bytes."""
    alert = _fresh(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        alert = _change(draw, alert)
    how = draw(st.integers(0, 15))
    if how == 0:
        alert = [alert, draw(st.sampled_from(SEEDS))] * draw(st.sampled_from([1, 2, 30]))
    machine = f"vm-app-{draw(st.integers(1, MACHINES)):02d}"
    text = json.dumps(alert, ensure_ascii=bool(how % 2)).replace("vm-app-01", machine)
    if how in (1, 2, 3):
        text = _text_change(draw, text)
    body = text.encode("utf-8", "surrogatepass")
    return _byte_change(draw, body) if how == 4 else body
