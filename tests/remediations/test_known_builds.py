"""The table of bad builds: versions compare as numbers, and a row says who says so."""

from dataclasses import replace

import pytest

from gateway.arm.model import Extension, Machine
from remediations.backups.known_builds import BUILDS, REINSTALL, WAIT, bad_build, numbers, read

ROW = 'os = "Linux"\nextension = "VMSnapshotLinux"\nbelow = "1.0.91.0"\ndo = "reinstall"\nwhy = "old"\nsource = "https://x"\n'


def machine(os_version: str = "24.04") -> Machine:
    return Machine(
        *("/m", "m", "1", "westeurope", "Linux", "Succeeded", "running", True, "2.9", ""),
        os_name="ubuntu",
        os_version=os_version,
    )


def extension(version: str) -> Extension:
    return Extension("VMSnapshotLinux", "Microsoft.Azure.RecoveryServices", "VMSnapshotLinux", version, "Succeeded")


@pytest.mark.parametrize(
    ("version", "reinstall", "wait"),
    [
        ("1.0.90.9", True, True),
        ("1.0.91.0", False, True),
        ("1.0.100.0", False, True),
        ("1.0.9219.9", False, True),
        ("1.0.9220.0", False, False),
        ("1.0.10000.0", False, False),
        ("1.0", False, False),
        ("", False, False),
        ("1.0.x.0", False, False),
    ],
)
def test_a_build_is_compared_as_numbers_and_one_that_is_not_told_is_not_bad(
    version: str, reinstall: bool, wait: bool
) -> None:
    assert bool(bad_build(machine(), extension(version), REINSTALL)) is reinstall
    assert bool(bad_build(machine(), extension(version), WAIT)) is wait


def test_a_row_is_about_its_own_system_only() -> None:
    assert bad_build(machine("22.04"), extension("1.0.9217.0"), WAIT) is None
    assert bad_build(replace(machine(), os_name=""), extension("1.0.9217.0"), WAIT) is None
    assert bad_build(replace(machine(), os="Windows"), extension("1.0.1.0"), REINSTALL) is None


def test_each_row_shipped_names_its_source() -> None:
    assert BUILDS and all(row.source.startswith("https://") and numbers(row.below) for row in BUILDS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROW.replace("https://x", ""), "no source"),
        (ROW.replace("1.0.91.0", "1.0.91"), "build of 4 numbers"),
        (ROW.replace("reinstall", "hope"), "reinstall"),
        (ROW + 'reason = "x"\n', "reason"),
    ],
)
def test_a_faulty_row_is_refused_and_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=rf"row 1.*{said}"):
        read(f"[[build]]\n{text}")
