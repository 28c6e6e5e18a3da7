"""What every read has: the clients, and the answers that cases share."""

from typing import TYPE_CHECKING

from gateway.arm import ids
from gateway.arm.shared import Shared

if TYPE_CHECKING:  # causes declare their reads' actions at import, which opens and loads no client
    from gateway.arm.clients import Clients


class Endpoint:
    """One endpoint to read from. `now` in the lists that cases share says how old an answer may be (30 s)."""

    def __init__(self, clients: "Clients") -> None:
        self._clients = clients
        self._shared = Shared()

    def changed(self, kind: str, scope: str) -> None:
        """Called after a write: the shared list of this kind and scope must be read anew."""
        self._shared.expire(kind, ids.key(scope))
