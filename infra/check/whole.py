"""All checks of a project."""

from collections.abc import Iterator
from pathlib import Path

from infra.check import (
    groups,
    modules,
    outcomes,
    parameters,
    reads,
    resources,
    rights,
    roles,
    settings,
    symbols,
    watching,
)
from infra.check.finding import Finding
from infra.check.settings_read import read_settings_of
from infra.check.source import Source, read_all, syntax
from infra.check.type_data import TypeData


def check(root: Path, types: TypeData) -> list[Finding]:
    """Everything that is wrong below a project's root, sorted by place."""
    sources = read_all(root / "infra", root)
    broken = [one for source in sources for one in syntax(source)]
    if broken:  # what else would be found follows from what cannot be read
        return sorted(broken)
    found = [one for source in sources for one in of_file(source, types)]
    return sorted({*found, *of_project(root, {source.shown.name: source for source in sources})})


def of_file(source: Source, types: TypeData) -> Iterator[Finding]:
    """What can be told from a file and the modules that it uses."""
    yield from symbols.undefined(source)
    yield from symbols.unused(source)
    yield from symbols.doubled(source)
    yield from symbols.undescribed(source)
    yield from resources.resources(source, types)
    yield from resources.unnamed(source)
    yield from reads.reads(source, types)
    yield from modules.modules(source)


def of_project(root: Path, sources: dict[str, Source]) -> Iterator[Finding]:
    """What holds between Bicep and the rest: parameters, groups, settings, roles, workbook, alerts, queues."""
    infra, shown = root / "infra", Path("infra")
    code = watching.read_code(root)
    yield from parameters.parameters(
        infra / "main.parameters.json", shown / "main.parameters.json", sources["main.bicep"]
    )
    yield from groups.foreign(sources["main.bicep"])
    hook = Path("hooks/rights.sh")
    yield from rights.handed_over(infra / hook, shown / hook, sources["rights.bicep"], sources["main.bicep"])
    yield from settings.settings(sources.values(), read_settings_of(root))
    yield from roles.current(infra / "roles", root / "policy.toml", root)
    yield from roles.loaded(sources["roles.bicep"], infra / "roles")
    yield from roles.known_ids(sources.values())
    yield from outcomes.workbook(infra / "app/workbook.json", shown / "app/workbook.json", sources["outcomes.bicep"])
    yield from watching.alerts(infra / "app/engine-alerts.json", shown / "app/engine-alerts.json", code)
    yield from watching.queues(sources["storage.bicep"], code)
    yield from watching.door(sources["actions.bicep"], code)
