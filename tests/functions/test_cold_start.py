"""Cold start is paid by users: loading the app pulls in the standard library, azure-functions and durable, no more."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    "pydantic",
    "fastapi",
    "starlette",
    "aiohttp",
    "azure.mgmt",
    "azure.identity",
    "azure.data",
    "azure.core",
    "msal",
    "jwt",
    "cryptography",
    "jinja2",
)


def loaded_by(module: str) -> set[str]:
    script = f"import sys; before = set(sys.modules); import {module}; print('\\n'.join(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_loading_the_app_pulls_in_nothing_heavy() -> None:
    loaded = loaded_by("function_app")
    assert "engine.catalog" in loaded, "a faulty catalog stops the app here"
    assert sorted(name for name in loaded if name.startswith(HEAVY)) == []


def test_every_cause_and_every_fix_is_loaded_with_the_app() -> None:
    loaded = loaded_by("function_app")
    for folder in ("engine/causes", "remediations"):
        for path in (ROOT / folder).glob("*.py"):
            name = str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__")
            assert name in loaded


def test_loading_the_app_reads_no_setting_and_opens_nothing() -> None:
    script = "import function_app; from functions import parts; assert not parts.engine.cache_info().currsize"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {script}"],
        env={"PATH": "", "SYSTEMROOT": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
