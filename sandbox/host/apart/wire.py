"""What goes between the host and a worker apart: frames of JSON, each behind its length in four bytes."""

import asyncio
import base64
import json
from typing import Any

from .. import protos
from ..protos import Message

Frame = dict[str, Any]


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame, None when the other end is gone."""
    try:
        length = int.from_bytes(await reader.readexactly(4))
        frame: Frame = json.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return frame


def write_frame(writer: asyncio.StreamWriter, frame: Frame) -> None:
    content = json.dumps(frame).encode()
    writer.write(len(content).to_bytes(4) + content)


def pack(value: Any) -> Any:
    """JSON for a message, for bytes, and for what holds them."""
    if isinstance(value, Message):
        return {"message": type(value).__name__, "fields": pack(dict(vars(value)))}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"map": {name: pack(one) for name, one in value.items()}}
    return [pack(one) for one in value] if isinstance(value, list | tuple) else value


def unpack(value: Any) -> Any:
    """What was packed."""
    match value:
        case {"message": name, "fields": fields}:
            return getattr(protos, name)(**unpack(fields))
        case {"bytes": text}:
            return base64.b64decode(text)
        case {"map": entries}:
            return {name: unpack(one) for name, one in entries.items()}
        case list():
            return [unpack(one) for one in value]
    return value
