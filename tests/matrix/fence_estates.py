"""Draws estates: one machine whose collection, group, locks and extensions are ours, or miss being ours by a hair."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.matrix.fence_estate import COMPUTE, SUB, Collection, Estate, Extension, Lock, Other, Point, group_id
from tests.matrix.fence_jobs import draw_jobs
from tests.matrix.fence_oracle import same

Draw = Callable[[st.SearchStrategy[Any]], Any]

_LETTERS = "abcsxyzABRG0179-_.()éÉßſﬁаЖж"  # the a after ﬁ is Cyrillic
WORDS = st.text(_LETTERS, min_size=1, max_size=12).map(lambda text: f"{text.rstrip('.')}1")
GROUPS = st.one_of(
    st.sampled_from(
        [
            "AzureBackupRG_westeurope_1",
            "AzureBackupRG_x_1-prod",
            "rg-AzureBackupRG_westeurope_1",
            "tss-np-rsg-restore-01",
            "Contoso-Snapshots7",
            "RG-Straße-Buſineß-1",
            "oﬃce-ﬁles",
        ]
    ),
    WORDS,
)
MACHINES = st.one_of(st.sampled_from(["web-01", "WEB-01", "ma_chine_1", "straße-01"]), WORDS)
FLIPS = st.lists(st.booleans(), max_size=120)
VM_ID, OLD_VM_ID = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", "2c8e7adc-0000-4b2d-9b5d-ab8dfbbd4bed"
OWN_TYPES = ("Microsoft.Compute/snapshots", "microsoft.compute/SNAPSHOTS", "Microsoft.Compute/restorePointCollections")
OTHER_TYPES = (
    "Microsoft.Compute/disks",
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Compute/snapshots2",
    "Contoso.Compute/snapshots",
    "Microsoft.Storage/storageAccounts",
)


def respelled(path: str, flips: list[bool]) -> str:
    """The path with the case of single ASCII letters turned, as Azure's services do to each other's ids."""
    turned = [c.swapcase() if flip and c.isascii() and c.isalpha() else c for c, flip in zip(path, flips, strict=False)]
    return "".join(turned) + path[len(turned) :]


def look_alikes(name: str) -> list[str]:
    """Names of other groups that a careless eye, or a careless comparison, takes for this one."""
    made = [f"{name}-prod", f"{name}0", f"rg-{name}", name[:-1] or "x", f"{name}_1", f"{name}(1)"]
    swaps = (
        ("s", "ſ"),
        ("S", "ſ"),
        ("ß", "ss"),
        ("ss", "ß"),
        ("ﬁ", "fi"),
        ("fi", "ﬁ"),
        ("a", "а"),
        ("k", "\N{KELVIN SIGN}"),
    )
    made += [name.replace(old, new) for old, new in swaps if old in name]
    return [other for other in made if not same(other, name) and not other.endswith(".")]


@st.composite
def estates(draw: Draw) -> Estate:
    """An estate; about one in three is wholly ours, so that there is something to change."""
    machine, home, restore = draw(MACHINES), draw(GROUPS), draw(GROUPS)
    data_id = draw(st.sampled_from(["17592186044417", "42"]))
    plain = Estate(machine, home, VM_ID, data_id, "", restore)
    own = _own_collection(draw, plain)
    collections, told_data_id = _twisted(draw, plain, own)
    return Estate(
        machine=machine,
        group=home,
        vm_id=VM_ID,
        data_id=told_data_id,
        told_id=respelled(plain.machine_id, draw(FLIPS)),
        restore_group=restore,
        collections=_named_once([*collections, *_neighbours(draw, plain)]),
        others=_others(draw, restore, home),
        locks=_locks(draw, plain, own),
        extensions=_extensions(draw),
        jobs=draw_jobs(draw, plain, look_alikes(machine)),
    )


def _own_collection(draw: Draw, plain: Estate) -> Collection:
    group = plain.group if draw(st.integers(0, 11)) == 0 else plain.restore_group
    source = respelled(plain.machine_id, draw(FLIPS))
    return Collection(group, f"AzureBackup_{plain.machine}_{plain.data_id}", source, _points(draw))


def _points(draw: Draw) -> tuple[Point, ...]:
    ages = draw(st.sampled_from([(1, 2, 3, 4, 5), (1, 4), (5,), ()]))
    return tuple(Point(f"AzureBackup_202603{days:02d}_020000", days, VM_ID.upper()) for days in ages)


def _twisted(draw: Draw, plain: Estate, own: Collection) -> tuple[list[Collection], str]:
    """The collections that claim to be the item's, and the data id that the item tells."""
    name, kind = own.name, draw(st.sampled_from(["none"] * 5 + sorted(_TWISTS)))
    if kind == "none":
        return [own], plain.data_id
    return _TWISTS[kind](draw, plain, own, name)


def _renamed(own: Collection, name: str) -> Collection:
    return Collection(own.group, name, own.source, own.points)


def _of_source(own: Collection, source: str) -> Collection:
    return Collection(own.group, own.name, source, own.points)


def _suffix(draw: Draw, plain: Estate, own: Collection, name: str) -> tuple[list[Collection], str]:
    names = [f"{name}0", name[:-1], f"{name}_", f"{name}_copy", f"AzureBackup_{plain.machine}", name + "éß"]
    names += [f"AzureBackup_{plain.machine}_1{plain.data_id}", plain.data_id + "_9"]
    return [_renamed(own, draw(st.sampled_from(names)))], plain.data_id


