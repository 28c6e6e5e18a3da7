"""The engine of this process and where it tells of itself, put together on first use from the environment."""

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.settings import Settings


@cache
def settings() -> "Settings":
    from engine.settings import read_settings

    return read_settings(os.environ)


@cache
def engine() -> "Engine":
    """Raises ValueError that names the setting where the store cannot be told."""
    from engine.engine import Engine

    _telemetry()
    return Engine.open(settings())


@cache
def _telemetry() -> None:
    """Once, though an engine that cannot be opened is tried again with each call."""
    from functions.telemetry.exports import set_up

    set_up(os.environ)
