"""Small packages whose few functions matter to imports: versions and typing."""

from __future__ import annotations

import enum
import re
import typing
from collections.abc import Callable
from typing import Any

from papertrace.boundary.utilities import logger
from papertrace.errors import Unsupported
from papertrace.stubs import StandIn


class Version(tuple):
    """A release number that compares, `2.11.0`; what follows the digits is ignored."""

    def __new__(cls, text: object) -> Version:
        return tuple.__new__(cls, [int(digits) for digits in re.findall(r"\d+", str(text))[:3]])

    def __str__(self) -> str:
        return ".".join(map(str, self))

    #: What is told is a release that came out.
    is_prerelease = is_devrelease = is_postrelease = False
    pre = post = dev = local = None
    epoch = 0

    @property
    def base_version(self) -> str:
        return str(self)

    public = base_version

    @property
    def release(self) -> tuple[int, ...]:
        return tuple(self)

    @property
    def major(self) -> int:
        return self[0]

    @property
    def minor(self) -> int:
        return self[1] if len(self) > 1 else 0

    @property
    def micro(self) -> int:
        return self[2] if len(self) > 2 else 0


def _version(name: str) -> StandIn:
    return StandIn(name, {"parse": Version, "Version": Version})


def _packaging(name: str) -> StandIn:
    return StandIn(name, {"version": _version(f"{name}.version")})


def _distutils(name: str) -> StandIn:
    return StandIn(name, {"LooseVersion": Version, "StrictVersion": Version})


def _typing_extensions(name: str) -> StandIn:
    def unchanged(**options: Any) -> Callable[[type], type]:
        return lambda cls: cls

    def fallback(attribute: str) -> Any:
        return getattr(typing, attribute)

    return StandIn(name, {"dataclass_transform": unchanged}, fallback)


def _tqdm(name: str) -> StandIn:
    return StandIn(name, {"tqdm": lambda items=(), *arguments, **keywords: items})


def _loguru(name: str) -> StandIn:
    return StandIn(name, {"logger": logger})


def _vision_functions(name: str) -> StandIn:
    return StandIn(name, {"resize": _resize, "InterpolationMode": _InterpolationMode})


def _vision(name: str) -> StandIn:
    return StandIn(name, {"transforms": _vision_transforms(f"{name}.transforms")})


def _vision_transforms(name: str) -> StandIn:
    return StandIn(
        name, {"functional": _vision_functions(f"{name}.functional"), "InterpolationMode": _InterpolationMode}
    )


class _InterpolationMode(enum.Enum):
    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def _resize(
    img: Any, size: Any, interpolation: Any = _InterpolationMode.BILINEAR, max_size: Any = None, antialias: bool = True
) -> Any:
    """torchvision.transforms.functional.resize of a tensor [..., height, width] to [height, width]."""
    from torch.nn.functional import interpolate

    if not isinstance(size, (list, tuple)) or len(size) != 2:
        raise Unsupported("torchvision's resize to a length is not supported; give height and width.")
    mode = interpolation.value if isinstance(interpolation, _InterpolationMode) else interpolation
    smooth = mode in ("bilinear", "bicubic")
    flat = img.reshape(-1, 1, *img.shape[-2:])
    resized = interpolate(flat.float(), size=tuple(size), mode=mode, antialias=smooth and antialias)
    return resized.reshape(*img.shape[:-2], *size).to(img.dtype)


MODULES: dict[str, Callable[[str], StandIn]] = {
    "distutils.version": _distutils,
    "loguru": _loguru,
    "packaging": _packaging,
    "packaging.version": _version,
    "typing_extensions": _typing_extensions,
    "torchvision": _vision,
    "torchvision.transforms": _vision_transforms,
    "torchvision.transforms.functional": _vision_functions,
    "tqdm": _tqdm,
    "tqdm.auto": _tqdm,
}
