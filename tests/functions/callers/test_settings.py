"""How the settings say who may call: whole they open a door, by half or malformed none."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.settings import Callers, read_callers, read_settings
from tests.end_to_end.stage import Stage, staged
from tests.functions.callers.asking import ROUTES, ask, bearing
from tests.functions.callers.issuer import CLIENT, TENANT, URI, Issuer, issuing

ROOT = Path(__file__).parents[3]
WHOLE = {"ENTRA_TENANT_ID": TENANT, "ENTRA_AUDIENCE": f"{URI},{CLIENT.upper()}"}
WRONG = [
    ({"ENTRA_AUDIENCE": ""}, "ENTRA_AUDIENCE"),
    ({"ENTRA_TENANT_ID": ""}, "ENTRA_TENANT_ID"),
    ({"ENTRA_TENANT_ID": "common"}, "ENTRA_TENANT_ID"),
    ({"ENTRA_TENANT_ID": "contoso.onmicrosoft.com"}, "ENTRA_TENANT_ID"),
    ({"ENTRA_TENANT_ID": f"{TENANT}/.."}, "ENTRA_TENANT_ID"),
    ({"ENTRA_TENANT_ID": " "}, "ENTRA_TENANT_ID"),
    ({"ENTRA_AUDIENCE": " "}, "ENTRA_AUDIENCE"),
    ({"ENTRA_AUDIENCE": "backup-runbooks"}, "ENTRA_AUDIENCE"),
    ({"ENTRA_AUDIENCE": f"{URI},"}, "ENTRA_AUDIENCE"),
    ({"ENTRA_AUDIENCE": f"{URI};{URI} {CLIENT}"}, "ENTRA_AUDIENCE"),
    ({"ENTRA_AUTHORITY": "login.microsoftonline.com"}, "ENTRA_AUTHORITY"),
    ({"ENTRA_AUTHORITY": "http://login.microsoftonline.com"}, "ENTRA_AUTHORITY"),
    ({"ENTRA_AUTHORITY": "http://127.0.0.1.example.com:80"}, "ENTRA_AUTHORITY"),
    ({"ENTRA_AUTHORITY": f"https://login.microsoftonline.com/{TENANT}"}, "ENTRA_AUTHORITY"),
    ({"ENTRA_AUTHORITY": "https://login.microsoftonline.com@example.com"}, "ENTRA_AUTHORITY"),
]


def test_without_tenant_and_audience_function_keys_open() -> None:
    for unset in ({}, {"ENTRA_AUDIENCE": "", "ENTRA_TENANT_ID": ""}, {"ENTRA_AUTHORITY": "https://login.example.com"}):
        assert not read_callers(unset).by_token and not read_callers(unset).problems


def test_whole_settings_name_the_issuers_and_where_their_keys_are() -> None:
    read = read_callers({**WHOLE, "ENTRA_TENANT_ID": TENANT.upper(), "ENTRA_AUTHORITY": "https://login.example.com/"})
    assert read.by_token and read.audiences == (URI, CLIENT)
    assert read.issuers == (f"https://login.example.com/{TENANT}/v2.0", f"https://sts.windows.net/{TENANT}/")
    assert read.keys_url == f"https://login.example.com/{TENANT}/discovery/v2.0/keys"
    assert read_callers(WHOLE).authority == "https://login.microsoftonline.com"


@pytest.mark.parametrize(("wrong", "named"), WRONG)
def test_half_set_or_malformed_is_a_problem_and_opens_nothing(wrong: dict[str, str], named: str) -> None:
    read = read_callers({**WHOLE, **wrong})
    assert not read.by_token and named in read.problems[0] and read != Callers()
    stops = read_settings({"STORE_URL": "sqlite:///store.db", **WHOLE, **wrong}).changes_off
    assert named in stops, "nobody could throw the switch"


@pytest.mark.parametrize("wrong", [{"ENTRA_AUDIENCE": ""}, {"ENTRA_TENANT_ID": ""}, {"ENTRA_AUDIENCE": "x"}])
async def test_by_half_nobody_is_let_in_and_health_says_why_to_who_holds_a_key(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    async with issuing() as issuer:
        settings = {**WHOLE, "ENTRA_AUTHORITY": issuer.url, **wrong}
        async with staged("extension_failed", tmp_path, settings) as stage:
            await stage.host.start()
            await _is_shut(stage, issuer)


async def _is_shut(stage: Stage, issuer: Issuer) -> None:
    key = {"x-functions-key": stage.host.ready["function_key"]}
    for headers in ({}, key, bearing(issuer.token("Admin")), {**key, **bearing(issuer.token("Admin"))}):
        for method, path in ROUTES:
            answer = await ask(stage, method, path, headers)
            if (method, path) == ("GET", "/api/health") and "x-functions-key" in headers:
                assert answer.status == 503 and "ENTRA_" in answer.body["problems"][0]
            else:
                assert answer.status == 401, (method, path, answer)
    assert "event=callers.wrong_setting" in stage.host.errors()


def loaded(settings: dict[str, str], script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], env=settings, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("settings", "level"), [({}, "function"), (WHOLE, "anonymous"), ({**WHOLE, "ENTRA_AUDIENCE": "x"}, "function")]
)
def test_the_host_asks_for_a_key_unless_tokens_are_asked_for_here(settings: dict[str, str], level: str) -> None:
    script = """if True:
        import sys, function_app
        web = [f.get_trigger() for f in function_app.app.get_functions() if f.get_trigger().type == "httpTrigger"]
        print({trigger.auth_level.value.lower() for trigger in web}, [n for n in ("jwt", "aiohttp") if n in sys.modules])
    """
    assert loaded(settings, script) == f"{{'{level}'}} []"
