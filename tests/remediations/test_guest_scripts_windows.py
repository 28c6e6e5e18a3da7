"""The scripts for Windows guests, as far as they can be judged where no PowerShell is at hand.

A published grammar of the language reads them: their form is right, a probe calls nothing but what reads, a fix changes nothing but
what it is named for, and the patterns that read foreign text are tried on real text. What a command answers on a real
machine, no test here shows.
"""

import json
import re
from datetime import UTC, datetime

import pytest

from remediations.facts.guest_report import document
from remediations.guest import vss_writers
from sandbox.guest import FIXES, Guest, name_of, probe_document, run
from tests.remediations.powershell import ALL, commands, functions, methods, nodes, parse, said, text, types, walk

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
PURE = {
    "ConvertTo-Json",
    "ForEach-Object",
    "Measure-Object",
    "New-Object",
    "Select-Object",
    "Sort-Object",
    "Where-Object",
}
READING = PURE | {
    *("Get-Acl", "Get-ChildItem", "Get-CimInstance", "Get-Content", "Get-Date", "Get-ItemProperty", "Get-Service"),
    *("Get-WinEvent", "Test-Path"),
}
CHANGING = {
    "enable_provider_service.ps1": {"Set-Service", "Start-Service"},
    "restart_com_services.ps1": {"Set-Service", "Start-Service"},
    "restart_vss_services.ps1": {"Set-Service", "Start-Service"},
    "probe.ps1": {"Invoke-CimMethod"},
}
READING_METHODS = {
    *("AddDays", "Close", "ConnectAsync", "Create", "FromSeconds", "GetAccessRules", "GetResponse", "Kill", "Matches"),
    *("Parse", "ReadToEndAsync", "Start", "Substring", "ToLower", "ToString", "ToUniversalTime", "ToXml", "Translate"),
    *("Wait", "WaitForExit"),
}
"""`Start` and `Kill` are of the one process that a script starts itself: vssadmin, told to list."""
TYPES = {
    *("DateTime", "Globalization.CultureInfo", "TimeSpan", "bool", "int", "int[]", "long", "ordered", "regex"),
    *("scriptblock", "string", "System.Diagnostics.Process", "System.Diagnostics.ProcessStartInfo"),
    *("System.Management.Automation.ItemNotFoundException", "System.Management.Automation.PSArgumentException"),
    *("System.Net.Sockets.TcpClient", "System.Net.WebRequest"),
    *("System.Security.Principal.NTAccount", "System.Security.Principal.SecurityIdentifier"),
}

ENGLISH = """vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool\r
(C) Copyright 2001-2013 Microsoft Corp.\r
\r
Writer name: 'System Writer'\r
   Writer Id: {e8132975-6f93-4464-a53e-1050253ae220}\r
   Writer Instance Id: {c7e6976b-587b-4cba-b641-2aa557375335}\r
   State: [7] Failed\r
   Last error: Timed out\r
\r
Writer name: 'WMI Writer'\r
   Writer Id: {a6ad56c2-b509-4e6c-bb19-49d8f43532f0}\r
   Writer Instance Id: {add8e096-1fc7-4e93-93c5-22a0d7ddec1a}\r
   State: [1] Stable\r
   Last error: No error\r
"""
WORDS = {
    "English": ("Writer name", "Writer Id", "Writer Instance Id", "State", "Last error", "No error", "'"),
    "German": ("Verfassername", "Verfasserkennung", "Instanzkennung", "Status", "Letzter Fehler", "Kein Fehler", "'"),
    "French": ("Nom de l'enregistreur", "ID de l'enregistreur", "ID d'instance", "État", "Erreur", "Pas d'erreur", "'"),
    "Russian": (
        "Имя компонента записи",
        "Id компонента записи",
        "Id экземпляра",
        "Состояние",
        "Ошибка",
        "Нет ошибок",
        '"',
    ),
}


@pytest.mark.parametrize("name", ALL)
def test_a_script_is_well_formed_and_plain_ascii(name: str) -> None:
    root = parse(text(name))
    assert not root.has_error, [said(node) for node in walk(root) if node.is_error or node.is_missing]
    assert text(name).isascii(), "Windows PowerShell reads a file without a mark in the machine's own code page"


def test_a_broken_script_is_not_taken_for_a_well_formed_one() -> None:
    assert parse(text("probe.ps1").replace("}", "", 1)).has_error


@pytest.mark.parametrize("name", ALL)
def test_a_script_is_named_in_its_second_line(name: str) -> None:
    second = text(name).splitlines()[1]
    assert second.startswith("# azure-backup-runbooks: ") and name_of(text(name)) == second.partition(": ")[2]
    assert name == "probe.ps1" or name_of(text(name)) in FIXES


@pytest.mark.parametrize("name", ALL)
def test_a_script_calls_only_what_reads_and_what_it_is_there_to_change(name: str) -> None:
    assert commands(name) <= READING | CHANGING[name], commands(name) - READING
    assert methods(name) <= READING_METHODS | ({"Stop", "WaitForStatus"} if "vss" in name else set())
    assert types(name) <= TYPES, types(name) - TYPES


@pytest.mark.parametrize("name", ALL)
def test_a_script_uses_no_alias_writes_to_no_file_and_runs_no_text(name: str) -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+-[A-Z]\w+", command) for command in commands(name) | functions(name))
    assert not nodes(name, "redirection") and not re.search(r"(?<![-\w])[12*]?>>?\s*['\"$\w]", code(name))
    assert [said(node) for node in nodes(name, "command") if said(node).startswith(("&", "."))] in ([], ["& $Part"])


