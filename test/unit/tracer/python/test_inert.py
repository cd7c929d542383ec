"""Names that the tracing torch lacks: harmless while source loads, refused by name where they would compute."""

import unittest

from papertrace.errors import Unsupported
from papertrace.phases import during

from support import argument, record, torch


class Inert(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_what_source_registers_does_not_keep_it_from_loading(self):
        @torch.onnx.symbolic_helper.parse_args("v", "v", "f")
        def symbolic(graph, boxes, threshold):
            return graph

        self.assertEqual(symbolic(1, 2, 3), 1)
        keys = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastCPU) | torch._C.DispatchKeySet("other")
        self.assertFalse(keys)

    def test_is_refused_by_name_afterwards(self):
        table = torch.some_table(3)
        with during("forward"):
            for compute in (lambda: torch.some_table(3), lambda: table + 1, lambda: 2 * table, lambda: list(table)):
                with self.assertRaises(Unsupported) as caught:
                    compute()
                self.assertRegex(caught.exception.operation, r"^torch\.some_table")

    def test_as_a_base_it_makes_no_object_alone(self):
        class Tracer(torch.fx.Tracer):
            def __init__(self, **options):
                super().__init__(**options)

        class Both(torch.some.Mixin, torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = torch.nn.Linear(2, 2)

        with during("build"):
            with self.assertRaises(Unsupported) as caught:
                Tracer(autowrap_modules=())
            self.assertEqual(caught.exception.operation, "torch.fx.Tracer")
            self.assertEqual(len(list(Both().parameters())), 2)

    def test_what_is_compiled_is_what_it_was(self):
        layer = torch.nn.Linear(2, 2)
        for given in (layer, layer.forward, torch.nn.functional.relu):
            self.assertIs(torch.compile(given), given)
            self.assertIs(torch.compile(given, mode="max-autotune", dynamic=False), given)
            self.assertIs(torch.jit.script(given), given)
            self.assertIs(torch.compile(dynamic=True)(given), given)

    def test_compiled_operators_are_not_there(self):
        with self.assertRaises(OSError):
            torch.ops.load_library("/site/_C.so")

    def test_layers_are_found_under_any_file_of_torch(self):
        from torch.nn.modules.instancenorm import InstanceNorm2d
        from torch.nn.modules.pooling import MaxPool2d
        from torch.nn.modules.utils import _ntuple, _pair

        self.assertIs(InstanceNorm2d, torch.nn.InstanceNorm2d)
        self.assertIs(MaxPool2d, torch.nn.MaxPool2d)
        self.assertEqual([_pair(3), _pair([1, 2]), _ntuple(4)(0)], [(3, 3), (1, 2), (0, 0, 0, 0)])

    def test_functions_with_a_backward_pass_run_forward(self):
        class Double(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, scale):
                ctx.save_for_backward(x)
                return x * scale if not any(ctx.needs_input_grad) and len(ctx.saved_tensors) == 1 else None

        class Halve(torch.autograd.Function):
            @staticmethod
            def forward(x):
                return x / 2

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.shape = output.shape

        x = argument("x", 2, 3)
        self.assertEqual(Double.apply(x, 2).shape, (2, 3))
        self.assertEqual(Halve.apply(x).shape, (2, 3))


if __name__ == "__main__":
    unittest.main()
