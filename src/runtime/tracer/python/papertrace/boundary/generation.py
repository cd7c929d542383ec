"""`transformers.generation`: a trace is one forward pass; choosing tokens is not part of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from papertrace.boundary.utilities import answer
from papertrace.stubs import Placeholder, StandIn


class GenerationMixin:
    """Base class of causal models; nothing of it takes part in forward."""

    def prepare_inputs_for_generation(self, *arguments: Any, **keywords: Any) -> Any:
        raise NotImplementedError


class GenerationConfig(Placeholder):
    @staticmethod
    def _get_default_generation_params() -> dict[str, Any]:
        return {}

    @classmethod
    def from_model_config(cls, config: Any) -> GenerationConfig:
        return cls()


def _generation(name: str) -> StandIn:
    return StandIn(
        name,
        {"GenerationMixin": GenerationMixin, "GenerationConfig": GenerationConfig},
        lambda attribute: answer(name, attribute),
    )


MODULES: dict[str, Callable[[str], StandIn]] = {
    "transformers.generation": _generation,
    "transformers.generation.utils": _generation,
    "transformers.generation.configuration_utils": _generation,
}
