"""The catalog: from an error code to the causes to examine, in order. Read once, at import; a fault in it stops the app."""

import tomllib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import remediations
from engine.causes import CAUSES
from remediations.contract import REMEDIATIONS


@dataclass(frozen=True, slots=True)
class Runbook:
    """One entry: what a code means, which causes to examine, and what a person is told where none is confirmed."""

    code: str
    title: str
    source: str
    causes: tuple[str, ...]
    guide: str
    aliases: tuple[str, ...] = ()
    inner: bool = False


class Catalog:
    """All runbooks by code."""

    def __init__(self, text: str) -> None:
        """Raises ValueError that names the entry where one is doubled, lacks a source, or names what does not exist."""
        raw = tomllib.loads(text)
        self.runbooks = tuple(_runbook(entry) for entry in raw["runbook"])
        self.inner = tuple((str(entry["contains"]), str(entry["code"])) for entry in raw.get("inner", ()))
        self._by_code: dict[str, Runbook] = {}
        for runbook in self.runbooks:
            for code in (runbook.code, *runbook.aliases):
                if self._by_code.setdefault(code.casefold(), runbook) is not runbook:
                    raise ValueError(f"catalog.toml: the code {code} stands in two entries")

    def find(self, code: str) -> Runbook | None:
        """The runbook of a symbolic code or a number, in whatever case it is written."""
        return self._by_code.get(code.casefold())

    def inner_code(self, texts: list[str]) -> str:
        """The code that compute's own words inside a job's details stand for, "" where none is known."""
        whole = "\n".join(texts).casefold()
        return next((code for words, code in self.inner if words.casefold() in whole), "")


def _runbook(entry: dict[str, object]) -> Runbook:
    code = str(entry.get("code") or "(no code)")
    unknown = set(entry) - set(Runbook.__dataclass_fields__)
    if unknown or not entry.get("source") or not entry.get("guide"):
        raise ValueError(
            f"catalog.toml: the entry {code} needs a source and a guide and no {sorted(unknown) or 'more'}"
        )
    named = entry.get("causes")
    causes = tuple(str(name) for name in named) if isinstance(named, list) else ()
    missing = [name for name in causes if name not in CAUSES]
    if missing:
        raise ValueError(f"catalog.toml: the entry {code} names the cause {missing[0]!r}, which does not exist")
    aliases = entry.get("aliases")
    return Runbook(
        code,
        str(entry["title"]),
        str(entry["source"]),
        causes,
        str(entry["guide"]),
        tuple(str(alias) for alias in aliases) if isinstance(aliases, list) else (),
        entry.get("inner") is True,
    )


def _load() -> Catalog:
    for module in iter_modules(remediations.__path__):
        import_module(f"remediations.{module.name}")
    for cause in CAUSES.values():
        missing = [step.fix for step in cause.steps if step.fix not in REMEDIATIONS]
        if missing:
            raise ValueError(f"engine/causes/{cause.name}.py names the fix {missing[0]!r}, which does not exist")
    return Catalog(Path(remediations.__file__).with_name("catalog.toml").read_text("utf-8"))


CATALOG = _load()
