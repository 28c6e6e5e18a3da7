"""Packs the project as `azd deploy` packs a function app that is built in Azure.

azd does not ask git: it walks the folder and leaves out what `.funcignore` names, and these by itself. (createDeployableZip
in https://github.com/Azure/azure-dev/blob/main/cli/azd/pkg/project/project_utils.go)"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from pathspec import GitIgnoreSpec

LEFT_OUT_BY_AZD = {".azure/", ".funcignore", "local.settings.json"}


def shipped(root: Path) -> list[str]:
    """The files of the package, relative to the root."""
    rules = GitIgnoreSpec.from_lines((root / ".funcignore").read_text("utf-8").splitlines())
    return sorted(_walk(root, root, rules))


def _walk(root: Path, folder: Path, rules: GitIgnoreSpec) -> Iterator[str]:
    """A folder that is left out is not entered, so nothing in it can be taken in again."""
    for entry in folder.iterdir():
        slash = "/" if entry.is_dir() else ""
        name = entry.relative_to(root).as_posix() + slash
        if entry.name + slash in LEFT_OUT_BY_AZD or rules.match_file(name):
            continue
        if slash:
            yield from _walk(root, entry, rules)
        else:
            yield name


def pack(root: Path, package: Path) -> None:
    """Write the zip that is handed to the remote build."""
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as file:
        for name in shipped(root):
            file.write(root / name, name)


def unpack(package: Path, folder: Path) -> None:
    """What the remote build does first."""
    with zipfile.ZipFile(package) as file:
        file.extractall(folder)
