from pathlib import Path

import pytest

from tests.remediations.stage import Start, make_start


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    return make_start(tmp_path, monkeypatch)
