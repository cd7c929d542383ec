"""torch.nn.Module: a tree of modules (module_tree.py) that run, with hooks and the running module's path."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from papertrace import record
from papertrace.casts import asked_element
from papertrace.chance import require_no_training
from papertrace.places import boundaries
from torch.nn.modules.module_tree import ModuleTree


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` found to be wrong."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class _Handle:
    """What registering a hook gives: ``remove()`` takes it away."""

    def __init__(self, hooks: dict[int, Any], key: int) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        self._hooks.pop(self._key, None)

    def __enter__(self) -> _Handle:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()


class Module(ModuleTree):
    """Base of all modules. Traces are made for inference: ``training`` is False."""

    training = False
    dump_patches = False
    call_super_init = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        state = self.__dict__
        state["_forward_hooks"], state["_forward_pre_hooks"] = OrderedDict(), OrderedDict()
        state["training"] = False

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.extra_repr()})"

    # — running

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for hook, with_kwargs in list(self._forward_pre_hooks.values()):
            changed = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if changed is not None:
                if with_kwargs:
                    args, kwargs = changed
                else:
                    args = changed if isinstance(changed, tuple) else (changed,)
        repeats = record.trace.repeats
        return repeats.run(_run, self, args, kwargs) if repeats.concern(self) else _run(self, args, kwargs)

    _call_impl = __call__

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def _register(self, table: str, hook: Callable, with_kwargs: bool, first: bool) -> _Handle:
        hooks = self.__dict__[table]
        key = max(hooks, default=0) + 1
        hooks[key] = (hook, with_kwargs)
        if first:
            hooks.move_to_end(key, last=False)
        return _Handle(hooks, key)

    def register_forward_hook(
        self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> _Handle:
        return self._register("_forward_hooks", hook, with_kwargs, prepend)

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False) -> _Handle:
        return self._register("_forward_pre_hooks", hook, with_kwargs, prepend)

    def _register_nothing(self, *args: Any, **kwargs: Any) -> _Handle:
        return _Handle({}, 0)

    register_full_backward_hook = register_full_backward_pre_hook = register_backward_hook = _register_nothing
    register_state_dict_post_hook = register_state_dict_pre_hook = _register_state_dict_hook = _register_nothing
    register_load_state_dict_post_hook = register_load_state_dict_pre_hook = _register_nothing
    _register_load_state_dict_pre_hook = _register_nothing

    # — element types

    def _apply(self, fn: Callable, recurse: bool = True) -> Module:
        """Give parameters and buffers what ``fn`` makes of them."""
        for module in self.children() if recurse else ():
            if isinstance(module, Module):
                module._apply(fn)
        for parameter in self._parameters.values():
            changed = parameter if parameter is None else fn(parameter)
            if changed is not parameter:
                parameter.adopt_value(changed.value)
        for name, buffer in self._buffers.items():
            self._buffers[name] = buffer if buffer is None else fn(buffer)
        return self

    def to(
        self,
        *arguments: Any,
        device: Any = None,
        dtype: Any = None,
        non_blocking: bool = False,
        memory_format: Any = None,
    ) -> Module:
        element = asked_element(arguments, dtype)
        if element is None:
            return self
        if element.category < 2:
            message = "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype"
            raise TypeError(f"{message}={element}")
        return self._apply(lambda tensor: tensor.to(element) if tensor.dtype.category >= 2 else tensor)

    def type(self, dst_type: Any) -> Module:
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self) -> Module:
        return self._apply(lambda tensor: tensor.float() if tensor.is_floating_point() else tensor)

    def double(self) -> Module:
        return self._apply(lambda tensor: tensor.double() if tensor.is_floating_point() else tensor)

    def half(self) -> Module:
        return self._apply(lambda tensor: tensor.half() if tensor.is_floating_point() else tensor)

    def bfloat16(self) -> Module:
        return self._apply(lambda tensor: tensor.bfloat16() if tensor.is_floating_point() else tensor)

    # — what changes nothing in a trace

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """The checkpoint is bound to names after the model has been built: nothing is missing here."""
        return IncompatibleKeys([], [])

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        pass

    def _self(self, *args: Any, **kwargs: Any) -> Module:
        return self

    def train(self, mode: bool = True) -> Module:
        require_no_training(mode)
        if not mode:
            for module in self.modules():
                module.__dict__["training"] = False
        return self

    def eval(self) -> Module:
        return self.train(False)

    cpu = cuda = xpu = to_empty = share_memory = requires_grad_ = _self

    def zero_grad(self, set_to_none: bool = True) -> None:
        pass

    def compile(self, *args: Any, **kwargs: Any) -> None:
        pass

    def reset_parameters(self) -> None:
        pass

    def extra_repr(self) -> str:
        return ""

    def _get_name(self) -> str:
        return self.__class__.__name__


def _run(module: Module, args: tuple, kwargs: dict[str, Any]) -> Any:
    """What forward and the hooks after it give."""
    recorder = record.trace
    recorder.enter(module)
    try:
        result = module.forward(*args, **kwargs)
    except BaseException:
        recorder.abandon()
        raise
    for hook, with_kwargs in list(module._forward_hooks.values()):
        changed = hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)
        if changed is not None:
            result = changed
    recorder.leave(module, result)
    return result


boundaries.add(id(Module.__call__.__code__))
