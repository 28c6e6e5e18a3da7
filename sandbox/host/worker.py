"""Loads the function app through the real `azure_functions_runtime` and invokes its functions.

`apart.py` does the same in a process of its own, into which this file is loaded under another name: hence the
relative imports.
"""

import importlib
import json
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import azure_functions_runtime

from . import protos
from .protos import Message, ParameterBinding, StatusResult, TypedData

runtime: Any = azure_functions_runtime
"""The worker's library carries no types."""


class AppFailed(Exception):
    """The app could not be loaded; the text holds the app's own traceback."""


class InvocationFailed(Exception):
    """The function raised; `error` is `Type: text` as the worker reports it."""

    def __init__(self, error: str, stack: str) -> None:
        super().__init__(error)
        self.error, self.stack = error, stack


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the app, as its bindings describe it."""

    id: str
    name: str
    trigger: Mapping[str, Any]
    inputs: tuple[Mapping[str, Any], ...]
    outputs: tuple[Mapping[str, Any], ...]

    @property
    def kind(self) -> str:
        """The trigger's type, lower case: httptrigger, queuetrigger, ..."""
        return str(self.trigger["type"]).lower()


@dataclass(frozen=True, slots=True)
class Invoked:
    """What a function gave back: its return value and its output parameters by binding name."""

    returned: TypedData | None
    outputs: Mapping[str, TypedData]


class Worker(Protocol):
    """The language worker: what runs the app's code."""

    facts: Mapping[str, Any]
    """Where it runs: `pid`, `python`, `folder`, `path`; known once the app is loaded."""

    async def load(self) -> list[Function]:
        """Import the app and list its functions; raises AppFailed."""
        ...

    async def set_now(self, place: str, now: Callable[[], datetime]) -> None:
        """Set `module:attribute` of the loaded app to a callable that returns the host's time; raises AppFailed."""
        ...

    async def invoke(self, function: Function, inputs: Mapping[str, TypedData], metadata: Mapping[str, Any]) -> Invoked:
        """Run the function once with these inputs by binding name; raises InvocationFailed when it raises."""
        ...

    async def close(self) -> None: ...


class WorkerHere:
    """The worker in this process and on this event loop."""

    def __init__(self, app_dir: Path) -> None:
        self.facts: Mapping[str, Any] = {}
        self._app_dir = app_dir

    async def load(self) -> list[Function]:
        sys.path.insert(0, str(self._app_dir))
        importlib.invalidate_caches()
        os.chdir(self._app_dir)
        runtime.start_threadpool_executor()
        init = Message(capabilities={}, function_app_directory=str(self._app_dir))
        answer = await runtime.worker_init_request(
            Message(request=Message(worker_init_request=init), properties={"host": "127.0.0.1", "protos": protos})
        )
        if answer.result.status != StatusResult.Success:
            error = answer.result.exception
            raise AppFailed(f"{error.message}\n{error.stack_trace}")
        listed = await runtime.functions_metadata_request(_request("functions_metadata_request", Message()))
        if listed.function_metadata_results is None:
            raise AppFailed(f"{self._app_dir} holds no function_app.py")
        self.facts = {"pid": os.getpid(), "python": sys.executable, "folder": str(Path.cwd()), "path": list(sys.path)}
        return [_function(metadata) for metadata in listed.function_metadata_results]

    async def set_now(self, place: str, now: Callable[[], datetime]) -> None:
        module, _, attribute = place.partition(":")
        try:
            setattr(importlib.import_module(module), attribute, now)
        except (ImportError, AttributeError) as error:
            raise AppFailed(f"--now {place}: {error}") from error

    async def invoke(self, function: Function, inputs: Mapping[str, TypedData], metadata: Mapping[str, Any]) -> Invoked:
        call = Message(
            invocation_id=str(uuid.uuid4()),
            function_id=function.id,
            input_data=[ParameterBinding(name=name, data=data) for name, data in inputs.items()],
            trigger_metadata=metadata,
            trace_context=Message(trace_parent=_trace_parent(), trace_state="", attributes={}),
            retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
        )
        answer = await runtime.invocation_request(_request("invocation_request", call))
        if answer.result.status != StatusResult.Success:
            raise InvocationFailed(answer.result.exception.message, answer.result.exception.stack_trace)
        return Invoked(answer.return_value, {output.name: output.data for output in answer.output_data})

    async def close(self) -> None:
        """It ends with this process."""


def _request(kind: str, payload: Message) -> Message:
    return Message(request=Message(**{kind: payload}), properties={})


def _trace_parent() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00"


def _function(metadata: Any) -> Function:
    bindings = [json.loads(binding) for binding in metadata.raw_bindings]
    trigger = next(binding for binding in bindings if binding["type"].lower().endswith("trigger"))
    others = [binding for binding in bindings if binding is not trigger]
    return Function(
        id=metadata.function_id,
        name=metadata.name,
        trigger=trigger,
        inputs=tuple(binding for binding in others if binding["direction"].lower() == "in"),
        outputs=tuple(binding for binding in others if binding["direction"].lower() == "out"),
    )
