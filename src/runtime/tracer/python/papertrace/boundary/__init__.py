"""The import boundary: which modules a traced source gets as they are, and what stands in for the others.

`split` says which files of transformers are real. Each other file here is one idea's table of stand-in modules; a
module that no table names becomes a placeholder (`papertrace.stubs`).
"""

from __future__ import annotations

from papertrace.boundary import assignment, equations, generation, hub, kernels, numeric, packages, training, utilities
from papertrace.boundary.root import root_module
from papertrace.stubs import StandIn

_TABLES = (
    assignment.MODULES,
    equations.MODULES,
    generation.MODULES,
    hub.MODULES,
    kernels.MODULES,
    numeric.MODULES,
    packages.MODULES,
    training.MODULES,
    utilities.MODULES,
)
_FACTORIES = {name: make for table in _TABLES for name, make in table.items()} | {"transformers": root_module}

#: Packages whose stand-in has a few of their functions only; where they are installed, their own Python runs.
MAKESHIFT = frozenset(("torchvision",))


def has_stand_in(name: str) -> bool:
    return name in _FACTORIES


def stand_in(name: str) -> StandIn:
    """The stand-in module called `name`; a placeholder module where no table has it."""
    make = _FACTORIES.get(name)
    if make is not None:
        return make(name)
    if name.startswith("transformers."):
        return StandIn(name, fallback=lambda attribute: utilities.answer(name, attribute))
    return StandIn(name)
