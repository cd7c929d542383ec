"""The tracing torch: what model source imports instead of PyTorch. Its contents are declared in ``papertrace``."""

from __future__ import annotations

import importlib as _importlib
import math as _math
from typing import Any as _Any

from papertrace import (  # noqa: F401 - the modules declare torch's functions
    arrangements,
    casts,
    comparisons,
    complex_numbers,
    creation,
    elementwise,
    fourier,
    indexing,
    join,
    linear_systems,
    metadata,
    norms,
    ordering,
    products,
    reads,
    reductions,
    rounding,
    scatter,
    selections,
    slices,
    special_functions,
    spectrograms,
    statistics,
    transcendental,
    views,
)
from papertrace import dtypes as _dtypes
from papertrace import inert as _inert
from papertrace import absent_weights as _absent_weights
from papertrace import inert_names as _names
from papertrace import record as _record
from papertrace.checks import conversions, elements, indices, layers, losses  # noqa: F401 - what torch refuses
from papertrace.checks import creation as _creation  # noqa: F401
from papertrace.checks import products as _products  # noqa: F401
from papertrace.checks import views as _views  # noqa: F401
from papertrace.declare import functions_of as _functions_of
from papertrace.dtypes import Size, device, dtype, finfo, iinfo  # noqa: F401
from papertrace.functional import (  # noqa: F401
    activations,
    attention,
    convolution,
    embedding,
    losses,
    margin_losses,
    normalisation,
    padding,
    pooling,
    resampling,
)
from papertrace.join import broadcast_shapes  # noqa: F401
from papertrace.promotion import promote_types, result_type  # noqa: F401
from papertrace.release import VERSION as _VERSION
from papertrace.symbolic import SymInt  # noqa: F401
from papertrace.tensor import Tensor
from papertrace.tensor import TensorType as _TensorType

_inert.install()

__version__ = _VERSION
inf, nan, pi, e, newaxis = _math.inf, _math.nan, _math.pi, _math.e, None
strided, sparse_coo, jagged = "torch.strided", "torch.sparse_coo", "torch.jagged"
contiguous_format, channels_last = "torch.contiguous_format", "torch.channels_last"
channels_last_3d, preserve_format = "torch.channels_last_3d", "torch.preserve_format"
legacy_contiguous_format = contiguous_format
layout = memory_format = str


class SymFloat:
    """Sizes are integers here: no instance exists."""


class SymBool:
    """Sizes are integers here: no instance exists."""


globals().update({_name: _element for _name, _element in _dtypes.ALL.items()})
globals().update(_dtypes.ALIASES)
globals().update(_functions_of("torch"))

#: torch.FloatTensor and its like: types, callable, right in annotations and isinstance.
for _name, _element in (
    ("FloatTensor", "float32"),
    ("DoubleTensor", "float64"),
    ("HalfTensor", "float16"),
    ("BFloat16Tensor", "bfloat16"),
    ("LongTensor", "int64"),
    ("IntTensor", "int32"),
    ("ShortTensor", "int16"),
    ("CharTensor", "int8"),
    ("ByteTensor", "uint8"),
    ("BoolTensor", "bool"),
):
    globals()[_name] = _TensorType(_name, (Tensor,), {"legacy_dtype": _dtypes.ALL[_element]})

no_grad = enable_grad = inference_mode = set_grad_enabled = autocast = _names.Context
compile = _names.identity
is_grad_enabled = is_autocast_enabled = is_autocast_cache_enabled = is_autocast_cpu_enabled = _names.no
are_deterministic_algorithms_enabled = is_anomaly_enabled = is_warn_always_enabled = _names.no
is_deterministic_algorithms_warn_only_enabled = _names.no
manual_seed = seed = use_deterministic_algorithms = set_num_threads = set_float32_matmul_precision = _names.nothing
_check_is_size = _check_value = set_printoptions = clear_autocast_cache = _names.nothing
load = _absent_weights.reading("torch.load")


def _assert(condition: _Any, message: _Any = "") -> None:
    _require(condition, AssertionError, message)


def _check(cond: _Any, message: _Any = None) -> None:
    _require(cond, RuntimeError, message)


def _require(condition: _Any, error: type[Exception], message: _Any) -> None:
    """What a tensor says is checked by the run alone."""
    if not is_tensor(condition) and not condition:
        raise error(message() if callable(message) else message or "Expected cond to be True, but got False.")



def is_inference_mode_enabled() -> bool:
    return True


def is_tensor(obj: _Any) -> bool:
    return isinstance(obj, Tensor)


def get_default_dtype() -> dtype:
    return _dtypes.default_dtype()


def set_default_dtype(d: _Any) -> None:
    _record.trace.default_dtype = _dtypes.as_dtype(d)


def get_default_device() -> device:
    return _dtypes.CPU


def set_default_device(device: _Any) -> None:
    pass


def get_autocast_dtype(device_type: str = "cpu") -> dtype:
    return _dtypes.bfloat16


def get_autocast_gpu_dtype() -> dtype:
    return _dtypes.float16


def can_cast(from_: dtype, to: dtype) -> bool:
    return from_.category <= to.category


def is_storage(obj: _Any) -> bool:
    return False


__getattr__ = _inert.unknown_in("torch")

for _name in (*_names.PACKAGES, *_names.ATTRIBUTES):
    globals()[_name] = _importlib.import_module(f"torch.{_name}")
for _name in _names.NAMES:
    _importlib.import_module(_name)
# What is compiled computes what it did before.
jit.ScriptModule = nn.Module  # type: ignore[name-defined]  # noqa: F821
