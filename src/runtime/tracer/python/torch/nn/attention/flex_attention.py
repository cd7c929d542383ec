"""torch.nn.attention.flex_attention"""

from papertrace import inert as _inert
from papertrace.functional import flexible_attention as _flexible_attention

globals().update(_flexible_attention.NAMES)

__getattr__ = _inert.unknown_in("torch.nn.attention.flex_attention")
