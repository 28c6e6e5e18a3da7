"""However the code asks for a setting, the check hears of it."""

from pathlib import Path

import pytest

from infra.check.settings_read import Read, read_settings_of


def read_of(root: Path, code: str, more: str = "") -> Read:
    for folder in ("engine", "functions", "remediations", "gateway"):
        (root / folder).mkdir()
    (root / "function_app.py").write_text("", "utf-8")
    (root / "functions/asks.py").write_text(code, "utf-8")
    (root / "engine/reads.py").write_text(more, "utf-8")
    return read_settings_of(root)


@pytest.mark.parametrize(
    "code",
    [
        "import os\nx = os.environ['ONE']",
        "import os\nx = os.environ.get('ONE') or ''",
        "import os\nx = os.getenv('ONE', '')",
        "from os import environ\nx = environ['ONE']",
        "import os\nNAME = 'ONE'\nx = os.environ.get(NAME)",
        "import os\ndef f(values=os.environ):\n    return values.get('ONE')",
        "import os\ndef f(values):\n    return values['ONE']\ndef g():\n    return f(os.environ)",
        "import os\ndef f(values):\n    return values['ONE']\ndef g():\n    return f(values=os.environ)",
        "import os\ndef f(a, values):\n    return g(values)\ndef g(v):\n    return v.get('ONE')\nf(1, os.environ)",
        "import os\nfrom engine.reads import f\nf(os.environ)",
        "import os\nfrom engine import reads\nreads.f(os.environ)",
        "def register(app):\n    app.timer_trigger(schedule='%ONE%', arg_name='timer')",
    ],
)
def test_a_setting_is_found(code: str, tmp_path: Path) -> None:
    assert read_of(tmp_path, code, "def f(values):\n    return values.get('ONE')").names == {"ONE"}


def test_names_that_are_put_together_from_constants_are_found(tmp_path: Path) -> None:
    code = """
import os
STORE = "Store"
def f(values):
    urls = [f"{STORE}__{kind}Uri" for kind in ("blob", "queue")]
    return all(map(values.get, urls))
f(os.environ)
"""
    assert read_of(tmp_path, code).names == {"Store__blobUri", "Store__queueUri"}


def test_a_function_inside_that_asks_for_its_parameter_is_followed(tmp_path: Path) -> None:
    code = """
import os
def f(values):
    def number(name, low):
        return float(values.get(name, low))
    return number("ONE", 1), number("TWO", 2)
f(os.environ)
"""
    assert read_of(tmp_path, code) == Read(frozenset({"ONE", "TWO"}), frozenset(), ())


def test_a_connection_of_a_binding_is_found_through_another_modules_constant(tmp_path: Path) -> None:
    code = "from engine import reads\ndef f(app):\n    app.queue_trigger(queue_name='x', connection=reads.CONNECTION)"
    assert read_of(tmp_path, code, "CONNECTION = 'Store'").connections == {"Store"}


@pytest.mark.parametrize(
    "code",
    [
        "import os\ndef f(name):\n    return os.environ[name + '_X']",
        "import os\nimport elsewhere\nelsewhere.f(os.environ)",
        "def f(app, name):\n    app.queue_trigger(connection=name)",
    ],
)
def test_what_cannot_be_told_is_said_with_its_place(code: str, tmp_path: Path) -> None:
    (told,) = read_of(tmp_path, code).unclear
    assert told.startswith(f"functions/asks.py:{3 if 'elsewhere' in code or 'def f(name)' in code else 2}: ")


def test_another_mapping_with_a_get_is_not_taken_for_the_settings(tmp_path: Path) -> None:
    code = "def f(values):\n    return values.get('ONE')\nf({'ONE': 1})"
    assert read_of(tmp_path, code).names == frozenset()
