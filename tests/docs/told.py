"""What the pages for users say, taken apart: pages, code, calls, targets, links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WRITTEN = (*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "infra/README.md")
"""The pages outside the catalog, which is generated from one template."""

_FENCE = re.compile(r"^ *```[^\n]*\n(.*?)^ *```", re.M | re.S)
_INLINE = re.compile(r"`([^`\n]+)`")
_CALL = re.compile(r"\b(GET|PUT|POST|DELETE|PATCH) \"?(/api/[^\s`\"'?|)]*)")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `name` is its path in the project."""

    name: str
    text: str

    @property
    def code(self) -> list[str]:
        """Each inline piece of code, and each line of a block."""
        blocks = [line.strip() for block in _FENCE.findall(self.text) for line in block.splitlines()]
        return [*blocks, *_INLINE.findall(_FENCE.sub("", self.text))]

    @property
    def calls(self) -> set[tuple[str, str]]:
        """Method and path of every call that is named."""
        return set(_CALL.findall(self.text))

    @property
    def targets(self) -> set[str]:
        """Every `make` target that is named in code, alone or after another command."""
        parts = (part for code in self.code for part in re.split(r"&&|;", code.partition("#")[0]))
        return {found[1] for part in parts if (found := re.match(r"\s*make ([a-z][\w-]*)", part))}

    @property
    def links(self) -> list[str]:
        """Targets of links that stay within the project."""
        return [link for link in _LINK.findall(_FENCE.sub("", self.text)) if "://" not in link]

    def settings(self) -> dict[str, str]:
        """The first column of the tables on settings, with the column `left out`."""
        rows = (line.strip("|").split("|") for line in self.text.splitlines() if line.startswith("| `"))
        return {row[0].strip(" `"): row[2].strip(" `") if len(row) > 2 else "" for row in rows}


def page(path: Path) -> Page:
    return Page(str(path.relative_to(ROOT)), path.read_text("utf-8"))


def pages() -> list[Page]:
    return [page(path) for path in WRITTEN]


def anchors(text: str) -> set[str]:
    """What a link may name after `#` in a page: its headings, as GitHub and mkdocs write them."""
    heads = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
