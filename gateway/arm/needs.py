"""Which ARM actions a read or a write needs, said where it is defined; roles are generated from this."""

from collections.abc import Callable
from typing import Any


def needs[F: Callable[..., Any]](*actions: str) -> Callable[[F], F]:
    """Keeps Azure's names of the actions on the function, as `actions`."""

    def mark(call: F) -> F:
        call.actions = actions  # type: ignore[attr-defined]
        return call

    return mark


def actions_of(owner: type) -> dict[str, tuple[str, ...]]:
    """The actions of each public method of a class that declares them, by the method's name."""
    found = {name: getattr(getattr(owner, name), "actions", None) for name in dir(owner) if not name.startswith("_")}
    return {name: actions for name, actions in found.items() if actions is not None}
