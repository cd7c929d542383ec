"""No argument is left out in silence: a function heeds each of its parameters, or it is known to change no number."""

import dis
import importlib
import inspect
import pkgutil
import sys
import types
import unittest
from collections.abc import Callable, Iterator

from support import argument, primitives, record, torch

from papertrace.declare import declared_labels, functions_of
from papertrace.errors import Unsupported
from torch import nn

for _module in pkgutil.walk_packages(torch.__path__, "torch."):
    importlib.import_module(_module.name)

#: Parameters that change no number in any function, by why.
WITHOUT_EFFECT = {
    "a tensor lies in one place": "device layout memory_format non_blocking",
    "no gradients are made": "keep_vars masked_grad requires_grad scale_grad_by_freq set_to_none sparse sparse_grad",
    "a trace is made for inference": "dropout_p momentum train training",
    "it chooses how something is computed, not what": "assume_unique compute_mode cudnn_enable cudnn_enabled kernel_options",
    "it asks for errors, or says where they point": "_stacklevel check_errors strict unsafe validate_args",
}

_RANDOM = "bernoulli cauchy exponential geometric log_normal normal random trunc_normal uniform".split()
_DROPOUT = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")

#: Parameters of single functions (by the end of their path) that change no number there, by why.
OF_FUNCTIONS = {
    "nothing is dropped in inference, so that the input is given back": [
        *(f"{name}.{parameter}" for name in _DROPOUT for parameter in ("p", "inplace")),
        *("torch.dropout.p", "torch.feature_dropout.p"),
    ],
    "the numbers are of chance": [
        *("bernoulli.p", "multinomial.replacement", "randint.low", "randint.high"),
        *(f"Tensor.{name}_.{many}" for name in _RANDOM for many in ("arguments", "options")),
        *("init._leave.arguments", "init._leave.options"),
    ],
    "nobody has written the contents": ["empty_strided.stride"],
    "torch promises no order": ["topk.sorted", "unique.sorted"],
    "equal numbers keep their order anyway": ["sort.stable", "argsort.stable"],
    "it tells a size that is known": ["repeat_interleave.output_size"],
    "it concerns gradients": [
        *("functional.embedding.padding_idx", "torch.embedding.padding_idx", "register_hook.hook"),
        *(f"clip_grad_norm_.{name}" for name in ("parameters", "max_norm", "args", "kwargs")),
    ],
    "it belongs to max_norm, which is refused": ["embedding.norm_type", "embedding_bag.norm_type"],
    "zeros are stored like other numbers": [
        f"{name}.{parameter}"
        for name in ("to_sparse", "to_sparse_coo")
        for parameter in ("sparse_dim", "blocksize", "dense_dim")
    ],
    "torch itself does nothing with it": [
        *("gumbel_softmax.eps", "Identity.__init__.args", "Identity.__init__.kwargs", "numpy.force"),
        *("get_autocast_dtype.device_type", "is_storage.obj", "__class_getitem__.item", "__exit__.exception"),
    ],
    "places are given in any case": [f"max_pool{rank}d_with_indices.return_indices" for rank in (1, 2, 3)],
    "the mask itself is applied": ["TransformerEncoder.__init__.mask_check"],
    "torch's faster path leaves what is padded out; what is seen is the same": [
        "TransformerEncoder.__init__.enable_nested_tensor"
    ],
    "the checkpoint is bound by name, whatever a module is told to load": [
        *("load_state_dict.state_dict", "load_state_dict.assign"),
        *("_load_from_state_dict.args", "_load_from_state_dict.kwargs"),
    ],
    "hooks of what a trace does not do": [
        *("register_forward_hook.always_call", "_register_nothing.args", "_register_nothing.kwargs"),
    ],
    "a module is in one place, compiled or not": [
        f"{name}.{many}" for name in ("_self", "compile") for many in ("args", "kwargs")
    ],
    "the class that it is called on has the parameters": [
        *(f"Module.__init__.{many}" for many in ("args", "kwargs")),
        *(f"Tensor.__init__.{many}" for many in ("args", "options")),
    ],
    "the weight is computed as before": [
        *("remove_weight_norm.name", "remove_parametrizations.tensor_name"),
        "remove_parametrizations.leave_parametrized",
    ],
    "shapes are not asked for": ["ParametrizationList.__init__.unsafe"],
    "statistics are those of the checkpoint": ["convert_sync_batchnorm.process_group"],
    "one of the functions that a cell may have": ["_tanh.state", "_relu.state"],
    "a source asks for none": ["set_default_device.device"],
}

