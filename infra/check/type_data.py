"""Azure's type data: what each version of each resource type takes. From Azure/bicep-types-az, folder `generated`.

A file `<any>/<provider>/<version>/types.json` is a list of types that refer to each other by number.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SHIPPED = Path(__file__).parent / "types"
"""The trimmed copy that the project holds; types/README.md says how it is made."""

Type = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A type with the list that its references point into."""

    types: tuple[Type, ...]
    type: Type

    @property
    def kind(self) -> str:
        return str(self.type["$type"])

    def at(self, reference: dict[str, str]) -> "Found":
        """The type that `{"$ref": "#/12"}` points to."""
        return Found(self.types, self.types[int(reference["$ref"].rpartition("/")[2])])

    def with_type(self, type_: Type) -> "Found":
        return Found(self.types, type_)


class TypeData:
    """The type data below a folder, read as it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def version_is_known(self, provider: str, version: str) -> bool | None:
        """Whether Azure has the version; None where nothing is known of the provider."""
        key = provider.lower()
        known = _versions(self.folder).get(key, frozenset()) | _versions(SHIPPED).get(key, frozenset())
        return version.lower() in known if known else None

    def has(self, provider: str, version: str) -> bool:
        """Whether the types of this version are at hand."""
        return bool(_resources(self.folder, provider.lower(), version.lower()))

    def body(self, resource: str) -> Found | None:
        """The body of `Provider/type@version`, None where it is not at hand."""
        name, _, version = resource.lower().partition("@")
        found = _resources(self.folder, name.partition("/")[0], version).get(resource.lower())
        return found.at(found.type["body"]) if found else None


@cache
def _versions(folder: Path) -> dict[str, frozenset[str]]:
    """By provider; from versions.json, and from the names of the folders."""
    listed = folder / "versions.json"
    told: dict[str, list[str]] = json.loads(listed.read_text("utf-8")) if listed.exists() else {}
    found = {provider: set(versions) for provider, versions in told.items()}
    for file in folder.glob("*/*/*/types.json"):
        found.setdefault(file.parts[-3].lower(), set()).add(file.parts[-2].lower())
    return {provider: frozenset(versions) for provider, versions in found.items()}


@cache
def _resources(folder: Path, provider: str, version: str) -> dict[str, Found]:
    """The resource types of a version by their names in lower case; they may lie in several files."""
    found: dict[str, Found] = {}
    for file in sorted(folder.glob(f"*/{provider}/{version}/types.json")):
        types: tuple[Type, ...] = tuple(json.loads(file.read_text("utf-8")))
        found |= {one["name"].lower(): Found(types, one) for one in types if one["$type"] == "ResourceType"}
    return found
