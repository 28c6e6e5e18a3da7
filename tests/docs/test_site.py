"""The built documentation: strict, and a reader's browser asks no other host for anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.told import ROOT

LOADS = re.compile(
    r"<(?:script|img|iframe|source)\b[^>]*?\ssrc=\"?([^\s\">]+)|<link\b[^>]*?\shref=\"?([^\s\">]+)", re.I
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the pages as `make docs` does."""
    out = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    done = subprocess.run(
        build, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_the_strict_build_passes_and_holds_every_page(site: Path) -> None:
    pages = {str(path.relative_to(ROOT / "docs").with_suffix(".html")) for path in (ROOT / "docs").rglob("*.md")}
    assert {str(path.relative_to(site)) for path in site.rglob("*.html")} == pages | {"404.html"}


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    loaded = {
        (path.name, one or other)
        for path in site.rglob("*.html")
        for one, other in LOADS.findall(path.read_text("utf-8"))
    }
    assert len(loaded) > 100
    assert [link for link in loaded if "//" in link[1]] == []
    assert 'class="mermaid"' not in "".join(path.read_text("utf-8") for path in site.rglob("*.html"))


def test_what_is_built_is_ignored_by_git_and_left_out_of_the_package() -> None:
    assert "site/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"site", "docs", "mkdocs.yml"} <= set((ROOT / ".funcignore").read_text("utf-8").splitlines())
