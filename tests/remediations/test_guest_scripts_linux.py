"""The real probe under real shells on made-up guests: what it tells is so, what it cannot tell is null, and it changes nothing."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from remediations.facts import Unknown
from remediations.facts.guest_report import document, probe_report
from remediations.guest.scripts import script
from sandbox import guest_common
from sandbox.guest import Guest, probe_document
from tests.remediations.guest_root import SHELLS, GuestRoot, stat_of

MOST = 3000
SNAPSHOT = "Microsoft.Azure.RecoveryServices.VMSnapshotLinux"
DF = """Filesystem 1024-blocks Used Available Capacity Mounted on
/dev/sda1 30298176 12000000 18281792 40% /
/dev/sdc1 103080888 98000000 1000000 99% /data
/dev/loop0 113664 113664 0 100% /snap/core
tmpfs 409600 0 409600 0% /run
"""
MOUNTS = """/dev/sda1 / ext4 rw,relatime 0 0
/dev/sdc1 /data xfs rw 0 0
tmpfs /run tmpfs rw 0 0
"""
CURL = """case "$*" in
  *versions*) printf 'HTTP/1.1 200 OK\\r\\nDate: Mon, 02 Mar 2026 02:30:00 GMT\\r\\n\\r\\n' ;;
  *) printf 0.002310 ;;
