"""What the hook prints after a deployment is one command that asks the app, as it is opened."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from engine.settings import Callers
from functions.api_app import make_app
from tests.infra.planted import ROOT

TOLD = {
    "FUNCTION_APP_URL": "https://func-1.azurewebsites.net",
    "AZURE_RESOURCE_GROUP": "rg-test (1)",
    "FUNCTION_APP_NAME": "func-1",
}
APPLICATION = {"ENTRA_APP_ID_URI": "api://a1", "ENTRA_APP_CLIENT_ID": "a1"}
TOKEN = "Authorization: Bearer [account get-access-token --resource api://a1 --query accessToken -o tsv]"
KEY = "x-functions-key: [functionapp keys list -g rg-test (1) -n func-1 --query functionKeys.default -o tsv]"


def ran(programs: Path, *command: str, **environment: str) -> str:
    done = subprocess.run(
        command, env={"PATH": f"{programs}:{os.defpath}", **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(
    ("given", "header"),
    [
        (APPLICATION, TOKEN),
        ({"ALERT_RECEIVER": "none", **APPLICATION}, TOKEN),
        ({"ALERT_RECEIVER": "function", **APPLICATION}, KEY),
        ({"ALERT_RECEIVER": "function"}, KEY),
        ({"ENTRA_APP_ID_URI": "api://a1"}, KEY),
    ],
)
def test_the_command_calls_the_preflight_with_what_opens_the_app(
    given: dict[str, str], header: str, tmp_path: Path
) -> None:
    for name, does in (("az", 'echo "[$*]"'), ("curl", "printf '%s\\n' \"$@\"")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    said = ran(tmp_path, "sh", str(ROOT / "infra/hooks/next-steps.sh"), **TOLD, **given)
    [command] = [line for line in said.splitlines() if line.startswith("  ")]
    assert ran(tmp_path, "sh", "-c", command).splitlines() == [
        "-sS",
        "-H",
        header,
        f"{TOLD['FUNCTION_APP_URL']}/api/preflight",
    ]


def test_the_path_is_one_that_the_app_answers() -> None:
    said = (ROOT / "infra/hooks/next-steps.sh").read_text("utf-8")
    [path] = re.findall(r"\$FUNCTION_APP_URL(/\S+?)'", said)
    assert "get" in make_app(Callers()).openapi()["paths"][path]


def test_every_hook_is_there_may_be_run_and_is_run_by_azd_or_by_another_hook() -> None:
    hooks = {f"infra/hooks/{file.name}": file.read_text("utf-8") for file in (ROOT / "infra/hooks").glob("*.sh")}
    named = re.findall(r"run: (infra/hooks/\S+)", (ROOT / "azure.yaml").read_text("utf-8"))
    called = [f"infra/hooks/{name}" for text in hooks.values() for name in re.findall(r'"\$0"\)/(\S+\.sh)"', text)]
    assert sorted(hooks) == sorted([*named, *called])
    assert all(os.access(ROOT / name, os.X_OK) for name in hooks)


def test_rights_are_given_after_provisioning_and_taken_away_before_azd_removes_anything() -> None:
    told = (ROOT / "azure.yaml").read_text("utf-8")
    steps = dict(re.findall(r"^  (\w+):\n    posix:\n      shell: sh\n      run: infra/hooks/(\S+)", told, re.M))
    assert (steps["postprovision"], steps["predown"]) == ("rights.sh", "take-away.sh")