KNOWN = {name for names in WITHOUT_EFFECT.values() for name in names.split()}
KNOWN_THERE = tuple(f".{path}" for paths in OF_FUNCTIONS.values() for path in paths)


def unheeded(function: Callable) -> list[str]:
    """The parameters that the code of a function never reads, nor what it is wrapped in; none of one that only raises."""
    handled: set[object] = set()
    while hasattr(function, "__wrapped__"):
        handled |= set(function.__code__.co_consts)
        function = function.__wrapped__
    code = function.__code__
    read, returns = {*code.co_cellvars, *handled}, False
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("LOAD_FAST") or instruction.opname.startswith("STORE_FAST_LOAD"):
            named = instruction.argval
            read |= set(named) if isinstance(named, tuple) else {named}
        returns |= instruction.opname.startswith("RETURN_") and instruction.opname != "RETURN_GENERATOR"
    return [name for name in parameters_of(code) if name not in read and name not in ("self", "cls")] if returns else []


def parameters_of(code: types.CodeType) -> tuple[str, ...]:
    many = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + many]


def functions() -> Iterator[tuple[str, Callable]]:
    """Every function of the tracing torch by its path: what is declared, and what its modules and their classes define."""
    for label in sorted(declared_labels()):
        namespace, _, name = label.rpartition(".")
        yield label, functions_of(namespace)[name]
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] != "torch":
            continue
        for item in vars(module).values():
            if inspect.isfunction(item) and item.__module__ == name:
                yield f"{name}.{item.__name__}", item
            if inspect.isclass(item) and item.__module__.partition(".")[0] == "torch":
                for method in vars(item).values():
                    method = getattr(method, "__func__", method)
                    if inspect.isfunction(method):
                        yield f"{item.__module__}.{item.__qualname__}.{method.__name__}", method


