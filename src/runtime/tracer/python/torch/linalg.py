"""torch.linalg"""

from papertrace import inert as _inert
from papertrace.declare import functions_of as _functions_of

globals().update(_functions_of("linalg"))

__getattr__ = _inert.unknown_in("torch.linalg")
