"""How the durable backend says no."""

from typing import Any, NoReturn

import grpc

MAX_INSTANCE_ID = 100
_FORBIDDEN = frozenset("/\\#?")


class Refused(Exception):
    """The backend refuses a call; carries the gRPC status that a client sees."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class _Call:
    """Stands where durabletask's backend expects a gRPC call."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        raise Refused(code, details)


REFUSING: Any = _Call()
"""A call whose `abort` raises Refused."""


def refuse_instance_id(instance_id: str) -> None:
    """Raise Refused for an id that Azure Storage would not take as a key; the extension reports that as INTERNAL.

    https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-instance-management (rules for ids)"""
    if len(instance_id) > MAX_INSTANCE_ID:
        text = f"Instance IDs must not exceed {MAX_INSTANCE_ID} characters: {instance_id[:20]!r}... has more."
        raise Refused(grpc.StatusCode.INTERNAL, text)
    bad = [char for char in instance_id if char in _FORBIDDEN or ord(char) < 32 or 127 <= ord(char) < 160]
    if bad or instance_id.startswith("@"):
        text = f"Instance ID {instance_id!r} must not contain / \\ # ? or control characters, nor begin with @."
        raise Refused(grpc.StatusCode.INTERNAL, text)