def _source(draw: Draw, plain: Estate, own: Collection, name: str) -> tuple[list[Collection], str]:
    machines = look_alikes(plain.machine)
    sources = [f"{group_id(plain.group)}/{COMPUTE}/virtualMachines/{other}" for other in machines]
    sources += [f"{group_id(other)}/{COMPUTE}/virtualMachines/{plain.machine}" for other in look_alikes(plain.group)]
    return [_of_source(own, draw(st.sampled_from(sources)))], plain.data_id


def _recreated(draw: Draw, plain: Estate, own: Collection, name: str) -> tuple[list[Collection], str]:
    """The machine was made anew: some or all points are of its forerunner of the same id."""
    old = draw(st.lists(st.booleans(), min_size=5, max_size=5).filter(any))
    points = tuple(
        Point(p.name, p.days, OLD_VM_ID if is_old else p.vm_id) for p, is_old in zip(own.points, old, strict=False)
    )
    return [Collection(own.group, own.name, own.source, points)], plain.data_id


def _no_data_id(draw: Draw, plain: Estate, own: Collection, name: str) -> tuple[list[Collection], str]:
    return [own if draw(st.booleans()) else _renamed(own, f"AzureBackup_{plain.machine}_")], ""


def _second(draw: Draw, plain: Estate, own: Collection, name: str) -> tuple[list[Collection], str]:
    other = draw(st.sampled_from(look_alikes(plain.restore_group)))
    return [own, Collection(other, own.name, own.source, own.points)], plain.data_id


def _absent(draw: Draw, plain: Estate, own: Collection, name: str) -> tuple[list[Collection], str]:
    return [], plain.data_id


Twist = Callable[[Draw, Estate, Collection, str], tuple[list[Collection], str]]
_TWISTS: dict[str, Twist] = {
    "suffix": _suffix,
    "source": _source,
    "recreated": _recreated,
    "no data id": _no_data_id,
    "second": _second,
    "absent": _absent,
}


def _neighbours(draw: Draw, plain: Estate) -> list[Collection]:
    """Collections of other machines, in the same group and in groups of like names."""
    groups = [plain.restore_group, *look_alikes(plain.restore_group)]
    chosen = draw(st.lists(st.sampled_from(groups), max_size=2))
    return [
        Collection(
            group,
            f"AzureBackup_app-{n}_{n}{plain.data_id}",
            f"{group_id(plain.group)}/{COMPUTE}/virtualMachines/app-{n}",
            _points(draw),
        )
        for n, group in enumerate(chosen, 1)
    ]


def _named_once(collections: list[Collection]) -> tuple[Collection, ...]:
    return tuple({c.id.lower(): c for c in collections}.values())


def _others(draw: Draw, restore: str, home: str) -> tuple[Other, ...]:
    types = draw(st.one_of(st.just([]), st.lists(st.sampled_from(OWN_TYPES[:2]), max_size=2)))
    if draw(st.integers(0, 4)) == 0:
        types = [*types, draw(st.sampled_from(OTHER_TYPES))]
    elsewhere = draw(st.sampled_from([restore, home, *look_alikes(restore)]))
    there = [Other(restore, kind, f"thing-{n}") for n, kind in enumerate(types)]
    return (*there, Other(elsewhere, OTHER_TYPES[0], "disk-9")) if draw(st.integers(0, 3)) == 0 else tuple(there)


def _locks(draw: Draw, plain: Estate, own: Collection) -> tuple[Lock, ...]:
    """Up to three locks: on the group, below it, above it, beside it, on groups that look like it."""
    group = group_id(own.group)
    near = [
        group,
        group,
        own.id,
        f"{group}/{COMPUTE}/snapshots/s",
        *[f"{own.id}/restorePoints/{p.name}" for p in own.points],
    ]
    far = [
        SUB,
        plain.machine_id,
        group_id(plain.group),
        f"{group_id('rg-backup')}/providers/Contoso.X/resourceGroups/{own.group}",
    ]
    far += [group_id(other) for other in look_alikes(own.group)]
    far += [f"{group_id(other)}/{COMPUTE}/restorePointCollections/{own.name}" for other in look_alikes(own.group)]
    scopes = draw(st.lists(st.sampled_from(near), max_size=2))
    if draw(st.integers(0, 2)) == 0:
        scopes = [*scopes, draw(st.sampled_from(far))]
    flips, level = draw(FLIPS), draw(st.sampled_from(["CanNotDelete", "ReadOnly"]))
    return tuple(
        Lock(
            respelled(scope, flips) if scope in near else scope,
            f"lock-{n}",
            level,
            draw(st.sampled_from([None, "Ask."])),
        )
        for n, scope in enumerate(scopes)
    )


def _extensions(draw: Draw) -> tuple[Extension, ...]:
    """Extensions of one machine, each name once; mostly Azure Backup's own, failed."""
    own = "Microsoft.Azure.RecoveryServices"
    publishers = st.sampled_from(
        [own, own, own.lower(), f"{own}.Test", "Contoso", "", "Microſoft.Azure.RecoveryServices"]
    )
    kinds = st.sampled_from(
        ["VMSnapshot", "VMSnapshot", "VMSnapshotLinux", "VMSnapshot2", "IaaSAntimalware", "VMſnapshot"]
    )
    names = st.sampled_from(
        ["VMSnapshot", "VMSnapshot", "vmsnapshotlinux", "VMSnapshot1", "MyVMSnapshot", "CustomScript"]
    )
    states = st.sampled_from(["Failed", "Failed", "Succeeded"])
    drawn = draw(st.lists(st.builds(Extension, names, publishers, kinds, states), max_size=3))
    return tuple({e.name.lower(): e for e in drawn}.values())
