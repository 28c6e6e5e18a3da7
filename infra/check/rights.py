"""What the hook after provisioning hands to rights.bicep: all of its parameters, from what main.bicep tells azd."""

import re
from collections.abc import Iterator
from pathlib import Path

from infra.check.finding import Finding, error
from infra.check.source import Declared, Source

GIVEN = re.compile(r'^\s*"(\w+)": \{"value": ((["[]?).+)\},?$', re.M)
"""A parameter in the JSON that the hook writes, with its value and how that begins."""
KINDS = {'"': "string", "[": "array", "": "bool"}
TEMPLATE = re.compile(r"--template-file (\S+)")
VARIABLE = re.compile(r"\$\{?([A-Z][A-Z_]+)")
OF_AZD = frozenset({"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID"})
"""What azd itself puts into every environment
(https://learn.microsoft.com/azure/developer/azure-developer-cli/manage-environment-variables)."""


def handed_over(file: Path, shown: Path, rights: Source, main: Source) -> Iterator[Finding]:
    """Parameters that are none, are missing or of another kind, and variables that azd does not know."""
    script = file.read_text("utf-8")
    given = {name: (value, KINDS[begin]) for name, value, begin in GIVEN.findall(script)}
    params = {one.name: one for one in rights.of_kind("param")}
    for name in sorted(given.keys() - params.keys()):
        yield error(shown, 0, f"{name} is no parameter of {rights.shown}")
    for name, param in params.items():
        yield from _value(shown, param, given.get(name), main)
    if TEMPLATE.findall(script) != [str(rights.shown)]:
        yield error(shown, 0, f"does not deploy {rights.shown}")


def _value(shown: Path, param: Declared, given: tuple[str, str] | None, main: Source) -> Iterator[Finding]:
    if given is None:
        if param.default is None:
            yield error(shown, 0, f"{param.name} has no default and is not handed over")
        return
    value, kind = given
    if param.type_name != kind:
        yield error(shown, 0, f"{param.name} takes {param.type_name}, not {kind}")
    told = {one.name for one in main.of_kind("output")} | OF_AZD
    for name in sorted(set(VARIABLE.findall(value)) - told):
        yield error(shown, 0, f"{param.name}: {main.shown} has no output {name}")
