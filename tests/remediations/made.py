"""Facts made by hand, healthy and ours unless told otherwise."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.arm.model import Collection, Extension, Job, Lock, Machine, Policy, ProtectedItem, RecoveryPoint, Resource
from gateway.arm.model import RestorePoint as Point

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
SUB = "/subscriptions/5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
GROUP = f"{SUB}/resourceGroups/AzureBackupRG_westeurope_1"
MACHINE_ID = f"{SUB}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01"
VAULT = f"{SUB}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-prod-01"
UNIQUE = "iaasvmcontainerv2;rg-app;web-01"
ITEM_ID = f"{VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{UNIQUE}/protectedItems/VM;{UNIQUE}"
DATA_ID = "17592186044417"
VM_ID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
COLLECTIONS = "providers/Microsoft.Compute/restorePointCollections"
COLLECTION_ID = f"{GROUP}/{COLLECTIONS}/AzureBackup_web-01_{DATA_ID}"


def machine(**told: Any) -> Machine:
    made = Machine(
        MACHINE_ID, "web-01", VM_ID, "westeurope", "Windows", "Succeeded", "running", True, "2.7.41491.1172", ""
    )
    return replace(made, **told)


def item(**told: Any) -> ProtectedItem:
    policy = f"{VAULT}/backupPolicies/DailyPolicy"
    kind = "Microsoft.Compute/virtualMachines"
    made = ProtectedItem(
        ITEM_ID, MACHINE_ID, "web-01", UNIQUE, DATA_ID, policy, "Protected", "Failed", NOW - timedelta(days=1), kind
    )
    return replace(made, **told)


def point(age: timedelta = timedelta(days=1), **told: Any) -> Point:
    name = f"AzureBackup_{NOW - age:%Y%m%d_%I%M%S}"
    return replace(Point(f"{COLLECTION_ID}/restorePoints/{name}", name, NOW - age, VM_ID, "Succeeded"), **told)


def recovery_point(age: timedelta = timedelta(days=1), **told: Any) -> RecoveryPoint:
    tiers = {"InstantRP": "Valid", "HardenedRP": "Valid"}
    return replace(RecoveryPoint(f"rp{age.total_seconds():.0f}", NOW - age, "AppConsistent", tiers), **told)


def collection(**told: Any) -> Collection:
    made = Collection(COLLECTION_ID, COLLECTION_ID.rpartition("/")[2], MACHINE_ID, "Succeeded", (point(),))
    return replace(made, **told)


def lock(scope: str = GROUP, name: str = "do-not-delete", **told: Any) -> Lock:
    lock_id = f"{scope}/providers/Microsoft.Authorization/locks/{name}"
    return replace(Lock(lock_id, name, scope, "CanNotDelete", "Ask first."), **told)


def extension(**told: Any) -> Extension:
    made = Extension("VMSnapshot", "Microsoft.Azure.RecoveryServices", "VMSnapshot", "1.0", "Failed", "Enable failed.")
    return replace(made, **told)


def resource(resource_id: str, kind: str) -> Resource:
    return Resource(resource_id, kind)


def policy(**told: Any) -> Policy:
    made = Policy(f"{VAULT}/backupPolicies/P", "P", "V1", "UTC", "Daily", ((2, 0),), (), None, 2)
    return replace(made, **told)


def job(start: datetime, **told: Any) -> Job:
    made = Job(
        f"{VAULT}/backupJobs/j", "j", "Backup", "Completed", start, start + timedelta(minutes=41), UNIQUE, "web-01"
    )
    return replace(made, **told)
