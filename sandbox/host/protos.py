"""The message types that `azure_functions_runtime` asks its host for, as plain attribute bags.

The real host hands over generated protobuf classes (FunctionRpc.proto of azure-functions-language-worker-protobuf).
The runtime only sets and reads attributes and asks `WhichOneof`, so bags are enough.
"""

from typing import Any


class Message:
    """Keeps whatever fields it is given."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__} carries no field {name!r}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.__dict__})"


class TypedData(Message):
    """One value; the name of its only field (string, json, bytes, http, int, double) is its type."""

    def WhichOneof(self, group: str) -> str | None:
        return next(iter(self.__dict__), None)

    def content(self) -> Any:
        """The value itself, None when nothing is set."""
        return next(iter(self.__dict__.values()), None)


class ParameterBinding(Message):
    def WhichOneof(self, group: str) -> str | None:
        return "data" if self.__dict__.get("data") is not None else None


class StatusResult(Message):
    Failure, Success, Cancelled = 0, 1, 2


class BindingInfo(Message):
    undefined, out, inout = 0, 1, 2


class RpcHttp(Message): ...


class RpcException(Message): ...


class RpcFunctionMetadata(Message): ...


class RpcRetryOptions(Message): ...


class WorkerInitResponse(Message): ...


class WorkerMetadata(Message): ...


class FunctionMetadataResponse(Message): ...


class FunctionLoadResponse(Message): ...


class FunctionEnvironmentReloadResponse(Message): ...


class InvocationResponse(Message): ...


class NullableString(Message): ...


class NullableBool(Message): ...


class NullableDouble(Message): ...


class NullableTimestamp(Message): ...


class SameSite:
    Lax, Strict, ExplicitNone = 1, 2, 3


setattr(SameSite, "None", 0)


class RpcHttpCookie(Message):
    SameSite = SameSite
