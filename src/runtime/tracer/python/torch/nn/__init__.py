"""torch.nn"""

from papertrace import inert as _inert
from torch.nn import functional, init, modules, parameter, utils  # noqa: F401
from torch.nn.modules import *  # noqa: F403
from torch.nn.parameter import Buffer, Parameter, UninitializedParameter  # noqa: F401

__getattr__ = _inert.unknown_in("torch.nn")
