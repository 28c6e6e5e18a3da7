"""Who calls, as far as that is proven, and the call that is being answered."""

from contextvars import ContextVar
from dataclasses import dataclass

from functions.callers.roles import ADMIN


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `oid` is the object id in Entra, `app` the application that asked for the token.

    `by_token` is False for the holder of a function key, who may be anyone: `name`, `oid` and `app` are "" then.
    """

    by_token: bool = False
    name: str = ""
    oid: str = ""
    app: str = ""
    roles: frozenset[str] = frozenset()

    @property
    def who(self) -> str:
        """The name for the record, with the object id: names change hands and a display name is anyone's choice."""
        return f"{self.name} ({self.oid})" if self.oid else self.name

    def is_called(self, name: str) -> bool:
        return name.casefold() in (self.name.casefold(), self.who.casefold())


KEY_HOLDER = Caller(roles=frozenset({ADMIN}))
"""Whoever holds a function key may do everything, as the key is all that the host asks for."""


@dataclass(slots=True)
class Call:
    """The call at hand. `named`: who a body said it was, where only a key proves the caller.

    `invocation` is the host's id of this run. `begun`: the audit's key for it, "" while nothing may be changed.
    """

    caller: Caller = KEY_HOLDER
    named: str = ""
    invocation: str = ""
    begun: str = ""


at_hand: ContextVar[Call] = ContextVar("at_hand")
"""The call that this task answers; set at the door, read by what it leads to."""
