"""Names of inert torch modules that source asks while it builds or runs, with the answers for tracing on one CPU."""

from __future__ import annotations

import typing
from collections.abc import Iterable
from typing import Any

from papertrace import pytree
from papertrace.absent_weights import reading
from papertrace.release import VERSION, TorchVersion
from papertrace.stubs import NullContext, nothing


def identity(*args: Any, **kwargs: Any) -> Any:
    """A decorator, bare or called, that changes nothing; `compile(model, mode="…")` gives the model."""
    if args and (callable(args[0]) or isinstance(args[0], (staticmethod, classmethod, property))):
        return args[0]
    return lambda function: function


def no(*args: Any, **kwargs: Any) -> bool:
    return False


class Context(NullContext):
    """no_grad, autocast and their like."""

    @classmethod
    def clone(cls) -> Context:
        return cls()


def zero(*args: Any, **kwargs: Any) -> int:
    return 0


def home() -> str:
    """Where downloads would lie; a path that nobody opens."""
    return "/torch"


def no_library(path: str) -> None:
    """torch.ops.load_library: source that can do without compiled operators expects this."""
    raise OSError(f"a trace loads no compiled code: {path}")


def repeated(count: int, name: str = "") -> Any:
    """torch.nn.modules.utils: one number for every dimension, or what is given for each."""
    return lambda given: tuple(given) if isinstance(given, Iterable) else (given,) * count


def one(*args: Any, **kwargs: Any) -> int:
    return 1


def custom_op(name: str, function: Any = None, **options: Any) -> Any:
    return identity if function is None else function


def register(name: Any, function: Any = None, **options: Any) -> Any:
    return identity if function is None else function


class Function:
    """torch.autograd.Function: apply runs forward. Where a class has `setup_context`, forward takes no context."""

    setup_context: Any = None

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        context = _FunctionContext(len(args))
        if cls.setup_context is None:
            return cls.forward(context, *args, **kwargs)  # type: ignore[attr-defined]
        output = cls.forward(*args, **kwargs)  # type: ignore[attr-defined]
        cls.setup_context(context, args, output)
        return output


class _FunctionContext:
    """What forward keeps for a backward pass that a trace does not have."""

    def __init__(self, count: int) -> None:
        self.needs_input_grad = (False,) * count
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        self.saved_tensors = tensors

    save_for_forward = mark_non_differentiable = mark_dirty = set_materialize_grads = nothing


def checkpoint(function: Any, *args: Any, use_reentrant: Any = None, **kwargs: Any) -> Any:
    """torch.utils.checkpoint.checkpoint: runs the function."""
    for option in ("context_fn", "determinism_check", "debug", "preserve_rng_state"):
        kwargs.pop(option, None)
    return function(*args, **kwargs)


_DEVICE = {
    "is_available": no,
    "device_count": zero,
    "is_initialized": no,
    "current_device": zero,
    "synchronize": nothing,
}
_DEVICE |= {"empty_cache": nothing, "manual_seed_all": nothing, "manual_seed": nothing, "is_bf16_supported": no}
_DEVICE |= {"is_current_stream_capturing": no, "get_device_capability": lambda *args: (0, 0)}
_COMPILE = {
    "is_compiling": no,
    "is_exporting": no,
    "is_dynamo_compiling": no,
    "disable": identity,
    "allow_in_graph": identity,
}
_COMPILE |= {"mark_static_address": nothing, "assume_constant_result": identity, "reset": nothing}

