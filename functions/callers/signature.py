"""The field `who` of a body: who signs. With a token that is the token's name, whatever the body says."""

from typing import Annotated, Any

from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticKnownError

from functions.callers.caller import Call, at_hand

LEFT_OUT = object()


def _signed(given: Any, text_of: ValidatorFunctionWrapHandler) -> str:
    """Who signs; a body that names someone else than the token is refused. With a key the body's word is all there is."""
    call = at_hand.get(None) or Call()
    name = "" if given is LEFT_OUT else str(text_of(given))
    if call.caller.by_token:
        if name and not call.caller.is_called(name):
            raise ValueError(f"`who` must be {call.caller.name!r}, as the token says, or be left out")
        return call.caller.who
    if given is LEFT_OUT:
        raise PydanticKnownError("missing")
    if not name:
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    call.named = name
    return name


Who = Annotated[
    str,
    Field(
        max_length=200,
        default_factory=lambda: LEFT_OUT,
        validate_default=True,
        description="name of the person who decides; with a bearer token it is the token's, and may be left out",
    ),
    WrapValidator(_signed),
]
