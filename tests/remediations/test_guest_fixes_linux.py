"""The real fix scripts under real shells on made-up guests: they look first, may run twice, and keep what they replace."""

from pathlib import Path
from typing import Any

import pytest

from remediations.facts.guest_report import document
from tests.remediations.guest_root import SHELLS, GuestRoot

CONF = """# my own comment
Provisioning.Agent=cloud-init   # theirs
Extensions.Enable=n
  Extensions.Enable = n
Logs.Verbose=n
OS.EnableFIPS=y
"""
KEPT = "etc/waagent.conf.azure-backup-runbooks"
RESTART = ["systemd-run --on-active=20 systemctl restart walinuxagent"]


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def guest(tmp_path: Path) -> GuestRoot:
    made = GuestRoot(tmp_path)
    made.service()
    return made


def fix(guest: GuestRoot, name: str, shell: str) -> dict[str, Any]:
    done = guest.run(name, shell)
    assert done.returncode == 0 and done.stderr == "", done
    return document(done.stdout)


def restarts(guest: GuestRoot) -> list[str]:
    return [call for call in guest.calls() if call.startswith("systemd-run")]


def test_options_are_set_once_and_all_else_in_the_file_survives(guest: GuestRoot, shell: str) -> None:
    guest.file("/etc/waagent.conf", CONF, mode=0o600)
    first = fix(guest, "set_agent_options.sh", shell)
    after = guest.tree()
    second = fix(guest, "set_agent_options.sh", shell)
    assert (first["ok"], first["changed"], second["ok"], second["changed"]) == (True, True, True, False)
    assert guest.tree() == after and restarts(guest) == RESTART
    mode, text = after["etc/waagent.conf"]
    lines = text.decode().splitlines()
    assert lines == [
        "# my own comment",
        "Logs.Verbose=n",
        "OS.EnableFIPS=y",
        "Extensions.Enable=y",
        "Provisioning.Agent=auto",
    ]
    assert mode == 0o600 and after[KEPT] == (0o600, CONF.encode())


def test_the_file_kept_first_is_never_overwritten(guest: GuestRoot, shell: str) -> None:
    guest.file("/etc/waagent.conf", CONF)
    guest.file(f"/{KEPT}", "the first one")
    assert fix(guest, "set_agent_options.sh", shell)["changed"] is True
    assert guest.tree()[KEPT][1] == b"the first one"


def test_a_missing_file_is_said_and_not_made(guest: GuestRoot, shell: str) -> None:
    told = fix(guest, "set_agent_options.sh", shell)
    assert (told["ok"], told["changed"]) == (False, False) and "etc/waagent.conf" not in guest.tree()


def test_a_read_only_file_is_set_and_stays_read_only(guest: GuestRoot, shell: str) -> None:
    guest.file("/etc/waagent.conf", "Extensions.Enable=n\n", mode=0o444)
    assert fix(guest, "set_agent_options.sh", shell)["changed"] is True
    assert guest.tree()["etc/waagent.conf"] == (0o444, b"Extensions.Enable=y\nProvisioning.Agent=auto\n")


def test_a_file_that_cannot_be_kept_is_not_touched_and_nothing_is_claimed(guest: GuestRoot, shell: str) -> None:
    guest.file("/etc/waagent.conf", CONF)
    guest.stub("cp", "exit 1")
    before, done = guest.tree(), guest.run("set_agent_options.sh", shell)
    assert done.returncode != 0 and done.stdout == "" and guest.tree() == before and restarts(guest) == []


GOAL = ("GoalState.12.xml", "ExtensionsConfig.3.xml", "HostingEnvironmentConfig.100.xml", "Prod.0.manifest.xml")
OTHER = ("SharedConfig.xml", "ovf-env.xml", "GoalState.x.xml", "ExtensionsConfig.3.xml.old", "Certificates.pem")


def test_exactly_the_goal_state_files_are_moved_where_they_can_be_put_back(guest: GuestRoot, shell: str) -> None:
    for name in (*GOAL, *OTHER):
        guest.file(f"/var/lib/waagent/{name}", name)
    (guest.root / "var/lib/waagent/Folder.1.xml").mkdir()
    (guest.root / "var/lib/waagent/Link.2.xml").symlink_to(guest.root / "var/lib/waagent/ovf-env.xml")
    first = fix(guest, "remove_stale_goal_state_files.sh", shell)
    left = {at.name for at in (guest.root / "var/lib/waagent").iterdir()}
    assert left == {*OTHER, "Folder.1.xml", "Link.2.xml"} and "4 files" in first["said"] and first["changed"] is True
    [kept] = (guest.root / "var/lib/waagent-azure-backup-runbooks").iterdir()
    assert {at.name: at.read_text() for at in kept.iterdir()} == {name: name for name in GOAL}
    assert kept.stat().st_mode & 0o777 == 0o700 and first["said"].count(str(guest.root)) == 0
    second = fix(guest, "remove_stale_goal_state_files.sh", shell)
    assert (second["ok"], second["changed"]) == (True, False) and restarts(guest) == RESTART