NAMES: dict[str, dict[str, Any]] = {
    "torch.__config__": {"show": str, "parallel_info": str},
    "torch.torch_version": {"TorchVersion": TorchVersion},
    "torch.version": {"__version__": VERSION, "cuda": None, "hip": None, "debug": False, "git_version": ""},
    "torch._C": {"_log_api_usage_once": nothing, "_get_tracing_state": nothing},
    "torch.cpu": _DEVICE | {"_is_avx2_supported": no, "_is_avx512_supported": no},
    "torch.cuda": _DEVICE,
    "torch.xpu": _DEVICE,
    "torch.mps": _DEVICE,
    "torch.npu": _DEVICE,
    "torch.backends.mps": {"is_available": no, "is_built": no},
    "torch.backends.cuda": {
        "is_built": no,
        "sdp_kernel": Context,
        "enable_flash_sdp": nothing,
        "enable_mem_efficient_sdp": nothing,
        "enable_math_sdp": nothing,
        "enable_cudnn_sdp": nothing,
    },
    "torch.backends.cudnn": {"flags": Context, "is_available": no, "enabled": False},
    "torch.accelerator": {"is_available": no, "current_accelerator": nothing, "device_count": zero},
    "torch.compiler": _COMPILE,
    "torch._dynamo": _COMPILE,
    "torch._dynamo._trace_wrapped_higher_order_op": {"TransformGetItemToIndex": Context},
    "torch.jit": {
        "is_tracing": no,
        "is_scripting": no,
        "script": identity,
        "ignore": identity,
        "unused": identity,
        "export": identity,
        "script_if_tracing": identity,
        "script_method": identity,
        "interface": identity,
        "Final": typing.Final,
    },
    "torch.distributed": {
        "is_available": no,
        "is_initialized": no,
        "get_rank": zero,
        "get_world_size": one,
        "is_torchelastic_launched": no,
    },
    "torch.autograd": {"Function": Function, "set_detect_anomaly": Context},
    "torch.autograd.function": {"Function": Function, "once_differentiable": identity},
    "torch.autograd.graph": {"save_on_cpu": Context},
    "torch.library": {
        "custom_op": custom_op,
        "register_fake": register,
        "register_autograd": nothing,
        "register_kernel": register,
        "impl": register,
        "triton_op": custom_op,
        "define": nothing,
    },
    "torch.amp": {"autocast": Context, "custom_fwd": identity, "custom_bwd": identity},
    "torch.amp.autocast_mode": {"autocast": Context},
    "torch.cuda.amp": {"autocast": Context, "custom_fwd": identity, "custom_bwd": identity},
    "torch.fx": {"wrap": lambda function: function},
    "torch.utils.checkpoint": {"checkpoint": checkpoint},
    "torch.profiler": {"record_function": Context, "profile": Context},
    "torch.autograd.profiler": {"record_function": Context},
    "torch.hub": {
        "get_dir": home,
        "_get_torch_home": home,
        "set_dir": nothing,
        "load_state_dict_from_url": reading("torch.hub.load_state_dict_from_url"),
    },
    "torch.nn.modules.utils": {
        "_ntuple": repeated,
        "_single": repeated(1),
        "_pair": repeated(2),
        "_triple": repeated(3),
        "_quadruple": repeated(4),
    },
    "torch.onnx": {"is_in_onnx_export": no},
    "torch.ops": {"load_library": no_library},
    "torch.overrides": {"has_torch_function": no, "is_tensor_like": no},
    "torch.serialization": {"add_safe_globals": nothing},
    "torch.random": {"fork_rng": Context, "manual_seed": nothing},
    "torch.types": {"Number": int},
    "torch.utils._pytree": pytree.NAMES | {"register_pytree_node": nothing, "_register_pytree_node": nothing},
}

#: Modules of the tracing torch itself.
PACKAGES = ("distributions", "functional", "fft", "linalg", "nn", "special")

#: Modules that must be attributes of torch without having been imported by name.
ATTRIBUTES = (
    "accelerator",
    "amp",
    "autograd",
    "backends",
    "compiler",
    "cpu",
    "cuda",
    "distributed",
    "fx",
    "hub",
    "jit",
    "library",
    "mps",
    "npu",
    "onnx",
    "ops",
    "profiler",
    "random",
    "utils",
    "version",
    "xpu",
    "_C",
    "__config__",
    "_dynamo",
)
