"""What only a look inside a Windows guest tells: named where the probe says so, ruled out where it says not, else unknown."""

from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES, Verdict
from remediations.facts import Facts, Unknown, Unprobed
from sandbox.guest_windows import sections
from tests.engine.driver import Driver, driving

SYSTEM = {"id": "e8132975-6f93-4464-a53e-1050253ae220", "name": "System Writer", "state": 9}
EXCHANGE = {"id": "76fe1ac4-15f7-4bcd-987e-8e1acb462fb7", "name": "Microsoft Exchange Writer", "state": 9}
FOREIGN = {"id": "00000000-0000-0000-0000-000000000001", "name": "Other Writer", "state": 8}
SQL = {"writer": "Running/Automatic", "backups": 24, "errors": 2}
BROKEN: dict[str, tuple[str, dict[str, Any], str]] = {
    "provider_service_off": ("services", {"IaasVmProvider": "Stopped/Manual"}, ""),
    "vss_writers_failed": ("writers", {"failed": [SYSTEM]}, ""),
    "application_writers_failed": ("writers", {"failed": [SYSTEM, EXCHANGE]}, "net stop MSExchangeIS"),
    "vss_service_bad": ("services", {"swprv": "Stopped/Disabled"}, ""),
    "com_services_broken": ("services", {"COMSysApp": "Stopped/Manual"}, ""),
    "msdtc_broken": ("msdtc", {"account": "S-1-5-18"}, "msdtc -install"),
    "application_control": ("events", {"app_control": 3}, "IaaSBcdrExtension.exe"),
    "antivirus_blocks": ("events", {"faulting": 1}, r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot"),
    "bitlocker_locked": ("bitlocker", {"locked": ["E:"]}, "manage-bde -unlock E:"),
    "weak_tls": ("tls", {"strong_crypto": False, "off": 1}, "SchUseStrongCrypto /t REG_DWORD /d 1"),
    "vc_redist_missing": ("vc_redist", {"installed": False}, "vcredist2013_x64"),
    "machine_keys_changed": ("machine_keys", {"changed": True}, "icacls"),
    "sql_backup_too": ("sql", SQL, "USEVSSCOPYBACKUP /t REG_SZ /d TRUE"),
    "network_unresponsive": ("host_snapshot", {"on": False, "off": True}, "firstHostThenGuest"),
}
WELL = {"network_unresponsive": {"host_snapshot": {"on": True}}}
"""What is not well by itself: the code says that something is wrong, and the setting is not there yet."""


def world(**machine: Any) -> dict[str, Any]:
    failure = {"code": "BackUpOperationFailed"}
    return {"name": "w", "title": "t", "machine": [{"name": "app-01", "failure": failure, **machine}]}


def facts(driver: Driver, found: dict[str, Any] | None) -> Facts:
    """The machine's facts, with what a probe found in its guest just now."""
    probed = {"at": driver.box.now.isoformat(), "document": {"probe": 1, "os": "Windows", **found}} if found else None
    item = driver.world["cases"][0]["item"]
    return Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of, probed=probed)


async def verdict(driver: Driver, cause: str, found: dict[str, Any] | None) -> Verdict:
    return await CAUSES[cause].examine(facts(driver, found))


@pytest.mark.parametrize("cause", BROKEN)
async def test_a_cause_is_named_where_the_probe_shows_it_and_only_there(
    cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section, differs, advice = BROKEN[cause]
    async with driving(world(), tmp_path, monkeypatch) as driver:
        named = await verdict(driver, cause, sections({section: differs}))
        assert named.says == "confirmed", named
        assert bool(CAUSES[cause].steps) is not bool(advice) and advice in named.instructions
        assert (await verdict(driver, cause, sections(WELL.get(cause, {})))).says == "ruled out"
        assert not driver.box.changes()


@pytest.mark.parametrize("cause", BROKEN)
async def test_what_the_probe_could_not_tell_is_unknown(
    cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section, differs, _ = BROKEN[cause]
    async with driving(world(), tmp_path, monkeypatch) as driver:
        known = sections({section: differs})
        for untold in (None, dict.fromkeys(known[section])):
            with pytest.raises(Unknown, match="says nothing about"):
                await verdict(driver, cause, {**known, section: untold})
        with pytest.raises(Unprobed):
            await verdict(driver, cause, None)


@pytest.mark.parametrize(
    ("cause", "section", "as_it_comes", "proof"),
    [
        ("weak_tls", "tls", {"strong_crypto": False}, {"strong_crypto": False, "errors": 2}),
        ("network_unresponsive", "host_snapshot", {"on": False}, {"on": False, "off": True}),
    ],
)
async def test_what_windows_comes_with_is_no_proof_but_the_advice_is_told(
    cause: str,
    section: str,
    as_it_comes: dict[str, Any],
    proof: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        found = await verdict(driver, cause, sections({section: as_it_comes}))
        assert found.says == "unknown" and BROKEN[cause][2] in found.instructions
        assert (await verdict(driver, cause, sections({section: proof}))).says == "confirmed"


@pytest.mark.parametrize("machine", [{"os": "Linux"}, {"power": "deallocated"}])
@pytest.mark.parametrize("cause", BROKEN)
async def test_no_machine_is_looked_into_that_is_off_or_runs_no_windows(
    cause: str, machine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(**machine), tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, cause, None)).says == "ruled out"


async def test_a_writer_in_the_middle_of_a_backup_is_nobodys_to_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        for state in (2, 3, 4, 5):
            found = sections({"writers": {"failed": [SYSTEM, {**EXCHANGE, "state": state}]}})
            for cause in ("vss_writers_failed", "application_writers_failed"):
                with pytest.raises(Unknown, match="perhaps another product's"):
                    await verdict(driver, cause, found)


async def test_writers_of_applications_and_unknown_ones_are_left_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        for theirs in (EXCHANGE, FOREIGN):
            found = sections({"writers": {"failed": [SYSTEM, theirs]}})
            assert (await verdict(driver, "vss_writers_failed", found)).says == "ruled out"
            named = await verdict(driver, "application_writers_failed", found)
            assert named.says == "confirmed" and "net stop CryptSvc" in named.instructions
        assert "Which service Other Writer belongs to" in named.instructions


async def test_sql_server_alone_is_no_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        for differs in ({"errors": 0}, {"backups": 0}, {"copy_only": True}, {"writer": "Stopped/Manual"}):
            found = sections({"sql": {**SQL, **differs}})
            assert (await verdict(driver, "sql_backup_too", found)).says == "ruled out", differs


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("2.7.41491.901", "confirmed"),
        ("2.7.41491.1009", "confirmed"),
        ("2.7.41491.1010", "ruled out"),
        ("2.10.0.0", "ruled out"),
    ],
)
async def test_the_agents_version_compares_as_numbers(
    version: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(agent_version=version), tmp_path, monkeypatch) as driver:
        named = await verdict(driver, "windows_agent_outdated", None)
        assert named.says == says and ("fwlink/?LinkID=394789" in named.instructions) is (says == "confirmed")


async def test_an_agent_without_a_version_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(agent_version="unknown"), tmp_path, monkeypatch) as driver:
        with pytest.raises(Unknown, match="version of its agent"):
            await verdict(driver, "windows_agent_outdated", None)
