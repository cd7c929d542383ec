"""Installed packages of the reader's: which run as they are, and which releases source is told of.

What is pure Python may compute with tensors and runs; compiled code cannot, and packages that load, log or train have
nothing to say in a forward pass: both become placeholders. Of a package that is partly compiled the Python runs too,
if it is made for torch and the source needs it: what source can do without is most often a faster kernel.
"""

from __future__ import annotations

import functools
import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Sequence

from papertrace.host import host
from papertrace.layout import is_site

#: Packages in pure Python with which no forward pass computes.
INERT = frozenset(
    (
        "_pytest",
        "accelerate",
        "aiohttp",
        "boto3",
        "bs4",
        "certifi",
        "click",
        "colorama",
        "dask",
        "datasets",
        "deepspeed",
        "evaluate",
        "fastapi",
        "filelock",
        "fire",
        "fsspec",
        "gradio",
        "httpx",
        "huggingface_hub",
        "ignite",
        "jax",
        "kornia",
        "lightning",
        "loguru",
        "matplotlib",
        "mlflow",
        "modelscope",
        "mpmath",
        "networkx",
        "onnx",
        "onnxruntime",
        "peft",
        "pip",
        "pkg_resources",
        "plotly",
        "pydantic",
        "pytest",
        "pytorch_lightning",
        "requests",
        "rich",
        "seaborn",
        "setuptools",
        "sklearn",
        "sympy",
        "tensorboard",
        "tensorboardX",
        "tensorflow",
        "torchmetrics",
        "tqdm",
        "typer",
        "urllib3",
        "visdom",
        "wandb",
    )
)

#: Distributions that source may insist on although nothing is computed with them: they are there, installed or not.
_AT_HAND = frozenset(
    (
        "filelock",
        "huggingface-hub",
        "importlib-metadata",
        "numpy",
        "packaging",
        "pillow",
        "pyyaml",
        "regex",
        "requests",
        "safetensors",
        "tokenizers",
        "torchvision",
        "tqdm",
    )
)

#: The release of those that are not installed: no source asks for a newer one.
_NEWEST = "9999.0.0"

#: Endings of compiled code.
_COMPILED = (".so", ".pyd", ".dylib", ".dll")

#: Folders of a package that are looked into for compiled code.
_MOST_FOLDERS = 300


def folder_of(top: str, folders: Sequence[str], needed: bool = False) -> str | None:
    """The folder from which a top-level module runs; None where it is not installed or does not run."""
    for folder in folders:
        if host.is_file(f"{folder}/{top}/__init__.py") or host.is_file(f"{folder}/{top}.py"):
            return folder if may_run(top, folder, needed) else None
    # A reader's folder of sources is a package without `__init__` too (PEP 420), where nothing else has the name.
    return next((folder for folder in folders if not is_site(folder) and _has_sources(f"{folder}/{top}")), None)


def _has_sources(folder: str) -> bool:
    return host.is_directory(folder) and any(name.endswith(".py") for name in host.list_directory(folder))


@functools.cache
def may_run(top: str, folder: str, needed: bool = False) -> bool:
    """Whether a top-level module may run from a folder; what a reader wrote beside their source always may. `needed`:
    source cannot do without it."""
    if not is_site(folder):
        return True
    if top in INERT:
        return False
    package = f"{folder}/{top}"
    return not _is_compiled(package) or needed and _is_made_for_torch(package)


def is_extension(top: str, folders: Sequence[str]) -> bool:
    """Whether a top-level module is one file of compiled code, as the kernels of a package in Python often are."""
    return any(
        name.partition(".")[0] == top and name.endswith(_COMPILED)
        for folder in folders
        for name in host.list_directory(folder)
    )


def forget() -> None:
    """What was found of packages may have changed."""
    may_run.cache_clear()


def releases(
    name: str | None, folders: Sequence[str], transformers: str | None
) -> Iterator[importlib.metadata.Distribution]:
    """Distributions called `name` (any where it is None): the stand-in for torch, a release of transformers where there
    is one, and installed packages that run."""
    import torch

    wanted = None if name is None else _normal(name)
    if wanted in (None, "torch"):
        yield _Release("torch", str(torch.__version__))
    if wanted in (None, "transformers") and transformers is not None:
        yield _Release("transformers", transformers)
    for folder in folders:
        for entry in host.list_directory(folder):
            found = re.fullmatch(r"(.+)-([^-]+)\.dist-info", entry)
            if found and wanted in (None, _normal(found[1])) and _is_told(found[1], folders):
                yield _Release(found[1], found[2])
    if wanted in _AT_HAND:
        yield _Release(wanted, _NEWEST)


class _Release(importlib.metadata.Distribution):
    """Name and version, as importlib.metadata gives them."""

    def __init__(self, name: str, version: str) -> None:
        self._text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> None:  # type: ignore[override]
        raise NotImplementedError


def _is_told(distribution: str, folders: Sequence[str]) -> bool:
    """Whether a module of a distribution's name runs; `open_clip_torch` is a module of another name, and counts."""
    if _normal(distribution) in _AT_HAND:
        return True
    top = distribution.replace("-", "_")
    present = any(host.is_directory(f"{folder}/{top}") or host.is_file(f"{folder}/{top}.py") for folder in folders)
    return folder_of(top, folders) is not None if present else top not in INERT


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_made_for_torch(package: str) -> bool:
    text = host.read(f"{package}/__init__.py") or ""
    return re.search(r"^\s*(import|from)\s+torch\b", text, re.M) is not None


def _is_compiled(package: str) -> bool:
    return any(name.endswith(_COMPILED) for name in _names(package))


def _names(folder: str) -> Iterable[str]:
    """Names of the files in a folder and below."""
    pending, seen = [folder], 0
    while pending and seen < _MOST_FOLDERS:
        current = pending.pop()
        seen += 1
        for name in host.list_directory(current):
            if "." in name:
                yield name
            elif name != "__pycache__" and host.is_directory(f"{current}/{name}"):
                pending.append(f"{current}/{name}")
