"""torch.nn.functional"""

from papertrace import inert as _inert
from papertrace.declare import functions_of as _functions_of

globals().update(_functions_of("nn.functional"))

__getattr__ = _inert.unknown_in("torch.nn.functional")
