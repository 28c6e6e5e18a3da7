"""The package runs in an environment with its requirements only: no dev dependency, no sandbox, no tests."""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

import function_app
from tests.end_to_end.stage import Stage, staged
from tests.package import clean
from tests.package.clean import Clean, ask, environment, pinned
from tests.sandbox_host.process import ROOT

ALERT = ROOT / "tests" / "samples" / "A1b-INFERRED-alert-builtin-azure-backup-vm.json"
OURS = ["sandbox", "tests", "infra"]
FOR_TESTS = ["pytest", "rich", "hypothesis", "mypy", "croniter", "mkdocs"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Clean:
    return clean.make(tmp_path_factory.mktemp("package"))


@pytest.fixture
def spoilt(built: Clean, tmp_path: Path) -> Path:
    """A copy of the package, to be spoilt."""
    return Path(shutil.copytree(built.package, tmp_path / "package"))


async def test_the_package_starts_and_takes_a_case_to_its_end(built: Clean, tmp_path: Path) -> None:
    async with staged("locked_group", tmp_path) as stage:
        stage.host.app = str(built.package)
        stage.host.arguments += ["--python", str(built.python), "--platform", str(built.platform)]
        await stage.start()
        await _the_worker_runs_the_package(stage, built)
        await _every_function_is_there(stage)
        status, health = await stage.host.call("GET", "/api/health")
        assert (status, health["healthy"], health["problems"]) == (200, True, [])
        await stage.until_closed(1)
        await stage.assert_as_declared()
        status, taken = await stage.host.call("POST", "/api/alerts", json.loads(ALERT.read_text()))
        assert (status, [result["status"] for result in taken["results"]]) == (202, ["queued"])


async def _the_worker_runs_the_package(stage: Stage, built: Clean) -> None:
    """Asked of the process itself: where it works, by which Python, and what it could find on its path."""
    worker = (await stage.host.admin("GET", "/admin/host/status"))[1]["worker"]
    process = psutil.Process(worker["pid"])
    assert worker["pid"] != stage.host.ready["pid"] and process.ppid() == stage.host.ready["pid"]
    assert (process.cwd(), process.cmdline()[0]) == (str(built.package), str(built.python))
    assert worker["path"][-1] == str(built.platform), "what the package brings along comes first"
    assert not any(Path(place) == ROOT or place.startswith(sys.prefix) for place in worker["path"])
    found = _found(built, worker["path"])
    required, locked = pinned(built.package / "requirements.txt"), pinned(ROOT / "requirements-dev.txt")
    assert set(found["distributions"]) - set(required) == set(clean.WORKER_LIBRARY)
    assert set(FOR_TESTS) <= set(locked) - set(required), "else this would show nothing"
    assert found["importable"] == ["function_app", "engine", "azure_functions_runtime"]


def _found(built: Clean, path: list[str]) -> Any:
    names = ["function_app", "engine", "azure_functions_runtime", *OURS, *FOR_TESTS]
    return ask(built.python, "on_the_path.py", built.package, json.dumps(path), json.dumps(names))


async def _every_function_is_there(stage: Stage) -> None:
    facts = (await stage.host.admin("GET", "/admin/host/status"))[1]
    ours = {function.get_function_name() for function in function_app.app.get_functions()}
    assert (set(facts["functions"]), facts["errors"]) == (ours, [])


def test_the_same_look_finds_the_tests_own_packages_in_their_environment(built: Clean) -> None:
    found = _found(built, [str(ROOT), *sys.path])
    assert set(FOR_TESTS) <= set(found["distributions"])
    assert set(OURS + FOR_TESTS) <= set(found["importable"])


def test_nothing_in_the_package_imports_what_its_requirements_do_not_give(built: Clean) -> None:
    assert ask(built.python, "every_import.py", built.package) == []


@pytest.mark.parametrize(
    ("lines", "missing"),
    [("import rich", "rich"), ("def later():\n    from tests.samples import nothing", "tests")],
    ids=["at the top", "inside a function"],
)
def test_an_import_of_what_is_not_there_is_found(built: Clean, spoilt: Path, lines: str, missing: str) -> None:
    with (spoilt / "remediations" / "refusals.py").open("a") as file:
        file.write(f"\n\n{lines}\n")
    faults = ask(built.python, "every_import.py", spoilt)
    assert f"remediations/refusals.py: ModuleNotFoundError: No module named '{missing}'" in faults


def test_a_requirement_left_out_is_found(spoilt: Path, tmp_path: Path) -> None:
    requirements = spoilt / "requirements.txt"
    without = re.sub(r"^jinja2==(.*\n)( +.*\n)+", "", requirements.read_text(), flags=re.MULTILINE)
    requirements.write_text(without)
    python = environment(tmp_path / "environment", requirements)
    faults = ask(python, "every_import.py", spoilt)
    assert faults == ["engine/evidence/page.py: ModuleNotFoundError: No module named 'jinja2'"]
