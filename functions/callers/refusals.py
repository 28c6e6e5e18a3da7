"""Why a call is not let in.

Refused          what is answered is constant; `why` is for the log, and holds no part of a token
  Unproven       401: no token, or one that proves nothing
  NotAllowed     403: a proven caller without the role
  CannotTell     503: the issuer's keys cannot be read, so a right token is not told from a wrong one; try again
"""

import json
from typing import ClassVar


class Refused(Exception):
    """The call is not let in."""

    status: int
    text: str
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why

    @property
    def body(self) -> str:
        return json.dumps({"error": {"field": "(caller)", "message": self.text}})


class Unproven(Refused):
    """The caller is not proven."""

    status, text = 401, "this call needs a valid bearer token"


class NotAllowed(Refused):
    """The caller lacks the role."""

    status, text = 403, "this caller may not do this"


class CannotTell(Refused):
    """A token cannot be proven now. Azure Monitor's action groups try a 503 again."""

    status, text = 503, "tokens cannot be checked now; try again"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer", "Retry-After": "10"}