def test_files_stay_where_no_folder_can_be_made_for_them(guest: GuestRoot, shell: str) -> None:
    guest.file("/var/lib/waagent/GoalState.12.xml", "x")
    guest.stub("mkdir", "exit 1")
    told = fix(guest, "remove_stale_goal_state_files.sh", shell)
    assert (told["ok"], told["changed"]) == (False, False)
    assert "var/lib/waagent/GoalState.12.xml" in guest.tree() and restarts(guest) == []


@pytest.mark.parametrize(("enabled", "enables"), [("enabled", 0), ("static", 0), ("disabled", 1)])
def test_the_agent_is_enabled_where_it_is_disabled_and_restarts_later(
    guest: GuestRoot, shell: str, enabled: str, enables: int
) -> None:
    guest.service(enabled=enabled)
    told = fix(guest, "restart_guest_agent.sh", shell)
    assert (told["ok"], told["changed"]) == (True, True) and restarts(guest) == RESTART
    assert guest.calls().count("systemctl enable walinuxagent") == enables


def test_an_agent_that_cannot_be_restarted_is_said(guest: GuestRoot, shell: str) -> None:
    guest.stub("systemd-run", "exit 1")
    assert fix(guest, "restart_guest_agent.sh", shell)["ok"] is False
    guest.stub("systemctl", "exit 1")
    assert "no service" in fix(guest, "restart_guest_agent.sh", shell)["said"]
    guest.without("systemctl")
    assert "no systemd" in fix(guest, "restart_guest_agent.sh", shell)["said"]


def packages(guest: GuestRoot, manager: str, before: str, after: str) -> None:
    """A distribution with this package manager: the agent is at `before`, an update brings it to `after`."""
    state = guest.file("/stub/version", before)
    asks = "dpkg-query" if manager == "apt-get" else "rpm"
    guest.stub(asks, f'cat "{state}"')
    guest.stub(manager, f'case "$*" in *install*|*update*inux*|*azure-agent*) echo {after} > "{state}" ;; esac')


@pytest.mark.parametrize(
    ("manager", "update"),
    [
        (
            "apt-get",
            "apt-get -y -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef --only-upgrade install walinuxagent",
        ),
        ("dnf", "dnf -y update WALinuxAgent"),
        ("yum", "yum -y update WALinuxAgent"),
        ("zypper", "zypper --non-interactive update python-azure-agent"),
    ],
)
def test_the_agent_is_updated_by_the_distributions_own_means(
    guest: GuestRoot, shell: str, manager: str, update: str
) -> None:
    guest.file("/etc/waagent.conf", CONF)
    packages(guest, manager, "2.2.46-0ubuntu1", "1:2.11.1.4-0ubuntu3")
    first = fix(guest, "update_linux_agent.sh", shell)
    assert (first["ok"], first["changed"]) == (True, True) and update in guest.calls() and restarts(guest) == RESTART
    assert "from 2.2.46-0ubuntu1 to 1:2.11.1.4-0ubuntu3" in first["said"] and guest.tree()[KEPT][1] == CONF.encode()
    second = fix(guest, "update_linux_agent.sh", shell)
    assert (second["ok"], second["changed"]) == (True, False) and guest.calls().count(update) == 1


def test_a_repository_without_a_newer_agent_is_said(guest: GuestRoot, shell: str) -> None:
    packages(guest, "apt-get", "2.2.46-0ubuntu1", "2.2.46-0ubuntu1")
    told = fix(guest, "update_linux_agent.sh", shell)
    assert (told["ok"], told["changed"]) == (False, False) and "nothing newer" in told["said"] and restarts(guest) == []


def test_an_update_that_is_not_enough_is_a_change_and_no_success(guest: GuestRoot, shell: str) -> None:
    packages(guest, "apt-get", "2.2.20-1", "2.2.46-1")
    told = fix(guest, "update_linux_agent.sh", shell)
    assert (told["ok"], told["changed"]) == (False, True) and "still below" in told["said"]


def test_an_agent_that_came_from_elsewhere_is_left_alone(guest: GuestRoot, shell: str) -> None:
    packages(guest, "dnf", "package WALinuxAgent is not installed", "2.11.1.4")
    told = fix(guest, "update_linux_agent.sh", shell)
    assert (told["ok"], told["changed"]) == (False, False) and not [c for c in guest.calls() if c.startswith("dnf")]
    guest.without("dnf")
    assert "no package manager" in fix(guest, "update_linux_agent.sh", shell)["said"]


def test_a_repository_that_cannot_be_reached_changes_nothing(guest: GuestRoot, shell: str) -> None:
    packages(guest, "apt-get", "2.2.46-0ubuntu1", "2.11.1.4-0ubuntu3")
    guest.stub("apt-get", "exit 100")
    told = fix(guest, "update_linux_agent.sh", shell)
    assert (told["ok"], told["changed"]) == (False, False) and restarts(guest) == []
