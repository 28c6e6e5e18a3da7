"""What is wrong with a request, in its sender's words: what pydantic found, as the field and what to write there."""

from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_MOST_SHOWN = 60
_WORDS = {
    "missing": "is missing: add it",
    "string_type": "must be text in quotes",
    "string_unicode": "must be text of whole characters",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "literal_error": "must be {expected}",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number, and a smaller one",
    "less_than_equal": "must be at most {le}",
    "greater_than_equal": "must be at least {ge}",
}
_SHAPES = {
    "hash": "is the 64 hex digits of `asks.hash`, see GET /api/cases/{id}",
    "vault": "is the ARM id of a Recovery Services vault, such as /subscriptions/{id}/resourceGroups/{group}"
    "/providers/Microsoft.RecoveryServices/vaults/{name}; GET /api/breaker shows those whose breaker is open",
}
"""What a field with a pattern is."""
_NO_OBJECT = "the body must be one JSON object, with fields as GET /api/openapi.json shows them"


def told_by(error: ErrorDetails, known: list[str]) -> tuple[str, str]:
    """The field, "(body)" where it is the whole, and what to say of it; `known` are the fields of this request's body."""
    if error["type"] == "json_invalid":
        return "(body)", f"the body is not valid JSON: {error.get('ctx', {}).get('error', 'it cannot be read')}"
    field = ".".join(str(part)[:_MOST_SHOWN] for part in error["loc"][1:])
    if error["type"] == "value_error":
        return field or "(body)", error["msg"].removeprefix("Value error, ")
    return (field, f"`{field}` {_words(error, field, known)}") if field else ("(body)", _NO_OBJECT)


def _words(error: ErrorDetails, field: str, known: list[str]) -> str:
    if error["type"] == "extra_forbidden":
        near = get_close_matches(field, known, 1)
        hint = f"did you mean `{near[0]}`?" if near else f"fields are {', '.join(known)}"
        return f"is no field here; {hint}"
    if error["type"] == "string_pattern_mismatch":
        return _SHAPES[field]
    return _WORDS.get(error["type"], "is not as GET /api/openapi.json says").format(**_told(error))


def _told(error: ErrorDetails) -> dict[str, Any]:
    """The bounds of the rule that was broken; choices in double quotes, as JSON has them."""
    ctx = error.get("ctx", {})
    return {name: bound.replace("'", '"') if isinstance(bound, str) else bound for name, bound in ctx.items()}
