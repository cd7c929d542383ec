"""Recurrent layers."""

from __future__ import annotations

from typing import Any

from papertrace import symbolic
from papertrace.creation import filled
from papertrace.join import cat, stack
from papertrace.loops import loop
from papertrace.ranges import symbolic_range
from torch.nn import functional as F
from torch.nn.modules.linear import empty_parameter
from torch.nn.modules.module import Module


def _lstm(x: Any, state: tuple, gates_of_state: Any) -> tuple:
    """Hochreiter & Schmidhuber (1997), with the gates in torch's order: input, forget, cell, output."""
    i, f, g, o = (x + gates_of_state).chunk(4, -1)
    cell = f.sigmoid() * state[1] + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def _gru(x: Any, state: tuple, gates_of_state: Any) -> tuple:
    """Cho et al. (2014), with the gates in torch's order: reset, update, new."""
    (xr, xz, xn), (hr, hz, hn) = x.chunk(3, -1), gates_of_state.chunk(3, -1)
    reset, update = (xr + hr).sigmoid(), (xz + hz).sigmoid()
    new = (xn + reset * hn).tanh()
    return ((1 - update) * new + update * state[0],)


def _tanh(x: Any, state: tuple, gates_of_state: Any) -> tuple:
    return ((x + gates_of_state).tanh(),)


def _relu(x: Any, state: tuple, gates_of_state: Any) -> tuple:
    return ((x + gates_of_state).relu(),)


class RNNBase(Module):
    """``num_layers`` layers, each in one or two directions."""

    gates = 1
    states = 1
    cell = staticmethod(_tanh)

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers, self.bias = input_size, hidden_size, num_layers, bias
        self.batch_first, self.dropout, self.bidirectional, self.proj_size = (
            batch_first,
            dropout,
            bidirectional,
            proj_size,
        )
        directions = 2 if bidirectional else 1
        out = proj_size or hidden_size
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[:directions]:
                width = input_size if layer == 0 else out * directions
                end = f"_l{layer}{suffix}"
                rows = self.gates * hidden_size
                setattr(self, f"weight_ih{end}", empty_parameter(rows, width, dtype=dtype))
                setattr(self, f"weight_hh{end}", empty_parameter(rows, out, dtype=dtype))
                if bias:
                    setattr(self, f"bias_ih{end}", empty_parameter(rows, dtype=dtype))
                    setattr(self, f"bias_hh{end}", empty_parameter(rows, dtype=dtype))
                if proj_size:
                    setattr(self, f"weight_hr{end}", empty_parameter(proj_size, hidden_size, dtype=dtype))

    def flatten_parameters(self) -> None:
        pass

    def _run(self, x: Any, state: list, end: str, backwards: bool) -> tuple[Any, list]:
        bias_ih, bias_hh = (getattr(self, f"bias_{name}{end}", None) for name in ("ih", "hh"))
        gates = F.linear(x, getattr(self, f"weight_ih{end}"), bias_ih)
        recurrent, projection = getattr(self, f"weight_hh{end}"), getattr(self, f"weight_hr{end}", None)
        steps = symbolic_range(x.shape[0])
        results: list[Any] = []
        for step in loop(reversed(steps) if backwards else steps, (type(self).__name__, end)):
            state = list(self.cell(gates[step], tuple(state), F.linear(state[0], recurrent, bias_hh)))
            if projection is not None:
                state[0] = F.linear(state[0], projection)
            results.append(state[0])
        return stack(results[::-1] if backwards else results, 0), state

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if not symbolic.decide("eq", input.shape[-1], self.input_size):
            sizes = f"Expected {self.input_size}, got {symbolic.shown(input.shape[-1])}"
            raise RuntimeError(f"input.size(-1) must be equal to input_size. {sizes}")
        single = input.ndim == 2
        x = input.unsqueeze(1) if single else (input.transpose(0, 1) if self.batch_first else input)
        directions = 2 if self.bidirectional else 1
        out = self.proj_size or self.hidden_size
        widths = (out, self.hidden_size)[: self.states]
        if hx is None:
            count = self.num_layers * directions
            initial = [filled((count, x.shape[1], width), 0, x.dtype) for width in widths]
        else:
            initial = [item.unsqueeze(1) if single else item for item in (hx if self.states == 2 else (hx,))]
        finals: list[list[Any]] = [[] for _ in widths]
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                index = layer * directions + direction
                end = f"_l{layer}{'_reverse' if direction else ''}"
                result, state = self._run(x, [item[index] for item in initial], end, bool(direction))
                outputs.append(result)
                for final, item in zip(finals, state):
                    final.append(item)
            x = outputs[0] if directions == 1 else cat(outputs, -1)
        last = [stack(items, 0) for items in finals]
        if single:
            x, last = x.squeeze(1), [item.squeeze(1) for item in last]
        elif self.batch_first:
            x = x.transpose(0, 1)
        return x, (tuple(last) if self.states == 2 else last[0])


class LSTM(RNNBase):
    gates = 4
    states = 2
    cell = staticmethod(_lstm)


class GRU(RNNBase):
    gates = 3
    cell = staticmethod(_gru)


_NONLINEARITIES = {"tanh": _tanh, "relu": _relu}


def _cell_of(nonlinearity: str) -> Any:
    if nonlinearity not in _NONLINEARITIES:
        raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
    return _NONLINEARITIES[nonlinearity]


class RNN(RNNBase):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # By position the nonlinearity comes fourth, which the other layers do not have.
        given = {"nonlinearity": args[3]} if len(args) > 3 else {}
        self.nonlinearity = (given or kwargs).pop("nonlinearity", "tanh")
        super().__init__(*args[:3], *args[4:], **kwargs)
        self.cell = _cell_of(self.nonlinearity)


class _Cell(Module):
    gates = 1
    cell = staticmethod(_tanh)

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        rows = self.gates * hidden_size
        self.weight_ih = empty_parameter(rows, input_size, dtype=dtype)
        self.weight_hh = empty_parameter(rows, hidden_size, dtype=dtype)
        self.register_parameter("bias_ih", empty_parameter(rows, dtype=dtype) if bias else None)
        self.register_parameter("bias_hh", empty_parameter(rows, dtype=dtype) if bias else None)

    def _next(self, input: Any, state: tuple) -> tuple:
        gates = F.linear(input, self.weight_ih, self.bias_ih)
        return self.cell(gates, state, F.linear(state[0], self.weight_hh, self.bias_hh))

    def _zero(self, input: Any) -> Any:
        return filled((*input.shape[:-1], self.hidden_size), 0, input.dtype)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._next(input, (self._zero(input) if hx is None else hx,))[0]


class RNNCell(_Cell):
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity
        self.cell = _cell_of(nonlinearity)


class GRUCell(_Cell):
    gates = 3
    cell = staticmethod(_gru)


class LSTMCell(_Cell):
    gates = 4
    cell = staticmethod(_lstm)

    def forward(self, input: Any, hx: Any = None) -> Any:
        return self._next(input, (self._zero(input),) * 2 if hx is None else hx)
