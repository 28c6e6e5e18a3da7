"""What /api/openapi.json says beyond what FastAPI sees: our own error bodies, the key, and the route for alerts."""

from typing import Any

from fastapi import FastAPI

_TEXT = {"type": "string"}
_FAULT = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["field", "message"], "properties": {"field": _TEXT, "message": _TEXT}}
    },
}
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


def describe(app: FastAPI) -> None:
    """Make the app serve the corrected document."""
    seen = app.openapi

    def corrected() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _correct(seen())
        return app.openapi_schema

    app.openapi = corrected  # type: ignore[method-assign]


def _correct(document: dict[str, Any]) -> dict[str, Any]:
    document["paths"]["/api/alerts"] = {"post": _ALERTS}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _with_faults(operation, _FAULTS[f"{method} {path}"])
    parts = document.setdefault("components", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        parts.get("schemas", {}).pop(unused, None)
    parts.setdefault("schemas", {})["Fault"] = _FAULT
    parts["securitySchemes"] = {"key": {"type": "apiKey", "in": "header", "name": "x-functions-key"}}
    document["security"] = [{"key": []}]
    return document


def _with_faults(operation: dict[str, Any], statuses: tuple[str, ...]) -> None:
    """The answers that say what is wrong, in place of FastAPI's 422, which is never given; the host's own has no body."""
    operation["responses"].pop("422", None)
    operation["responses"]["401"] = {"description": "no function key, or a wrong one"}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    for status in statuses:
        operation["responses"].setdefault(status, {"description": _REASONS[status], "content": content})