esac"""
"""Everything is reached, and the wire server tells the time."""


def dated(text: str) -> str:
    """A log with its times: of this hour in two spellings, of the day before yesterday, in seconds."""
    now = datetime.now(UTC)
    old = now - timedelta(days=2)
    times = {"NOW": f"{now:%Y-%m-%dT%H:%M:%S.123456Z}", "OLD": f"{old:%Y-%m-%dT%H:%M:%S.123456Z}"}
    times |= {"SLASHED": f"{now:%Y/%m/%d %H:%M:%S.123456}", "EPOCH": f"{now.timestamp():.0f}"}
    for name, at in times.items():
        text = text.replace(name, at)
    return text


@pytest.fixture
def guest(tmp_path: Path) -> GuestRoot:
    """A healthy Ubuntu machine in Azure."""
    made = GuestRoot(tmp_path)
    made.service()
    made.stub("waagent", "echo 'WALinuxAgent-2.2.46 running on ubuntu 22.04'; echo 'Goal state agent: 2.11.1.12'")
    made.file("/etc/waagent.conf", "Extensions.Enable=y\nProvisioning.Agent=auto\nHttpProxy.Host=None\n")
    made.file("/var/lib/waagent/GoalState.7.xml", "<GoalState/>")
    blob = (
        "<StatusUploadBlob>https://md-hdd-abc.z1.blob.storage.azure.net/$system/x.status?sig=secret</StatusUploadBlob>"
    )
    made.file("/var/lib/waagent/ExtensionsConfig.7.xml", blob)
    made.file("/var/lib/waagent/SharedConfig.xml", "")
    made.file("/var/log/waagent.log", dated("NOW INFO ExtHandler all is well\n"))
    made.file(f"/var/lib/waagent/{SNAPSHOT}-1.0.9228.0/status/3.status", '{"message": "done StatusCode.Success,"}')
    made.file(f"/var/log/azure/{SNAPSHOT}/1.0.9228.0/extension.log", "Freezing: /\nThawing: /\n")
    made.file("/proc/mounts", MOUNTS)
    made.file("/etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n")
    (made.root / "data").mkdir()
    made.file("/proc/stat", stat_of(1000, 1000))
    later = made.file("/proc/stat.later", stat_of(1900, 1100))
    made.stub("sleep", f'cp "{later}" "{made.root}/proc/stat"')
    made.file("/proc/meminfo", "MemTotal:  8000000 kB\nMemFree: 10 kB\nMemAvailable: 6000000 kB\n")
    made.file("/etc/netplan/50-cloud-init.yaml", "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n")
    made.stub("df", f"cat <<'END'\n{DF}END")
    made.stub("curl", CURL)
    made.stub("getenforce", "echo Permissive")
    made.file("/var/log/audit/audit.log", "type=USER_LOGIN msg=ok\n")
    return made


@pytest.mark.parametrize("shell", SHELLS)
def test_a_healthy_guest_is_told_whole(guest: GuestRoot, shell: str) -> None:
    told = guest.told("probe.sh", shell)
    assert told["agent"] == {"service": "walinuxagent", "state": "running", "start": "enabled", "version": "2.11.1.12"}
    assert told["options"] == {"Extensions.Enable": "y", "Provisioning.Agent": "auto"}
    assert told["goal_state"] == {"files": 2, "errors": 0}
    assert told["disks"] == [
        {"mount": "/", "free_mb": 17853, "used_pct": 40},
        {"mount": "/data", "free_mb": 976, "used_pct": 99},
    ]
    assert told["mounts"] == {"duplicates": [], "unreadable": [], "read_only": [], "not_frozen": []}
    assert told["load"] == {"cpu_pct": 10, "memory_pct": 25}
    assert told["dhcp"] == {"on": True}
    ways = {"wire_80": True, "wire_443": True, "wire_32526": True, "storage": True}
    assert told["reach"] == {**ways, "storage_host": "md-hdd-abc.z1.blob.storage.azure.net"}
    assert told["selinux"] == {"mode": "Permissive", "denials": 0}
    assert told["snapshot"]["status"] == "Success"
    assert datetime.fromisoformat(told["snapshot"]["at"]) and datetime.fromisoformat(told["at"])
    skew = datetime.now(UTC) - datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    assert abs(told["clock"]["skew_s"] - skew.total_seconds()) < 30


def test_the_sandbox_prints_the_document_that_the_script_prints(guest: GuestRoot) -> None:
    real = guest.told("probe.sh")
    made = json.loads(probe_document(Guest("m"), "Linux", datetime(2026, 3, 2, tzinfo=UTC)))
    assert real.keys() == made.keys() and real.keys() > guest_common.KEYS
    for section, value in made.items():
        if isinstance(value, dict):
            assert real[section].keys() == value.keys(), section
    assert real["disks"][0].keys() == made["disks"][0].keys()


@pytest.mark.parametrize("shell", SHELLS)
def test_an_empty_guest_without_any_command_is_told_as_nulls(tmp_path: Path, shell: str) -> None:
    told = GuestRoot(tmp_path).told("probe.sh", shell)
    assert told["agent"] == {"service": None, "state": None, "start": None, "version": None}
    assert "options" not in told and told["goal_state"] == {"files": 0, "errors": None}
    assert told["disks"] is None and told["mounts"] is None and told["dhcp"] == {"on": None}
    assert told["load"] == {"cpu_pct": None, "memory_pct": None} and told["clock"] == {"skew_s": None}
    assert set(told["reach"].values()) == {None} and set(told["snapshot"].values()) == {None}
    assert told["selinux"] == {"mode": "Disabled", "denials": None}


@pytest.mark.parametrize(
    ("path", "text", "section", "value"),
    [
        ("/etc/netplan/50-cloud-init.yaml", "eth0:\n  dhcp4: no\n  addresses: [10.0.0.4/24]\n", "dhcp", {"on": False}),
        ("/etc/netplan/50-cloud-init.yaml", "# dhcp4: true\n", "dhcp", {"on": None}),
        (
            "/var/log/waagent.log",
            "NOW ERROR ExtHandler Error fetching the goal state: x\n" * 3,
            "goal_state",
            {"files": 2, "errors": 3},
        ),
        (
            "/var/log/waagent.log",
            "OLD ERROR ExtHandler Error fetching the goal state: x\n" * 3
            + "NOW INFO all is well\nTraceback of an ERROR: goal state\n",
            "goal_state",
            {"files": 2, "errors": 0},
        ),
        (
            "/var/log/waagent.log",
            "SLASHED ERROR Error fetching the goal state: x\n",
            "goal_state",
            {"files": 2, "errors": 1},
        ),
        ("/var/log/waagent.log", "ERROR: goal state\n", "goal_state", {"files": 2, "errors": None}),
        (
            "/var/log/waagent.log",
            "NOW ERROR ExtHandler Error fetching the goal state: x\nNOW INFO Fetching the goal state recovered from previous errors.\n",
            "goal_state",
            {"files": 2, "errors": 0},
        ),
        (
            "/var/log/audit/audit.log",
            'type=AVC msg=audit(EPOCH.123:7): avc:  denied  { write } comm="python3" path="/var/lib/waagent/x"\n'
            "type=AVC msg=audit(EPOCH.124:8): avc: denied { read } httpd\n"
            "type=AVC msg=audit(1500000000.123:9): avc:  denied  { write } path=/var/lib/waagent/x\n",
            "selinux",
            {"mode": "Permissive", "denials": 1},
        ),
        (
            "/etc/waagent.conf",
            "# Extensions.Enable=y\nExtensions.Enable = n # off\n",
            "options",
            {"Extensions.Enable": "n", "Provisioning.Agent": None},
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told(guest: GuestRoot, path: str, text: str, section: str, value: Any) -> None:
    guest.file(path, dated(text))
    assert guest.told("probe.sh")[section] == value


def test_network_manager_is_asked_for_its_ipv4_part_only(guest: GuestRoot) -> None:
    (guest.root / "etc/netplan/50-cloud-init.yaml").unlink()
    guest.file("/etc/NetworkManager/system-connections/eth0", "[ipv4]\nmethod=manual\n[ipv6]\nmethod=auto\n")
    assert guest.told("probe.sh")["dhcp"] == {"on": False}


def test_double_read_only_and_unreadable_mounts_are_named(guest: GuestRoot) -> None:
    mounts = "/dev/sdd1 /data xfs ro 0 0\n/dev/sde1 /gone ext4 rw 0 0\n/dev/sr0 /media iso9660 ro 0 0\n/dev/sdf1 /usr ext4 ro 0 0\n"
    guest.file("/proc/mounts", MOUNTS + mounts + "/dev/sdg1 /with\\040space ext4 rw 0 0\n")
    guest.file("/etc/fstab", "/dev/sdf1 /usr ext4 defaults,ro 0 2\n")
    (guest.root / "usr").mkdir()
    (guest.root / "with space").mkdir()
    guest.file(
        f"/var/log/azure/{SNAPSHOT}/1.0.9228.0/extension.log", "Freezing: /data\nFailed to FIFREEZE: /data with error\n"
    )
    told = guest.told("probe.sh")["mounts"]
    assert told == {"duplicates": ["/data"], "unreadable": ["/gone"], "read_only": ["/data"], "not_frozen": ["/data"]}


@pytest.mark.parametrize(("code", "seen"), [(7, False), (28, False), (6, False), (2, None)])
def test_a_way_that_is_closed_is_false_and_one_that_cannot_be_tried_is_null(
    guest: GuestRoot, code: int, seen: bool | None
) -> None:
    guest.stub("curl", f"printf 0.000000; exit {code}")
    told = guest.told("probe.sh")
    assert [told["reach"][way] for way in ("wire_80", "wire_443", "wire_32526", "storage")] == [seen] * 4
    assert told["clock"] == {"skew_s": None}


def test_a_connection_whose_talk_fails_is_a_connection(guest: GuestRoot) -> None:
    guest.stub("curl", "printf 0.001200; exit 35")
    assert guest.told("probe.sh")["reach"]["wire_443"] is True


def test_storage_behind_the_agents_proxy_is_not_called_out_of_reach(guest: GuestRoot) -> None:
    guest.file("/etc/waagent.conf", "HttpProxy.Host=proxy.example\n")
    guest.stub("curl", "printf 0.000000; exit 28")
    reach = guest.told("probe.sh")["reach"]
    assert reach["storage"] is None and reach["wire_80"] is False


@pytest.mark.parametrize(("active", "state"), [("active", "running"), ("failed", "stopped"), ("inactive", "stopped")])
def test_the_agents_service_is_told_as_systemd_sees_it(guest: GuestRoot, active: str, state: str) -> None:
    guest.service("waagent", active, "disabled")
    told = guest.told("probe.sh")["agent"]
    assert (told["service"], told["state"], told["start"]) == ("waagent", state, "disabled")


def test_an_agent_without_systemd_is_found_among_the_processes(guest: GuestRoot) -> None:
    guest.without("systemctl")
    guest.stub("ps", "echo /usr/bin/python3 -u /usr/sbin/waagent -daemon")
    assert guest.told("probe.sh")["agent"] == {
        "service": None,
        "state": "running",
        "start": None,
        "version": "2.11.1.12",
    }


def hostile(guest: GuestRoot) -> None:
    """Two hundred mounts, names with all that JSON and a shell mind, and stubs that talk without end."""
    awful = "/m\"\\'$(touch${IFS}%s)`id`;\x01\x7f\u00e9{}" % (guest.root / "bitten")
    names = [f"{awful}{number}{'x' * 300}" for number in range(100)]
    lines = [f"/dev/sd{number} {name} ext4 ro 0 0\n" * 2 for number, name in enumerate(names)]
    guest.file("/proc/mounts", "".join(lines))
    guest.file(f"/var/log/azure/{SNAPSHOT}/1/extension.log", "".join(f"Failed to FITHAW: {name}\n" for name in names))
    guest.stub(
        "df",
        f"cat <<'END'\nHead\n{''.join(f'/dev/sd{n} 1 1 1 99% {awful}{n}{"y" * 300}' + chr(10) for n in range(200))}END",
    )
    for name in ("waagent", "getenforce", "curl"):
        guest.stub(name, f"cat <<'END'\n{(awful * 200)}\nEND")
    guest.file("/etc/waagent.conf", f'Extensions.Enable={"z" * 5000}\nProvisioning.Agent="{awful}"\n')


@pytest.mark.parametrize("shell", SHELLS)
def test_a_hostile_guest_gets_a_short_whole_document_and_bites_nobody(guest: GuestRoot, shell: str) -> None:
    hostile(guest)
    done = guest.run("probe.sh", shell)
    assert done.returncode == 0 and len(done.stdout.encode()) <= MOST and done.stdout.count("\n") == 1
    found = document(done.stdout)
    assert probe_report(found).os == "Linux" and len(found["mounts"]["duplicates"]) == 5 and len(found["disks"]) == 3
    assert not list(guest.root.glob("bitten*"))


def test_a_document_that_is_cut_anywhere_says_nothing(guest: GuestRoot) -> None:
    whole = guest.run("probe.sh").stdout.rstrip("\n")
    assert document(whole)["probe"] == 1
    for at in range(len(whole)):
        with pytest.raises(Unknown):
            document(whole[:at])
        if at:
            with pytest.raises(Unknown):
                document(whole[at:])


@pytest.mark.parametrize("shell", SHELLS)
def test_a_probe_leaves_everything_as_it_was(guest: GuestRoot, shell: str) -> None:
    guest.stub("sleep", "")
    before = guest.tree()
    guest.told("probe.sh", shell)
    assert guest.tree() == before
    asked = {call.split()[0]: call for call in guest.calls()}
    assert asked.keys() <= {"systemctl", "waagent", "df", "curl", "getenforce", "sleep"}
    assert {call.split()[1] for call in guest.calls() if call.startswith("systemctl")} <= {
        "cat",
        "is-active",
        "is-enabled",
    }


def test_a_probe_writes_to_no_file_and_waits_for_no_command_without_an_end() -> None:
    code = [line for line in script("probe.sh").text.splitlines() if not line.startswith("#")]
    targets = {target for line in code for target in re.findall(r"(?<![->=<\\'])>{1,2}\s*([^\s;)|&]+)", line)}
    assert {t for t in targets if t.startswith(("/", '"', "$")) and t != "$2"} == {"/dev/null"}
    for command in ("systemctl", "waagent --version", "curl", "df -P", "getenforce", "ls -d", "ps -e"):
        used = [
            line
            for line in code
            if re.search(rf"(?<![\w/.-]){re.escape(command)} ?", line) and "command -v" not in line
        ]
        assert used and all(re.search(rf"timeout \d {re.escape(command)}", line) for line in used), command


@pytest.mark.parametrize("shell", SHELLS)
def test_the_probe_runs_on_this_very_machine(tmp_path: Path, shell: str) -> None:
    here = GuestRoot(tmp_path)
    (here.bin / "df").symlink_to(str(shutil.which("df")))
    here.stub("curl", "printf 0.000000; exit 7")
    done = here.run("probe.sh", shell, root=False)
    found = document(done.stdout)
    assert len(done.stdout.encode()) <= MOST and found["disks"][0]["mount"] == "/"
    assert 0 <= found["load"]["memory_pct"] <= 100 and found["mounts"]["unreadable"] == []
