"""Promise 2: nothing outside the fence is touched. What is not surely ours is not ours."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from remediations import fence
from tests.remediations.made import (
    COLLECTION_ID,
    COLLECTIONS,
    DATA_ID,
    GROUP,
    MACHINE_ID,
    SUB,
    VM_ID,
    collection,
    extension,
    item,
    lock,
    machine,
    point,
    resource,
)

COLLECTION_TYPE = "Microsoft.Compute/restorePointCollections"
SNAPSHOT_TYPE = "Microsoft.Compute/snapshots"
NAMES = st.text("abcxyzABC019_-.()ßé", min_size=1, max_size=20)


def swapped(text: str, flips: list[bool]) -> str:
    """The text with the case of single letters turned."""
    turned = [c.swapcase() if flip else c for c, flip in zip(text, flips, strict=False)]
    return "".join(turned) + text[len(turned) :]


FLIPS = st.lists(st.booleans(), max_size=300)


# --- collections


@given(FLIPS)
def test_the_machines_own_collection_is_ours_in_whatever_case_azure_writes_ids(flips: list[bool]) -> None:
    written = collection(source_id=swapped(MACHINE_ID, flips), points=(point(vm_id=swapped(VM_ID, flips)),))
    assert fence.outside_collection(written, item(), machine()) == ""


@given(st.sampled_from(["/", "//"]), st.booleans())
def test_slashes_at_the_end_or_doubled_name_the_same_machine(slash: str, inside: bool) -> None:
    source = MACHINE_ID.replace("/providers", f"{slash}providers") if inside else MACHINE_ID + slash
    assert fence.outside_collection(collection(source_id=source), item(), machine()) == ""


@given(NAMES)
@example("0")
def test_a_collection_of_another_machine_is_not_ours_whatever_its_name(more: str) -> None:
    for source in (MACHINE_ID + more, MACHINE_ID[:-1], MACHINE_ID.replace("rg-app", f"rg-app{more}"), ""):
        assert fence.outside_collection(collection(source_id=source), item(), machine())


@given(st.text("0123456789_", max_size=20))
@example("")
@example(DATA_ID + "0")
@example("1" + DATA_ID)
@example(DATA_ID[:-1])
def test_a_collection_whose_suffix_is_not_the_items_data_id_is_not_ours(suffix: str) -> None:
    assume(suffix.rpartition("_")[2] != DATA_ID)
    assert fence.outside_collection(collection(name=f"AzureBackup_web-01_{suffix}"), item(), machine())


@pytest.mark.parametrize("name", ["", DATA_ID + "_", f"AzureBackup_web-01_{DATA_ID}_copy", "AzureBackup_web-01"])
def test_look_alike_collection_names_are_not_ours(name: str) -> None:
    assert fence.outside_collection(collection(name=name), item(), machine())


def test_an_item_that_does_not_tell_its_data_id_owns_no_collection() -> None:
    assert fence.outside_collection(collection(), item(data_id=""), machine())
    assert fence.outside_collection(collection(name="AzureBackup_web-01_"), item(data_id=""), machine())


@given(st.lists(st.sampled_from([VM_ID, VM_ID.upper(), "", "another", VM_ID + "0"]), min_size=1, max_size=5))
def test_one_point_of_a_machine_that_was_recreated_puts_the_whole_collection_outside(vm_ids: list[str]) -> None:
    points = tuple(replace(point(), vm_id=vm_id) for vm_id in vm_ids)
    ours = fence.outside_collection(collection(points=points), item(), machine()) == ""
    assert ours == all(vm_id.casefold() == VM_ID for vm_id in vm_ids)


def test_a_machine_without_a_vm_id_owns_no_points() -> None:
    assert fence.outside_collection(collection(points=(point(vm_id=""),)), item(), machine(vm_id=""))
    assert fence.outside_collection(collection(points=()), item(), machine(vm_id=""))


def test_a_collection_whose_points_were_not_read_is_not_ours() -> None:
    assert fence.outside_collection(collection(points=None), item(), machine())


# --- groups


def group_of(*others: tuple[str, str]) -> list[Any]:
    return [resource(COLLECTION_ID, COLLECTION_TYPE), *(resource(f"{GROUP}/providers/{k}/{n}", k) for k, n in others)]


def test_a_group_of_collections_and_snapshots_is_ours_whatever_its_name() -> None:
    held = group_of((COLLECTION_TYPE, "AzureBackup_web-02_5"), (SNAPSHOT_TYPE.upper(), "s"))
    assert fence.outside_group(GROUP, held, collection()) == ""
    moved = f"{SUB}/resourceGroups/Contoso-Snapshots7"
    own = collection(id=COLLECTION_ID.replace(GROUP, moved))
    assert fence.outside_group(moved, [resource(own.id, COLLECTION_TYPE)], own) == ""


TYPES = st.sampled_from(
    [
        "Microsoft.Compute/disks",
        "Microsoft.Compute/virtualMachines",
        "Microsoft.Compute/restorePointCollections/restorePoints",
        "Microsoft.Compute/snapshots2",
        "Contoso.Compute/snapshots",
        "Microsoft.Storage/storageAccounts",
        "snapshots",
        "",
    ]
)


@given(st.lists(TYPES, min_size=1, max_size=4), st.randoms())
def test_a_group_that_also_holds_anything_else_is_not_ours(kinds: list[str], dice: Any) -> None:
    held = group_of(*[(kind, f"n{at}") for at, kind in enumerate(kinds)], (SNAPSHOT_TYPE, "s"))
    dice.shuffle(held)
    assert fence.outside_group(GROUP, held, collection())


def test_a_group_of_the_right_name_without_the_collection_is_not_ours() -> None:
    assert fence.outside_group(GROUP, [], collection())
    assert fence.outside_group(
        GROUP, [resource(f"{GROUP}/{COLLECTIONS}/other_{DATA_ID}", COLLECTION_TYPE)], collection()
    )


@given(st.sampled_from(["0", "_1", "x", " ", "."]))
def test_a_group_whose_name_begins_like_ours_is_another_group(more: str) -> None:
    longer = GROUP + more
    assert fence.outside_group(longer, group_of(), collection())
    far = collection(id=COLLECTION_ID.replace(GROUP, longer))
    assert fence.outside_group(GROUP, [resource(far.id, COLLECTION_TYPE)], far)


# --- locks


@given(FLIPS, st.sampled_from(["", "/", "//"]))
def test_a_lock_on_the_group_is_ours_in_any_case_and_with_slashes_at_the_end(flips: list[bool], end: str) -> None:
    assert fence.outside_lock(lock(swapped(GROUP, flips) + end), GROUP) == ""
    assert fence.outside_lock(lock(GROUP), swapped(GROUP, flips) + end) == ""


def test_locks_below_the_group_are_ours() -> None:
    for scope in (COLLECTION_ID, f"{GROUP}/providers/{SNAPSHOT_TYPE}/s"):
        assert fence.outside_lock(lock(scope), GROUP) == ""


@given(NAMES)
@example("0")
def test_a_lock_on_a_group_whose_name_only_begins_like_ours_is_not_ours(more: str) -> None:
    assert fence.outside_lock(lock(GROUP + more), GROUP)
    assert fence.outside_lock(lock(f"{GROUP}{more}/{COLLECTIONS}/c"), GROUP)


@pytest.mark.parametrize(
    "scope",
    [
        SUB,
        f"{SUB}/resourceGroups",
        "/",
        "",
        "/providers/Microsoft.Management/managementGroups/corp",
        f"{SUB}/resourceGroups/rg-app",
        MACHINE_ID,
        GROUP.replace("5b1f7c2e", "6b1f7c2e"),
        f"{SUB}/resourceGroups/rg-app{GROUP}",
    ],
)
def test_locks_above_or_beside_the_group_are_not_ours(scope: str) -> None:
    assert fence.outside_lock(lock(scope), GROUP)


@given(st.sampled_from([SUB, "", "/", f"{SUB}/resourceGroups/rg-app", f"{GROUP}0"]))
def test_a_lock_whose_id_and_scope_disagree_is_not_ours(scope: str) -> None:
    assert fence.outside_lock(lock(GROUP, id=lock(scope).id), GROUP)
    assert fence.outside_lock(lock(scope, id=lock(GROUP).id), GROUP)


@pytest.mark.parametrize("group", ["", "/", "//", SUB, SUB + "/", f"{SUB}/resourceGroups", f"{SUB}/resourceGroups/"])
def test_where_the_group_is_not_known_no_lock_is_ours(group: str) -> None:
    for scope in (SUB, GROUP, f"{SUB}/resourceGroups/rg-app", MACHINE_ID):
        assert fence.outside_lock(lock(scope), group)


# --- extensions

PUBLISHERS = [
    "Microsoft.Azure.RecoveryServices",
    "Microsoft.Azure.RecoveryServices.Test",
    "Contoso",
    "",
    "Microsoft.Azure",
]
KINDS = ["VMSnapshot", "VMSnapshotLinux", "VMSnapshot2", "IaaSAntimalware", "", "VMSnapshotLinux "]


@given(st.sampled_from(PUBLISHERS), st.sampled_from(KINDS), st.sampled_from(KINDS))
def test_only_the_snapshot_extensions_of_the_backup_publisher_are_ours(publisher: str, kind: str, name: str) -> None:
    ours = fence.outside_extension(extension(publisher=publisher, type=kind, name=name)) == ""
    own = ("VMSnapshot", "VMSnapshotLinux")
    assert ours == (publisher == PUBLISHERS[0] and kind in own and name in own)


@given(NAMES)
def test_an_extension_that_merely_bears_the_name_is_a_foreign_one(publisher: str) -> None:
    assert fence.outside_extension(extension(publisher=publisher))
    assert fence.outside_extension(extension(type="CustomScriptExtension"))
