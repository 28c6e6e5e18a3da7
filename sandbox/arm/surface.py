"""Imports every module that serves a part of ARM, so that its routes and events are known."""

from sandbox.arm import (
    backups,
    collection_deletion,
    collections,
    deny_assignments,
    extensions,
    fired_alerts,
    graph,
    jobs,
    locks,
    machines,
    operations,
    permissions,
    policies,
    resources,
    restores,
    vaults,
)
from sandbox.backup import alerts, cleanup, run, schedule

PARTS = (
    backups,
    collection_deletion,
    collections,
    deny_assignments,
    extensions,
    fired_alerts,
    graph,
    jobs,
    locks,
    machines,
    operations,
    permissions,
    policies,
    resources,
    restores,
    vaults,
    alerts,
    cleanup,
    run,
    schedule,
)
