"""torch.distributions"""

from papertrace import inert as _inert

from torch.distributions.categorical import Categorical  # noqa: F401
from torch.distributions.normal import Normal  # noqa: F401

__getattr__ = _inert.unknown_in("torch.distributions")