def code(name: str) -> str:
    """The script without its comments and its quoted text."""
    return re.sub(r"#[^\n]*|'[^'\n]*'|\"[^\"\n]*\"", "", text(name))


@pytest.mark.parametrize("name", ALL)
def test_no_time_is_written_in_the_language_of_the_system(name: str) -> None:
    written = re.findall(r"\.ToString\(.*", text(name))
    assert all("InvariantCulture" in line for line in written)


def test_the_probe_asks_one_question_through_wmi_and_starts_one_program() -> None:
    asked = [said(node) for node in nodes("probe.ps1", "command") if said(node).startswith("Invoke-CimMethod")]
    assert len(asked) == 1 and "-MethodName GetLockStatus" in asked[0]
    for name in ("probe.ps1", "restart_vss_services.ps1"):
        programs = re.findall(r"ProcessStartInfo -ArgumentList (.*)", text(name))
        assert programs == ["\"$env:SystemRoot\\System32\\vssadmin.exe\", 'list writers'"]


def test_the_sections_of_the_probe_are_those_that_the_sandbox_prints() -> None:
    told = json.loads(probe_document(Guest("vm"), "Windows", NOW))
    keys = {part: keys_of(part) for part in re.findall(r"^\$document\['(\w+)'\] = Read-Part", text("probe.ps1"), re.M)}
    for name, section in told.items():
        if isinstance(section, dict):
            assert set(section) <= keys[name], name


def keys_of(part: str) -> set[str]:
    """The names that a section of the probe can hold, with those of the function that makes it."""
    line = text("probe.ps1").split(f"$document['{part}'] = ")[1].split("\n$")[0]
    made_by = [name for name in functions("probe.ps1") if re.search(rf"\b{name}\b", line)]
    bodies = [line, *(text("probe.ps1").split(f"function {name}")[1].split("\nfunction ")[0] for name in made_by)]
    return set(re.findall(r"(\w+) = ", " ".join(bodies))) | set(re.findall(r"'(\w+)'", line))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", ["probe.ps1", "restart_vss_services.ps1"])
def test_the_list_of_writers_is_read_in_every_language(name: str, language: str) -> None:
    listed = ENGLISH
    for english, word in zip(WORDS["English"][:6], WORDS[language][:6], strict=True):
        listed = listed.replace(english, word)
    listed = re.sub(r"(?<=: )'(\w[\w ]+)'", rf"{WORDS[language][6]}\1{WORDS[language][6]}", listed)
    found = [(m["name"], m["id"][:8], m["state"]) for m in re.finditer(pattern(name), listed)]
    assert found == [("System Writer", "e8132975", "7"), ("WMI Writer", "a6ad56c2", "1")], listed


def test_a_list_of_writers_in_another_form_does_not_count_as_read() -> None:
    """The script compares the number of writers with that of states in brackets, and gives null where they differ."""
    odd = ENGLISH.replace("Writer Instance Id: {add8e096-1fc7-4e93-93c5-22a0d7ddec1a}", "")
    assert len(re.findall(r"\[\d+\]", odd)) == 2 and len(list(re.finditer(pattern("probe.ps1"), odd))) == 1
    for name in ("probe.ps1", "restart_vss_services.ps1"):
        assert r"[regex]::Matches($told.Result, '\[\d+\]').Count" in text(name)


def pattern(name: str) -> str:
    """The pattern of a script: .NET's words for named groups are Python's but for one letter."""
    [found] = re.findall(r"\$pattern = '(.*)'$", text(name), re.M)
    return found.replace("''", "'").replace("(?<", "(?P<").replace("\\{", "\\{")


def test_the_script_restarts_the_services_that_the_engine_says_it_does_and_no_others() -> None:
    table = dict(re.findall(r"^  '([0-9a-f-]{36})' = '(\w+)'$", text("restart_vss_services.ps1"), re.M))
    assert table == vss_writers.SERVICES
    assert not set(table) & set(vss_writers.APPLICATIONS)
    assert not set(table.values()) & {"MSSQLSERVER", "MSExchangeIS", "NTDS", "vmms", "ClusSvc"}


@pytest.mark.parametrize("name", [name for name in ALL if name != "probe.ps1"])
def test_a_fix_run_twice_changes_nothing_the_second_time(name: str) -> None:
    broken = {"services": {"VSS": "Stopped/Disabled", "IaasVmProvider": "Stopped/Manual", "MSDTC": "Stopped/Manual"}}
    guest, told, _ = run(Guest("vm", windows=broken), text(name), "Windows", NOW)
    assert document(told)["changed"] is True
    again, told, _ = run(guest, text(name), "Windows", NOW)
    assert document(told)["changed"] is False and again == guest


@pytest.mark.parametrize("name", [name for name in ALL if name != "probe.ps1"])
def test_a_fix_looks_before_each_change_and_always_ends_with_its_own_document(name: str) -> None:
    assert text(name).index("Get-CimInstance") < text(name).index("Set-Service")
    keys = [said(node) for node in nodes(name, "key_expression")]
    assert [key for key in keys if not re.match(r"'|\"|MSDTC|COMSysApp", key)] == [
        "fix",
        "ok",
        "changed",
        "said",
        "end",
    ]
    assert f"fix = '{name_of(text(name))}'" in text(name) and "end = 'azure-backup-runbooks'" in text(name)
    assert text(name).splitlines()[-1].startswith("Write-End ")
