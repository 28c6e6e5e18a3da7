"""Runs a function with its input bindings and stores its output bindings before it counts as done."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.host.config import ConfigError, expand
from sandbox.host.protos import TypedData
from sandbox.host.worker import Function, Invoked, Worker

_OUTPUTS_ELSEWHERE = {"http"}
_TRIGGERS = {"httptrigger", "queuetrigger", "timertrigger", "orchestrationtrigger", "activitytrigger"}

PutMessages = Callable[[list[tuple[str, bytes]]], None]


class FunctionRunner:
    """Every trigger runs its functions through here."""

    def __init__(self, worker: Worker, put_messages: PutMessages) -> None:
        self.durable_client = ""
        """The JSON that every durableClient input receives."""
        self._worker, self._put = worker, put_messages

    async def run(
        self, function: Function, data: TypedData, metadata: Mapping[str, TypedData] | None = None
    ) -> TypedData | None:
        """Invoke, then store the queue messages it put out; returns the return value.

        Raises InvocationFailed when the function raises, and whatever the queue store raises."""
        inputs = {function.trigger["name"]: data}
        for binding in function.inputs:
            inputs[binding["name"]] = TypedData(string=self.durable_client)
        invoked = await self._worker.invoke(function, inputs, metadata or {})
        messages = queue_messages(function, invoked)
        if messages:
            self._put(messages)
        return invoked.returned


def check_bindings(functions: list[Function]) -> None:
    """Refuse an app whose bindings this host does not have; raises ConfigError naming the function."""
    for function in functions:
        if function.kind not in _TRIGGERS:
            raise ConfigError(f"{function.name}: this host has no {function.trigger['type']}")
        for binding in function.inputs:
            if binding["type"].lower() != "durableclient":
                raise ConfigError(f"{function.name}: this host has no input binding {binding['type']}")
        for binding in function.outputs:
            if binding["type"].lower() not in {"queue", *_OUTPUTS_ELSEWHERE}:
                raise ConfigError(f"{function.name}: this host has no output binding {binding['type']}")


def queue_messages(function: Function, invoked: Invoked) -> list[tuple[str, bytes]]:
    """(queue, content) of all that the function put out."""
    found: list[tuple[str, bytes]] = []
    for binding in function.outputs:
        name = binding["name"]
        value = invoked.returned if name == "$return" else invoked.outputs.get(name)
        if binding["type"].lower() == "queue" and value is not None:
            queue = expand(binding["queueName"], function.name).lower()
            found += [(queue, content) for content in _contents(value)]
    return found


def _contents(value: TypedData) -> list[bytes]:
    """The messages in one output: a text, bytes, or JSON of one or several (azure.functions' queue converter)."""
    content = value.content()
    if value.WhichOneof("data") != "json":
        return [content if isinstance(content, bytes) else str(content).encode()]
    parsed = json.loads(content)
    return [_text(item).encode() for item in (parsed if isinstance(parsed, list) else [parsed])]


def _text(item: Any) -> str:
    if isinstance(item, dict) and set(item) == {"id", "body"}:
        return str(item["body"])
    return item if isinstance(item, str) else json.dumps(item)
