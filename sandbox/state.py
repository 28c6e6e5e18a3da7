"""All tables of one simulated world."""

from pathlib import Path
from typing import Any

from sandbox import governance as g
from sandbox import guest as inside
from sandbox import key_vaults as k
from sandbox import model as m
from sandbox import network as n
from sandbox.activity import Activity
from sandbox.deny_policies import DenyPolicy
from sandbox.store import Ledger, Table


class State:
    """The whole world; `commit` writes what changed, when a folder for it was given."""

    def __init__(self, folder: Path | None = None) -> None:
        self.world_rows = Table("world", m.World, lambda r: "world")
        self.live_rows = Table("live", m.Live, lambda r: "live")
        self.events = Table("events", m.Event, lambda r: str(r.n))
        self.groups = Table("groups", m.Group, lambda r: r.id)
        self.vaults = Table("vaults", m.Vault, lambda r: r.id)
        self.policies = Table("policies", m.Policy, lambda r: r.id, lambda r: r.vault)
        self.machines = Table("machines", m.Machine, lambda r: r.id)
        self.items = Table("items", m.Item, lambda r: r.id, lambda r: r.vault)
        self.jobs = Table("jobs", m.Job, lambda r: f"{r.vault}/{r.name}", lambda r: r.item)
        self.points = Table("points", m.RecoveryPoint, lambda r: r.id, lambda r: r.item)
        self.collections = Table("collections", m.Collection, lambda r: r.id, lambda r: r.machine)
        self.restore_points = Table("restore_points", m.RestorePoint, lambda r: r.id, lambda r: r.collection)
        self.locks = Table("locks", g.Lock, lambda r: r.id)
        self.deny_assignments = Table("deny_assignments", g.DenyAssignment, lambda r: f"{r.scope}/{r.name}")
        self.deny_delete_policies = Table("deny_delete_policies", g.DenyDeletePolicy, lambda r: f"{r.scope}/{r.name}")
        self.deny_policies = Table("deny_policies", DenyPolicy, lambda r: f"{r.scope}/{r.name}")
        self.interfaces = Table("interfaces", n.Interface, lambda r: r.id)
        self.subnets = Table("subnets", n.Subnet, lambda r: r.id)
        self.security_groups = Table("security_groups", n.SecurityGroup, lambda r: r.id)
        self.route_tables = Table("route_tables", n.RouteTable, lambda r: r.id)
        self.alerts = Table("alerts", m.FiredAlert, lambda r: r.id)
        self.operations = Table("operations", m.Operation, lambda r: r.id)
        self.storage = Table("storage", m.Storage, lambda r: r.id)
        self.others = Table("others", m.Other, lambda r: r.id)
        self.guests = Table("guests", inside.Guest, lambda r: r.machine)
        self.run_commands = Table("run_commands", inside.RunCommand, lambda r: r.id, lambda r: r.machine)
        self.key_vaults = Table("key_vaults", k.KeyVault, lambda r: r.id)
        self.disk_keys = Table("disk_keys", k.DiskKeys, lambda r: r.machine)
        self.activities = Table("activities", Activity, lambda r: str(r.n))
        self.requests = Table("requests", m.Request, lambda r: str(r.n))
        self.changes = Table("changes", m.Change, lambda r: str(r.n))
        self._tables: dict[str, Table[Any]] = {t.name: t for t in vars(self).values() if isinstance(t, Table)}
        self._ledger = Ledger(folder) if folder else None

    def resume(self) -> bool:
        """Read the world back from its folder; False when there is none yet."""
        if self._ledger is None or self._ledger.is_empty():
            return False
        self._ledger.read(self._tables)
        return True

    def commit(self) -> None:
        if self._ledger:
            self._ledger.write(self._tables)
        else:
            for table in self._tables.values():
                table.dirty.clear()

    def close(self) -> None:
        if self._ledger:
            self._ledger.close()

    @property
    def world(self) -> m.World:
        return self.world_rows.require("world")

    @property
    def live(self) -> m.Live:
        return self.live_rows.require("live")
