"""Run by a clean Python in a package's folder: import each module, and each name that it imports anywhere.

Much is imported only when a function runs, so importing the modules alone would show too little. Prints as JSON what
cannot be imported.
"""

import ast
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(Path().rglob("*.py")):
        yield ".".join(path.with_suffix("").parts).removesuffix(".__init__"), path


def _imported(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name in it or "") of every import statement, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, f"{path}: a relative import, which this script does not follow"
            yield from ((node.module, alias.name) for alias in node.names)


def _fault(module: str, name: str) -> str:
    """Why it cannot be imported, "" where it can."""
    try:
        if name and not hasattr(import_module(module), name):
            import_module(f"{module}.{name}")
        import_module(module)
    except Exception as error:  # noqa: BLE001 - whatever stops an import is the answer
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    faults = []
    for module, path in _modules():
        asked = [(module, ""), *_imported(path)]
        faults += [f"{path}: {found}" for wanted, name in asked if (found := _fault(wanted, name))]
    print(json.dumps(sorted(set(faults))))
