"""Packages around the Hugging Face hub: downloads never happen; the decorators on configurations do nothing."""

from __future__ import annotations

from collections.abc import Callable

from papertrace.boundary.utilities import validated_field
from papertrace.stubs import StandIn, decorator


def _dataclasses(name: str) -> StandIn:
    def as_validated_field(validator: object) -> Callable[..., object]:
        return lambda **options: validated_field(**options)

    return StandIn(
        name,
        {"strict": decorator, "validated_field": validated_field, "as_validated_field": as_validated_field},
    )


def _constants(name: str) -> StandIn:
    """Places of the cache and addresses: text that goes into paths which nobody opens."""
    return StandIn(name, fallback=lambda attribute: "")


MODULES: dict[str, Callable[[str], StandIn]] = {
    "huggingface_hub.constants": _constants,
    "huggingface_hub.dataclasses": _dataclasses,
}
