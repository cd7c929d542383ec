"""torch.functional: split, einsum, meshgrid and others under their second name."""

from papertrace import inert as _inert
from papertrace.declare import functions_of as _functions_of

globals().update(_functions_of("torch"))
globals().update(_functions_of("functional"))

__getattr__ = _inert.unknown_in("torch.functional")
