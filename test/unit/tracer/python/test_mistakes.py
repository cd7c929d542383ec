import json
import re
import sys
import types
import unittest
from pathlib import Path

from support import argument, free

import torch
from papertrace import record
from papertrace.dtypes import int64
from papertrace.phases import during

FIXTURES = Path(__file__).resolve().parents[4] / "test" / "fixtures" / "tracer"
sys.path.insert(0, str(FIXTURES))

import mistakes  # noqa: E402

RAISED = json.loads((FIXTURES / "mistakes.json").read_text())

#: Words of the tracer's own workings, which say nothing to a reader.
INNER = re.compile(r"__index__|<locals>|has no attribute 'ndim'|tuple index|not in tuple|papertrace")


def made(name: str) -> Exception | None:
    """What the tracing torch raises for a case."""
    recorder = record.reset()
    module = types.ModuleType("case")
    exec(mistakes.text_of(name), vars(module))
    try:
        with during("build"):
            model = module.Case(types.SimpleNamespace()).eval()
        recorder.adopt(model)
        batch, sequence = free("batch_size", 2), free("sequence", 5)
        with during("forward"):
            model(argument("x", batch, sequence, 8), argument("ids", batch, sequence, dtype=int64))
    except Exception as error:
        return error
    return None


class Mistakes(unittest.TestCase):
    def test_what_pytorch_refuses_is_refused_with_the_same_exception(self) -> None:
        for name in mistakes.CASES:
            with self.subTest(name):
                error = made(name)
                self.assertIsNotNone(error)
                self.assertEqual(type(error).__name__, RAISED[name][0], str(error))

    def test_a_message_speaks_of_the_source_alone(self) -> None:
        for name in mistakes.CASES:
            with self.subTest(name):
                error = made(name)
                self.assertNotRegex(str(error), INNER)
                self.assertGreater(len(str(error)), 2)

    def test_what_a_torch_call_raises_names_the_call_with_its_shapes(self) -> None:
        expected = {
            "matmul inner": "float32[batch_size=2, sequence=5, 8] @ float32[7, 3]",
            "add broadcast": "float32[batch_size=2, sequence=5, 8] + float32[7]",
            "F.linear bias": (
                "torch.nn.functional.linear(float32[batch_size=2, sequence=5, 8], float32[3, 8], float32[4])"
            ),
            "cat sizes": "torch.cat([float32[batch_size=2, sequence=5, 8], float32[2, 4, 7]], dim=1)",
            "view elements": "Tensor.view(float32[batch_size=2, sequence=5, 8], 2, 5, 3, 3)",
            "index out of range": "float32[batch_size=2, sequence=5, 8][:, 7]",
            "dropout above": "torch.nn.functional.dropout(float32[batch_size=2, sequence=5, 8], 1.5)",
            "neg bool": "-bool[batch_size=2, sequence=5, 8]",
        }
        for name, call in expected.items():
            self.assertEqual(getattr(made(name), "torch_call", None), call)

    def test_what_pytorch_views_is_viewed(self) -> None:
        for text in (
            "x.transpose(1, 2).contiguous().view(2, 40)",
            "x.transpose(1, 2).reshape(2, 40)",
            "x.transpose(1, 2).view(2, 2, 4, 5)",
            "x.view(2, 5, 2, 4).transpose(1, 2).contiguous().view(2, 2, 20)",
            "F.scaled_dot_product_attention(*[x.view(2, 5, 2, 4).transpose(1, 2)] * 3).transpose(1, 2).view(2, 5, 8)",
            "torch.cat([x.transpose(1, 2)], 0).view(80)",
            "x.transpose(1, 2).clone(memory_format=torch.contiguous_format).view(80)",
            "(x.transpose(1, 2) @ torch.zeros(5, 3)).view(48)",
            "x[:, :, 2:].reshape(2, 30)",
            "x[:, 1:3].view(2, 16)",
            "x[1:].view(40)",
            "x.unsqueeze(1).expand(2, 1, 5, 8).view(10, 8)",
            "x[:, :1].expand(2, 5, 8).view(2, 5, 2, 4)",
        ):
            record.reset()
            x = argument("x", 2, 5, 8)
            self.assertIsNotNone(eval(text, {"x": x, "torch": torch, "F": torch.nn.functional}), text)

    def test_nothing_is_left_open_by_a_refusal(self) -> None:
        made("matmul inner")
        self.assertIsNone(record.trace.call)
