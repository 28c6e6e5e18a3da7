"""Writes docs/catalog: `python -m engine.catalog_files [FOLDER]`. The page of a code that is gone goes too."""

import sys
from pathlib import Path

from engine.catalog import CATALOG
from engine.catalog_markdown import code_page, index_page

FOLDER = Path("docs/catalog")


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    return {"index.md": index_page(), **{f"{r.code}.md": code_page(r) for r in CATALOG.runbooks}}


def write(folder: Path) -> None:
    """Bring the folder up to date."""
    made = pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    write(folder)
    print(f"{folder}: {len(CATALOG.runbooks)} codes and the index")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
