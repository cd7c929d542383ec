"""Frameworks that train: of them a forward pass needs the base class of models, which is a module of torch."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from papertrace.stubs import StandIn, placeholder


class Hyperparameters(dict):
    """Values by name, and as attributes."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error

    __setattr__ = dict.__setitem__


def _lightning_module() -> type:
    from torch import nn

    class LightningModule(nn.Module):
        """A module of torch that knows its hyperparameters; what it logs while it is traced, nobody reads
        (https://lightning.ai/docs/pytorch/stable/common/lightning_module.html)."""

        trainer = None
        global_step = current_epoch = local_rank = global_rank = 0
        automatic_optimization = True

        @property
        def hparams(self) -> Hyperparameters:
            return self.__dict__.setdefault("_hparams", Hyperparameters())

        def save_hyperparameters(
            self, *names: Any, ignore: Any = (), frame: types.FrameType | None = None, logger: bool = True
        ) -> None:
            """Keeps the arguments of the `__init__` that calls it: all, those named, or those of a mapping."""
            if len(names) == 1 and not isinstance(names[0], str):
                given = names[0] if isinstance(names[0], Mapping) else vars(names[0])
                self.hparams.update(given)
                return
            skipped = {ignore} if isinstance(ignore, str) else set(ignore or ())
            given = _arguments_of(frame or sys._getframe(1))
            kept = {name: value for name, value in given.items() if name not in skipped}
            self.hparams.update({name: kept[name] for name in names} if names else kept)

        def log(self, *arguments: Any, **options: Any) -> None:
            return None

        log_dict = print = log

    return LightningModule


def _arguments_of(frame: types.FrameType) -> dict[str, Any]:
    """Arguments of the function that runs in a frame, without the first, which is the object itself."""
    names, positional, named, values = inspect.getargvalues(frame)
    given = {name: values[name] for name in names[1:]}
    if positional is not None:
        given[positional] = values[positional]
    return given | (values[named] if named is not None else {})


def _with_class(attribute: str, make: Callable[[], type]) -> Callable[[str], StandIn]:
    """A package of which one class has a meaning: made when a source first asks for it."""

    def of(name: str) -> StandIn:
        def fallback(asked: str) -> Any:
            return module.__dict__.setdefault(asked, make()) if asked == attribute else placeholder(f"{name}.{asked}")

        module = StandIn(name, fallback=fallback)
        return module

    return of


def _metric() -> type:
    from torch import nn

    class Metric(nn.Module):
        """A module that keeps what it has counted in its own attributes (https://lightning.ai/docs/torchmetrics)."""

        def __init__(self, **options: Any) -> None:
            super().__init__()

        def add_state(self, name: str, default: Any, dist_reduce_fx: Any = None, persistent: bool = False) -> None:
            setattr(self, name, default)

    return Metric


_lightning = _with_class("LightningModule", _lightning_module)
_metrics = _with_class("Metric", _metric)

MODULES: dict[str, Callable[[str], StandIn]] = {
    "lightning": _lightning,
    "lightning.pytorch": _lightning,
    "lightning.pytorch.core": _lightning,
    "lightning.pytorch.core.module": _lightning,
    "pytorch_lightning": _lightning,
    "pytorch_lightning.core": _lightning,
    "pytorch_lightning.core.lightning": _lightning,
    "pytorch_lightning.core.module": _lightning,
    "torchmetrics": _metrics,
    "torchmetrics.metric": _metrics,
}
