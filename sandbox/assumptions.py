"""Lists what no recording shows: every line of the source that says ASSUMED."""

from pathlib import Path

_MARK = "ASSUMED"


def assumptions() -> list[str]:
    """One line per mark: file, line number and the text behind it."""
    root = Path(__file__).parent
    found = []
    for path in sorted((*root.rglob("*.py"), *root.rglob("*.toml"))):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if _MARK + ":" in line:
                text = line.split(_MARK + ":", 1)[1].strip().rstrip('"')
                found.append(f"{path.relative_to(root.parent)}:{number}: {text}")
    return found
