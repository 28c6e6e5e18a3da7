"""The rows that Resource Graph shows: what ARM held a while ago."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sandbox import ids
from sandbox.arm.backups import item_body
from sandbox.arm.collections import collection_body
from sandbox.arm.jobs import job_body
from sandbox.arm.machines import machine_body
from sandbox.arm.vaults import policy_body, vault_body
from sandbox.model import Item, Job
from sandbox.simulation import Simulation
from sandbox.store import Table

# ASSUMED: a change shows in Resource Graph 2 minutes later; the docs promise no figure.
LAG = timedelta(minutes=2)
_JOBS_KEPT = timedelta(days=14)  # docs: Resource Graph holds backup jobs of the last 14 days
_PUBLIC = "https://management.azure.com"
Row = dict[str, Any]
Versions = dict[str, list[tuple[datetime, Any]]]
Make = Callable[[Simulation, Any], Row]
_EMPTY: Row = dict.fromkeys(("kind", "managedBy", "sku", "plan", "tags", "identity", "zones", "extendedLocation"))


class GraphRows:
    """Remembers the latest versions of each row. A restarted sandbox shows everything at once."""

    def __init__(self, sim: Simulation) -> None:
        self._sim = sim
        self._shown: list[tuple[str, Make, Versions]] = []
        state = sim.state
        self._watch(state.items, "recoveryservicesresources", _item)
        self._watch(state.jobs, "recoveryservicesresources", _job)
        self._watch(state.policies, "recoveryservicesresources", policy_body)
        self._watch(state.vaults, "resources", lambda sim, vault: vault_body(vault))
        self._watch(state.machines, "resources", lambda sim, machine: machine_body(machine))
        self._watch(state.collections, "resources", lambda sim, one: collection_body(sim, one, False))

    def _watch(self, table: Table[Any], name: str, make: Make) -> None:
        versions: Versions = {}

        def note(key: str, row: Any) -> None:
            edge, known = self._sim.now - LAG, versions.setdefault(key, [])
            while len(known) > 1 and known[1][0] <= edge:
                known.pop(0)
            known.append((self._sim.now, row))

        for key, row in table.items():
            versions[key] = [(self._sim.state.world.start - LAG, row)]
        table.watcher = note
        self._shown.append((name, make, versions))

    def table(self, name: str) -> list[Row]:
        """The rows of a table as they are visible now, ordered by id; an unknown table is empty."""
        edge = self._sim.now - LAG
        found = []
        for table, make, versions in self._shown:
            if table == name:
                visible = (_at(known, edge) for known in versions.values())
                found += [self._full(make(self._sim, row)) for row in visible if row is not None and self._kept(row)]
        return sorted(found, key=lambda row: str(row["id"]))

    def _kept(self, row: Any) -> bool:
        return not isinstance(row, Job) or row.start > self._sim.now - _JOBS_KEPT

    def _full(self, body: Row) -> Row:
        world = self._sim.state.world
        return {
            **_EMPTY,
            "location": world.location,
            **body,
            "type": str(body["type"]).lower(),
            "tenantId": world.tenant,
            "subscriptionId": world.subscription,
            "resourceGroup": ids.group_of(str(body["id"])).lower(),
        }


def _at(versions: list[tuple[datetime, Any]], edge: datetime) -> Any:
    """The newest version that is at least as old as the lag."""
    seen = [row for at, row in versions if at <= edge]
    return seen[-1] if seen else None


def _item(sim: Simulation, item: Item) -> Row:
    """Resource Graph adds its own view of state, data source and policy to a protected item."""
    body = item_body(item, _PUBLIC, sim.now)
    stopped = item.protection_state == "ProtectionStopped"
    body["properties"] |= {
        "currentProtectionState": "ProtectionStopped" if stopped else "ProtectionConfigured",
        "dataSourceInfo": {"resourceID": item.machine, "resourceName": item.machine_name},
        "policyInfo": {"name": item.policy},
    }
    return body


def _job(sim: Simulation, job: Job) -> Row:
    return job_body(sim, job, extended=True)
