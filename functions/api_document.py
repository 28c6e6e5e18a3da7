"""What /api/openapi.json says beyond what FastAPI sees: our own error bodies, how callers prove who they are, and the
route for alerts.
"""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from functions.callers.roles import needed

if TYPE_CHECKING:
    from engine.settings import Callers

_TEXT = {"type": "string"}
_FAULT = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["field", "message"], "properties": {"field": _TEXT, "message": _TEXT}}
    },
}
_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
_REASONS = {
    "400": "the input is not understood; `field` names where",
    "403": "our role lacks an action",
    "404": "nothing of this name",
    "409": "what is answered is not what is asked now; the plan as it is now stands beside the error",
    "413": "the body is larger than Azure Monitor sends",
    "503": "the store, a setting or Azure cannot be used now",
}
_FAULTS = {
    "post /api/cases": ("400", "403", "404", "503"),
    "get /api/cases": ("400", "503"),
    "get /api/cases/{case_id}": ("404", "503"),
    "post /api/cases/{case_id}/decision": ("400", "404", "409", "503"),
    "get /api/cases/{case_id}/evidence": ("400", "404", "503"),
    "get /api/outcomes": ("400", "503"),
    "get /api/catalog": (),
    "get /api/catalog/unknown": ("503",),
    "get /api/catalog/{code}": ("404",),
    "get /api/leases": ("503",),
    "get /api/switch": ("503",),
    "put /api/switch": ("400", "503"),
    "get /api/breaker": ("503",),
    "put /api/breaker": ("400", "404", "503"),
    "get /api/health": (),
    "get /api/preflight": ("503",),
    "get /api/audit": ("400", "503"),
    "post /api/alerts": ("400", "413"),
}
"""What each operation answers where it cannot do what is asked. One that is missing here stops the document."""
_ALERTS: dict[str, Any] = {
    "summary": "Take Alert",
    "description": "Takes one alert of the common alert schema, or a list of them; queues what it tells.",
    "operationId": "take_alert",
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}, "minItems": 1}]}
            }
        },
    },
    "responses": {
        "202": {
            "description": "queued, or ignored with the reason; one result an alert",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["results"],
                        "properties": {
                            "results": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["status"],
                                    "properties": {"status": _TEXT, "item": _TEXT},
                                },
                            }
                        },
                    }
                }
            },
        }
    },
}


_KEY = {"type": "apiKey", "in": "header", "name": "x-functions-key", "description": "a function key of the app"}
_SIGNED = ("Answer", "SwitchTo", "CloseBreaker")
"""The bodies with `who`."""


def describe(app: FastAPI, callers: "Callers") -> None:
    """Make the app serve the corrected document."""
    seen = app.openapi

    def corrected() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _correct(seen(), callers)
        return app.openapi_schema

    app.openapi = corrected  # type: ignore[method-assign]


def _correct(document: dict[str, Any], callers: "Callers") -> dict[str, Any]:
    document["paths"]["/api/alerts"] = {"post": _ALERTS | {"responses": dict(_ALERTS["responses"])}}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _with_faults(operation, _FAULTS[f"{method} {path}"])
            if callers.by_token:
                _with_refusals(operation, needed(method.upper(), path))
    parts = document.setdefault("components", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.get("schemas", {}).pop(unused, None)
    if not callers.by_token:
        for name in _SIGNED:
            _asks_who(parts["schemas"][name])
    parts.setdefault("schemas", {})["Fault"] = _FAULT
    parts["securitySchemes"] = {"token": _token(callers)} if callers.by_token else {"key": _KEY}
    document["security"] = [{name: []} for name in parts["securitySchemes"]]
    return document


def _token(callers: "Callers") -> dict[str, str]:
    said = f"an access token of the tenant {callers.tenant} for {' or '.join(callers.audiences)}, with an app role"
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": said}


def _asks_who(schema: dict[str, Any]) -> None:
    """Where only a key proves the caller, the body must say who signs."""
    schema["required"] = [name for name in schema["properties"] if name == "who" or name in schema["required"]]
    schema["properties"]["who"]["minLength"] = 1


def _with_faults(operation: dict[str, Any], statuses: tuple[str, ...]) -> None:
    """The answers that say what is wrong, in place of FastAPI's 422, which is never given; the host's own has no body."""
    operation["responses"].pop("422", None)
    operation["responses"]["401"] = {"description": "no function key, or a wrong one"}
    for status in statuses:
        operation["responses"].setdefault(status, {"description": _REASONS[status], "content": _CONTENT})


def _with_refusals(operation: dict[str, Any], role: str) -> None:
    """What a token has to hold, and what is answered where it does not; none of it says why."""
    operation["description"] = f"{operation.get('description', '')}\n\nNeeds the role {role}, or Admin.".strip()
    answers = operation["responses"]
    answers["401"] = {"description": "no bearer token, or one that is not valid", "content": _CONTENT}
    lacks = f"the token lacks the role {role}"
    answers["403"] = {
        "description": f"{lacks}; or {_REASONS['403']}" if "403" in answers else lacks,
        "content": _CONTENT,
    }
    answers.setdefault("503", {"description": "the issuer's keys cannot be read now", "content": _CONTENT})
