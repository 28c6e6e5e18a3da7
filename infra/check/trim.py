"""Makes the project's own copy of Azure's type data: `python -m infra.check.trim PATH`, PATH as in types/README.md.

Kept are the types that our Bicep uses and what they refer to, without descriptions.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.check.source import read_all
from infra.check.type_data import SHIPPED, Type

ROOT = Path(__file__).parents[2]


def main(folder: Path) -> int:
    """Write the copy anew. Ends with 1 where a version that is used is not in the folder; its old copy stays then."""
    used = {one.of for source in read_all(ROOT / "infra", ROOT) for one in source.of_kind("resource")}
    _write_versions(folder, {name.partition("/")[0].lower() for name in used})
    written = {name for file in sorted(folder.glob("*/*/*/types.json")) for name in _trim(folder, file, used)}
    for name in sorted(used - written):
        print(f"{name}: not in {folder}")
    return 0 if used == written else 1


def _trim(folder: Path, file: Path, used: set[str]) -> set[str]:
    """Write what is used of one file of types; the names of these resource types."""
    if not any(one.lower().startswith(f"{file.parts[-3]}/") and one.endswith(f"@{file.parts[-2]}") for one in used):
        return set()
    types: list[Type] = json.loads(file.read_text("utf-8"))
    names = {n: one["name"].lower() for n, one in enumerate(types) if one["$type"] == "ResourceType"}
    found = {name for name in used if name.lower() in names.values()}
    if found:
        wanted = {name.lower() for name in found}
        _write(SHIPPED / file.relative_to(folder), reachable(types, [n for n, name in names.items() if name in wanted]))
    return found


def reachable(types: list[Type], roots: list[int]) -> list[Type]:
    """The types that the roots refer to, directly or not, numbered anew."""
    order: list[int] = []
    todo = list(roots)
    while todo:
        if (number := todo.pop()) not in order:
            order.append(number)
            todo += [int(reference.rpartition("/")[2]) for reference in _references(types[number])]
    order.sort()
    new = {f"#/{old}": f"#/{place}" for place, old in enumerate(order)}
    return [_renumbered(types[old], new) for old in order]


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)


def _renumbered(value: Any, new: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renumbered(one, new) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("$ref"), str):
        return {"$ref": new[value["$ref"]]}
    kept = {name: one for name, one in value.items() if not (name == "description" and isinstance(one, str))}
    return {name: _renumbered(one, new) for name, one in kept.items()}


def _write(file: Path, types: list[Type]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in types)
    file.write_text(f"[\n{lines}\n]\n", "utf-8")
    print(f"{file.relative_to(ROOT)}: {len(types)} types")


def _write_versions(folder: Path, providers: set[str]) -> None:
    """Note which versions there are of each provider that is used, besides those noted before; drop trimmed files."""
    file = SHIPPED / "versions.json"
    known: dict[str, list[str]] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for provider in providers:
        found = {one.name for one in folder.glob(f"*/{provider}/*") if one.is_dir()}
        known[provider] = sorted(found | set(known.get(provider, [])))
    kept = {provider: known[provider] for provider in sorted(providers)}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    for old in [one for one in SHIPPED.iterdir() if one.is_dir() and _is_at_hand(folder, one)]:
        shutil.rmtree(old)


def _is_at_hand(folder: Path, copy: Path) -> bool:
    """Only what can be written anew is removed."""
    return all((folder / file.relative_to(SHIPPED)).exists() for file in copy.rglob("types.json"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
