"""torch.nn.attention"""

from papertrace import inert as _inert
from papertrace.inert_names import Context as sdpa_kernel  # noqa: F401 - one way to compute is as good as another

__getattr__ = _inert.unknown_in("torch.nn.attention")
