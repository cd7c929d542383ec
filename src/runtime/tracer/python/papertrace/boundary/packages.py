"""Small packages whose few functions matter to imports: versions and typing."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable
from typing import Any

from papertrace.stubs import StandIn


class Version(tuple):
    """A release number that compares, `2.11.0`; what follows the digits is ignored."""

    def __new__(cls, text: object) -> Version:
        return tuple.__new__(cls, [int(digits) for digits in re.findall(r"\d+", str(text))[:3]])

    def __str__(self) -> str:
        return ".".join(map(str, self))

    @property
    def base_version(self) -> str:
        return str(self)

    @property
    def release(self) -> tuple[int, ...]:
        return tuple(self)

    @property
    def major(self) -> int:
        return self[0]

    @property
    def minor(self) -> int:
        return self[1]


def _version(name: str) -> StandIn:
    return StandIn(name, {"parse": Version, "Version": Version})


def _packaging(name: str) -> StandIn:
    return StandIn(name, {"version": _version(f"{name}.version")})


def _typing_extensions(name: str) -> StandIn:
    def unchanged(**options: Any) -> Callable[[type], type]:
        return lambda cls: cls

    def fallback(attribute: str) -> Any:
        return getattr(typing, attribute)

    return StandIn(name, {"dataclass_transform": unchanged}, fallback)


def _tqdm(name: str) -> StandIn:
    return StandIn(name, {"tqdm": lambda items=(), *arguments, **keywords: items})


MODULES: dict[str, Callable[[str], StandIn]] = {
    "packaging": _packaging,
    "packaging.version": _version,
    "typing_extensions": _typing_extensions,
    "tqdm": _tqdm,
    "tqdm.auto": _tqdm,
}
