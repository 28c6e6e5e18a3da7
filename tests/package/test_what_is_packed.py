"""The package holds what runs in Azure and nothing else."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.package.contents import faults, known_to_git
from tests.package.pack import pack, shipped
from tests.sandbox_host.process import ROOT

NOT_FOR_AZURE = (
    (".ci/run", ".ci"),
    (".demo/run/host.db", ".demo"),
    (".env", ".env*"),
    (".github/workflows/infra.yml", ".git*"),
    (".import_linter_cache/x.data.json", ".import_linter_cache"),
    (".venv/bin/python", ".venv"),
    (".vscode/settings.json", ".vscode"),
    ("Makefile", "Makefile"),
    ("README.md", "README.md"),
    ("azure.yaml", "azure.yaml"),
    ("docs/policy.md", "docs"),
    ("engine/__pycache__/case.cpython-313.pyc", "__pycache__"),
    ("infra/main.bicep", "infra"),
    ("mkdocs.yml", "mkdocs.yml"),
    ("node_modules/azurite/index.js", "node_modules"),
    ("package.json", "package*.json"),
    ("pyproject.toml", "pyproject.toml"),
    ("remediations/guest/scripts/README.md", "README.md"),
    ("requirements-dev.txt", "requirements-dev.txt"),
    ("sandbox/host/host.py", "sandbox"),
    ("site/index.html", "site"),
    ("tests/conftest.py", "tests"),
)
"""A file, and the line of .funcignore that keeps it out."""
NEVER_PACKED_BY_AZD = (".azure/dev/.env", "local.settings.json", ".funcignore")
EXCLUDED_TOO_MUCH = {
    "*.toml": "remediations/catalog.toml is missing",
    "*.ps1": "remediations/guest/scripts/probe.ps1 is missing",
    "*.sh": "remediations/guest/scripts/probe.sh is missing",
    "*.j2": "engine/evidence/page.html.j2 is missing",
    "host.json": "host.json is missing",
    "policy.toml": "policy.toml is missing",
    "requirements*.txt": "requirements.txt is missing",
    "rights": "engine/rights/roles.py is missing",
}


@pytest.fixture(scope="module")
def known() -> set[str]:
    return known_to_git(ROOT)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files of the package and `.funcignore`, to be spoilt."""
    for name in (*shipped(ROOT), ".funcignore"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_package_holds_what_runs_in_azure_and_nothing_else(known: set[str]) -> None:
    assert faults(ROOT, known) == []


def test_the_zip_holds_those_files_as_they_are(tmp_path: Path) -> None:
    pack(ROOT, tmp_path / "package.zip")
    with zipfile.ZipFile(tmp_path / "package.zip") as file:
        assert file.namelist() == shipped(ROOT)
        assert file.read("remediations/catalog.toml") == (ROOT / "remediations" / "catalog.toml").read_bytes()


@pytest.mark.parametrize(("name", "line"), NOT_FOR_AZURE)
def test_what_is_not_for_azure_stays_out_by_its_line_and_is_found_without_it(
    copy: Path, known: set[str], name: str, line: str
) -> None:
    _plant(copy, name)
    assert faults(copy, known) == []
    _leave_out(copy, line)
    assert faults(copy, known) == [f"{name} does not belong in it"]


@pytest.mark.parametrize("name", NEVER_PACKED_BY_AZD)
def test_what_azd_never_packs_is_not_in_the_package(copy: Path, known: set[str], name: str) -> None:
    _plant(copy, name)
    (copy / ".funcignore").write_text("")
    assert name not in shipped(copy)


@pytest.mark.parametrize(
    "name", ["certificate.pem", "engine/notes.txt", "functions/.secrets.toml", "gateway/arm/key.pfx"]
)
def test_a_file_of_a_kind_that_nothing_reads_is_found(copy: Path, known: set[str], name: str) -> None:
    _plant(copy, name)
    assert faults(copy, known | {name}) == [f"{name} does not belong in it"]


def test_code_that_git_does_not_know_is_found(copy: Path, known: set[str]) -> None:
    _plant(copy, "engine/draft.py")
    assert faults(copy, known) == ["git does not know engine/draft.py"]


@pytest.mark.parametrize(("line", "fault"), EXCLUDED_TOO_MUCH.items())
def test_a_line_that_keeps_out_what_is_needed_is_found(copy: Path, known: set[str], line: str, fault: str) -> None:
    (copy / ".funcignore").write_text((copy / ".funcignore").read_text() + f"\n{line}\n")
    assert fault in faults(copy, known)


def _plant(root: Path, name: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("planted")


def _leave_out(root: Path, line: str) -> None:
    """Take one line out of .funcignore, which must be there once."""
    lines = (root / ".funcignore").read_text().splitlines()
    lines.remove(line)
    assert line not in lines
    (root / ".funcignore").write_text("\n".join(lines))
