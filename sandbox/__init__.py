"""A stateful simulation of the part of Azure that this project works on. Nothing shipped imports it.

`Sandbox` is loaded on first use: the local Functions host lives in this package and must start without it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.server import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> Any:
    if name == "Sandbox":
        from sandbox.server import Sandbox

        return Sandbox
    raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
