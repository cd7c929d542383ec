"""Which module a file is, and where the modules of one request come from."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from papertrace.boundary import MAKESHIFT, has_stand_in
from papertrace.host import host

#: The package that a reader's single file is put into, so that `from .other import …` finds its neighbours.
READER = "_reader"

#: Names of the folders that installers put packages into (https://docs.python.org/3/library/site.html).
_SITES = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Layout:
    """Where the modules of one request come from."""

    #: Folder that holds `transformers/`, or None.
    transformers: str | None
    #: Folder whose modules and packages are importable by their own name; "" where the source is transformers' own.
    root: str
    #: Folder of the package READER, or None.
    reader: str | None
    #: Names of the packages around the source, outermost first.
    around: tuple[str, ...]
    #: Folders of installed packages, asked after `root`.
    packages: tuple[str, ...]

    def holds(self, name: str) -> bool:
        """Whether a module belongs to the package of the source."""
        return bool(self.around) and name.partition(".")[0] == self.around[0]

    def is_installed(self, name: str, path: str) -> bool:
        """Whether a module is another package's. The folders that imports are looked up in may be the source's own too:
        the workspace, its `src`."""
        folders = [folder for folder in self.packages if path.startswith(f"{folder}/")]
        if not folders or self.holds(name) or name.partition(".")[0] == READER:
            return False
        if is_site(max(folders, key=len)):
            return True
        return not any(f"{self.root}/".startswith(f"{folder}/") for folder in folders)


@functools.cache
def is_site(folder: str) -> bool:
    """Whether an installer put the packages of a folder there, perhaps inside of a workspace: it leaves a `.dist-info`
    beside each, also where the reader chose the folder (`pip install --target vendor`)."""
    return folder.rpartition("/")[2] in _SITES or any(
        name.endswith(".dist-info") for name in host.list_directory(folder)
    )


def arrange(source: str, transformers: str | None, packages: Sequence[str] = ()) -> tuple[Layout, str]:
    """The layout for a source, and the name of the module that it is."""
    folder, _, file = source.rpartition("/")
    stem = file.removesuffix(".py")
    parts = source.split("/")
    for index in range(len(parts) - 1, 0, -1):
        root = "/".join(parts[:index])
        if parts[index] == "transformers" and host.is_file(f"{root}/transformers/modeling_utils.py"):
            return Layout(root, "", None, (), tuple(packages)), ".".join([*parts[index:-1], stem])
    package, root = _packages_around(source, folder, packages)
    if package and not is_reserved(package[0]):
        name = ".".join(package if stem == "__init__" else [*package, stem])
        around = tuple(".".join(package[: count + 1]) for count in range(len(package)))
        return Layout(transformers, root, None, tuple(part for part in around if part != name), tuple(packages)), name
    return Layout(transformers, folder, folder, (), tuple(packages)), f"{READER}.{stem}"


def _packages_around(source: str, folder: str, packages: Sequence[str]) -> tuple[list[str], str]:
    """The packages that a file lies in, outermost first, and the folder that holds them. A folder without `__init__`
    is one too (PEP 420) where packages are installed, and where the file's own imports climb out of it."""
    site = next((held for held in packages if f"{folder}/".startswith(f"{held}/") and is_site(held)), None)
    if site is not None:
        return [part for part in folder[len(site) :].split("/") if part], site
    climbs = [len(dots) for dots in re.findall(r"^[ \t]*from[ \t]+(\.\.+)", host.read(source) or "", re.M)]
    package: list[str] = []
    root = folder
    while root and (len(package) < max(climbs, default=0) or host.is_file(f"{root}/__init__.py")):
        root, _, name = root.rpartition("/")
        package.insert(0, name)
    return package, root


def is_library(name: str) -> bool:
    return name.partition(".")[0] == "transformers"


def is_reserved(top: str) -> bool:
    return (
        top in sys.stdlib_module_names
        or top in ("torch", "transformers", "papertrace", "pyodide", READER)
        or has_stand_in(top)
        and top not in MAKESHIFT
    )
