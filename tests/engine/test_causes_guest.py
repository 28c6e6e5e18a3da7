"""What a probe tells names the cause; what it could not tell is unknown, never healthy and never broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES, Verdict
from engine.diagnose import diagnose
from remediations.facts import Facts, Unknown, Unprobed
from sandbox.guest import Guest, probe_document
from tests.engine.driver import Driver, driving

INSIDE = (
    *(
        "stale_goal_state",
        "agent_needs_restart",
        "file_system_freeze",
        "mount_unreadable",
        "selinux_blocks",
        "disk_full",
    ),
    *("machine_busy", "dhcp_off", "guest_network_blocked", "clock_skew"),
)
BOTH = ("disk_full", "machine_busy", "dhcp_off", "guest_network_blocked", "clock_skew")
LINUX: dict[str, Any] = {"name": "db-01", "os": "Linux", "failure": {"code": "GuestAgentSnapshotTaskStatusError"}}


def world(**machine: Any) -> dict[str, Any]:
    return {"name": "guest", "title": "t", "machine": [{**LINUX, **machine}]}


def facts(driver: Driver, os: str = "Linux", probed: bool = True, **sections: Any) -> Facts:
    """The facts of a machine whose probe told of these sections, and of a healthy guest else."""
    now = driver.box.now
    document = {**json.loads(probe_document(Guest("m"), os, now)), **sections}
    told = {"at": now.isoformat(), "document": document} if probed else {}
    item = driver.world["cases"][0]["item"]
    return Facts(driver.engine.reads, item, now, driver.engine.leases.out_of, probed=told)


async def verdict(cause: str, evidence: Facts) -> Verdict:
    return await CAUSES[cause].examine(evidence)


@pytest.mark.parametrize("os", ["Linux", "Windows"])
async def test_a_healthy_guest_rules_every_cause_out(os: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(os=os), tmp_path, monkeypatch) as driver:
        for cause in (*INSIDE, "linux_agent_outdated"):
            assert (await verdict(cause, facts(driver, os))).says == "ruled out", cause


@pytest.mark.parametrize(
    ("cause", "sections", "words"),
    [
        ("stale_goal_state", {"goal_state": {"files": 9, "errors": 1}}, "9 file(s)"),
        ("agent_needs_restart", {"goal_state": {"files": 0, "errors": 2}}, "2 error(s)"),
        ("agent_needs_restart", {"agent": {"start": "disabled"}}, "does not start"),
        ("file_system_freeze", {"mounts": {"not_frozen": ["/boot"]}}, "/boot"),
        ("file_system_freeze", {"mounts": {"read_only": "/data"}}, "/data"),
        ("mount_unreadable", {"mounts": {"unreadable": ["/mnt/a", "/mnt/b"]}}, "/mnt/a, /mnt/b"),
        ("selinux_blocks", {"selinux": {"mode": "Enforcing", "denials": 1}}, "1 time(s)"),
        ("disk_full", {"disks": [{"mount": "/var", "free_mb": 499, "used_pct": 60}]}, "/var has 499 MB free"),
        ("disk_full", {"disks": [{"mount": "/", "free_mb": 5000, "used_pct": 99}]}, "99 % used"),
        ("disk_full", {"disks": {"mount": "C:", "free_mb": 10, "used_pct": 100}}, "C: has 10 MB free"),
        ("machine_busy", {"load": {"cpu_pct": 91, "memory_pct": 1}}, "91 %"),
        ("machine_busy", {"load": {"cpu_pct": 1, "memory_pct": 96}}, "96 %"),
        ("dhcp_off", {"dhcp": {"on": False}}, "DHCP is off"),
        ("guest_network_blocked", {"reach": {"wire_80": True, "wire_32526": False, "storage": None}}, "port 32526"),
        ("clock_skew", {"clock": {"skew_s": 901}}, "901 s fast"),
        ("clock_skew", {"clock": {"skew_s": -901}}, "901 s slow"),
    ],
)
async def test_a_fault_is_confirmed_and_named(
    cause: str, sections: dict[str, Any], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        found = await verdict(cause, facts(driver, **sections))
        assert found.says == "confirmed" and words in found.reason and found.instructions
        assert "db-01" in found.reason + found.instructions


@pytest.mark.parametrize(
    ("cause", "sections"),
    [
        ("stale_goal_state", {"goal_state": {"files": 40, "errors": 0}}),  # a working agent keeps such files too
        ("stale_goal_state", {"goal_state": {"files": 0, "errors": 3}}),
        ("agent_needs_restart", {"agent": {"start": "static"}}),
        ("selinux_blocks", {"selinux": {"mode": "Permissive", "denials": 9}}),
        (
            "disk_full",
            {
                "disks": [
                    {"mount": "/", "free_mb": 500, "used_pct": 98},
                    {"mount": "/data", "free_mb": 0, "used_pct": 100},
                ]
            },
        ),
        (
            "disk_full",
            {"disks": [{"mount": "D:", "free_mb": 900, "used_pct": 97}]},
        ),  # the system's own is emptier still
        ("machine_busy", {"load": {"cpu_pct": 90, "memory_pct": 95}}),
        ("dhcp_off", {"dhcp": {"on": None}}),  # the host's address answers
        ("guest_network_blocked", {"reach": {"wire_80": True, "wire_443": False, "wire_32526": True, "storage": True}}),
        ("clock_skew", {"clock": {"skew_s": 900}}),
    ],
)
async def test_what_is_no_fault_is_ruled_out(
    cause: str, sections: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        assert (await verdict(cause, facts(driver, **sections))).says == "ruled out"


NULLS: dict[str, list[dict[str, Any]]] = {
    "stale_goal_state": [
        {"goal_state": None},
        {"goal_state": {"files": None, "errors": 2}},
        {"goal_state": {"files": 2, "errors": None}},
    ],
    "agent_needs_restart": [{"agent": None}, {"goal_state": {"files": 1, "errors": None}}],
    "file_system_freeze": [
        {"mounts": None},
        {"mounts": {"duplicates": [], "read_only": None, "not_frozen": []}},
        {"mounts": {"read_only": 7}},
    ],
    "mount_unreadable": [{"mounts": None}, {"mounts": {"unreadable": None}}, {"mounts": {"unreadable": 7}}],
    "selinux_blocks": [{"selinux": {"mode": None}}, {"selinux": {"mode": "Enforcing", "denials": None}}],
    "disk_full": [
        {"disks": None},
        {"disks": []},
        {"disks": ["/"]},
        {"disks": [{"mount": "/", "free_mb": None, "used_pct": 12}]},
        {"disks": [{"mount": "D:", "free_mb": 90, "used_pct": 99}]},
    ],
    "machine_busy": [
        {"load": None},
        {"load": {"cpu_pct": None, "memory_pct": 3}},
        {"load": {"cpu_pct": "99", "memory_pct": 3}},
    ],
    "dhcp_off": [
        {"dhcp": None},
        {"dhcp": {"on": None}, "reach": None},
        {"dhcp": {"on": None}, "reach": {"wire_80": False}},
    ],
    "guest_network_blocked": [{"reach": None}, {"reach": {"wire_80": True, "wire_32526": True, "storage": None}}],
    "clock_skew": [{"clock": None}, {"clock": {"skew_s": None}}, {"clock": {"skew_s": True}}],
}


@pytest.mark.parametrize(("cause", "sections"), [(name, one) for name, all_ in NULLS.items() for one in all_])
async def test_what_the_probe_could_not_tell_is_unknown(
    cause: str, sections: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        with pytest.raises(Unknown, match="guest probe"):
            await verdict(cause, facts(driver, **sections))


@pytest.mark.parametrize("cause", INSIDE)
async def test_without_a_probe_nothing_inside_is_known_and_only_where_a_snapshot_needs_the_guest(
    cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path / "a", monkeypatch) as driver:
        with pytest.raises(Unprobed):
            await verdict(cause, facts(driver, probed=False))
    async with driving(world(power="stopped"), tmp_path / "b", monkeypatch) as driver:
        assert (await verdict(cause, facts(driver, probed=False))).says == "ruled out"
    async with driving(world(os="Windows"), tmp_path / "c", monkeypatch) as driver:
        if cause not in BOTH:
            assert (await verdict(cause, facts(driver, probed=False))).says == "ruled out"


@pytest.mark.parametrize(
    ("version", "says"),
    [("2.2.46", "confirmed"), ("2.2.53", "confirmed"), ("2.2.53.1", "ruled out"), ("2.11.1.12", "ruled out")],
)
async def test_versions_of_the_agent_compare_as_numbers_and_need_no_probe(
    version: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(agent_version=version), tmp_path, monkeypatch) as driver:
        assert (await verdict("linux_agent_outdated", facts(driver, probed=False))).says == says


async def test_an_agent_of_unknown_version_is_not_called_outdated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(agent_version="Unknown"), tmp_path, monkeypatch) as driver:
        with pytest.raises(Unknown, match="Unknown"):
            await verdict("linux_agent_outdated", facts(driver))


async def test_what_the_probe_could_not_tell_keeps_a_passing_error_from_being_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        healthy = await diagnose(facts(driver), "GuestAgentSnapshotTaskStatusError")
        unclear = await diagnose(facts(driver, load=None), "GuestAgentSnapshotTaskStatusError")
        assert healthy.cause == "transient_error"
        assert (unclear.cause, unclear.verdicts[-1][0]) == ("unknown", "machine_busy") and not unclear.unprobed