class Arguments(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_every_parameter_is_heeded_or_known_to_change_nothing(self):
        paths = {f"{path}.{name}" for path, function in functions() for name in unheeded(function)}
        unknown = [path for path in paths if path.rpartition(".")[2] not in KNOWN]
        self.assertEqual(sorted(path for path in unknown if not f".{path}".endswith(KNOWN_THERE)), [])

    def test_what_is_left_out_is_found(self):
        def left_out(input, alpha, *, beta=1, **options):
            return input

        def refused(input, alpha):
            raise Unsupported("{0}", input)

        self.assertEqual(unheeded(left_out), ["alpha", "beta", "options"])
        self.assertEqual(unheeded(lambda input, alpha: [each + alpha for each in input]), [])
        self.assertEqual(unheeded(refused), [])

    def test_a_keyword_that_a_function_does_not_know_is_refused(self):
        x = argument("x", 2, 3)
        for label in sorted(declared_labels()):
            namespace, _, name = label.rpartition(".")
            function = functions_of(namespace)[name]
            code = inspect.unwrap(function).__code__
            if not code.co_flags & inspect.CO_VARKEYWORDS or f"{label}.options" in sum(OF_FUNCTIONS.values(), []):
                continue
            made = namespace == "torch" and name in ("empty", "ones", "rand", "randn", "zeros")
            with self.subTest(label), self.assertRaisesRegex(TypeError, "unknown_one"):
                function(2 if made else x, unknown_one=1)

    def test_where_a_tensor_lies_may_be_said_and_nothing_else(self):
        placed = {"device": "cpu", "requires_grad": False, "pin_memory": False}
        self.assertEqual(torch.zeros(2, 3, **placed).shape, (2, 3))
        self.assertEqual(torch.arange(end=5, start=1, step=2, **placed).shape, (2,))
        self.assertEqual(torch.full((2,), 1.5, dtype=torch.float64, **placed).dtype, torch.float64)
        self.assertEqual(torch.fft.fftfreq(4, dtype=torch.float64).dtype, torch.float64)
        for make in (torch.ones, torch.arange, torch.tensor, torch.eye, torch.hann_window):
            with self.subTest(make.__name__), self.assertRaisesRegex(TypeError, "unknown_one"):
                make(2, unknown_one=1)

    def test_what_is_not_computed_is_refused(self):
        x = argument("x", 4, 4)
        for call, text in (
            (lambda: torch.lu(x, pivot=False), "pivot is not supported as False: it has to be True"),
            (lambda: torch.lu(x, get_infos=True), "get_infos is not supported as True: it has to be False"),
            (lambda: torch.linalg.lstsq(x, x, rcond=0.1), "rcond is not supported as 0.1: it has to be None"),
            (lambda: torch.linalg.lstsq(x, x, driver="gels"), "driver is not supported as 'gels'"),
            (lambda: torch.segment_reduce(x, "sum", indices=x), "indices is not supported as Tensor"),
            (lambda: torch.stft(x, 4, return_complex=True, align_to_window=True), "align_to_window is not supported"),
            (lambda: nn.Embedding.from_pretrained(x, max_norm=1.0)(torch.tensor([1])), "max_norm is not supported"),
        ):
            with self.subTest(text), self.assertRaisesRegex(Unsupported, text):
                call()

    def test_a_layer_takes_its_arguments_in_torchs_order(self):
        x = argument("x", 1, 2, 8)
        for layer, input, step in (
            (nn.RNN(8, 4, 1, "relu", False), x, "relu"),
            (nn.RNN(8, 4, nonlinearity="relu"), x, "relu"),
            (nn.RNN(8, 4, 1), x, "tanh"),
            (nn.RNNCell(8, 4, False, "relu"), x[0], "relu"),
            (nn.RNNCell(8, 4), x[0], "tanh"),
        ):
            record.trace.operations.clear()
            layer(input)
            self.assertEqual({step, "tanh", "relu"} & set(primitives()), {step})
        for refused in (lambda: nn.RNN(8, 4, 1, "gelu"), lambda: nn.RNNCell(8, 4, nonlinearity="gelu")):
            self.assertRaisesRegex(ValueError, "Unknown nonlinearity 'gelu'", refused)
        self.assertEqual(set(nn.RNN(8, 4, 1, "tanh", False).state_dict()), {"weight_ih_l0", "weight_hh_l0"})
        for layer in (nn.GroupNorm(2, 8, bias=False), nn.InstanceNorm1d(8, affine=True, bias=False)):
            self.assertEqual(set(layer.state_dict()), {"weight"})

    def test_a_module_is_converted_with_all_that_it_holds(self):
        def types(module):
            return {name: tensor.dtype for name, tensor in module.state_dict().items()}

        whole = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
        for convert, element in (
            (nn.Module.half, torch.float16),
            (lambda module: module.to("cpu", torch.float64), torch.float64),
            (lambda module: module.to(torch.zeros(1, dtype=torch.bfloat16)), torch.bfloat16),
            (lambda module: module._apply(lambda tensor: tensor.float()), torch.float32),
            (lambda module: module.type(torch.float64), torch.float64),
        ):
            weight = whole[0].weight
            self.assertIs(convert(whole), whole)
            self.assertIs(whole[0].weight, weight)
            self.assertEqual({types(whole)[name] for name in ("0.weight", "0.bias", "1.running_var")}, {element})
            if convert is nn.Module.half:
                self.assertIs(types(whole)["1.num_batches_tracked"], torch.int64)
        record.trace.operations.clear()
        self.assertIs(whole.to("cuda").double(), whole)
        self.assertEqual(primitives(), [])
        self.assertRaisesRegex(TypeError, "desired dtype=torch.int32", lambda: whole.to(torch.int32))

    def test_a_result_is_written_to_the_tensor_that_is_given_for_it(self):
        x = argument("x", 2, 3)
        given = torch.empty(2, 3, dtype=torch.float64)
        self.assertIs(torch.mul(x, 2, out=given), given)
        self.assertEqual((given.dtype, given.value.operation.primitive), (torch.float64, "cast"))
        values, places = torch.empty(0), torch.empty(0, dtype=torch.int64)
        torch.max(x, 1, out=(values, places))
        self.assertEqual((values.shape, places.shape), ((2,), (2,)))

        def scored(score, *positions):
            # Inside of another function of torch too.
            return torch.add(score, 1, out=torch.empty_like(score))

        query = argument("q", 1, 1, 2, 4)
        record.trace.operations.clear()
        nn.attention.flex_attention.flex_attention(query, query, query, score_mod=scored)
        self.assertIn("add", [operation.primitive for operation in record.trace.operations])


if __name__ == "__main__":
    unittest.main()
