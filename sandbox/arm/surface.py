"""Imports every module that serves a part of ARM, so that its routes and events are known."""

from sandbox.arm import (
    backups,
    collections,
    extensions,
    graph,
    jobs,
    locks,
    machines,
    operations,
    resources,
    restores,
    vaults,
)
from sandbox.backup import alerts, cleanup, run, schedule

PARTS = (
    backups,
    collections,
    extensions,
    graph,
    jobs,
    locks,
    machines,
    operations,
    resources,
    restores,
    vaults,
    alerts,
    cleanup,
    run,
    schedule,
)
