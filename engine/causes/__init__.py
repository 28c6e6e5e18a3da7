"""Named root causes, one a file; all of them are found here at import."""

from importlib import import_module
from pkgutil import iter_modules

from engine.causes.contract import CAUSES

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["CAUSES"]
