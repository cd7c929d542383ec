"""How tensors lie in memory: strides that PyTorch 2.13 gives for a float32 x of 4 × 5 × 6, of which the first two are free."""

import unittest

from papertrace.errors import Unsupported
from papertrace.strides import layout_of

from support import argument, free, record, torch

FULL = (30, 6, 1)
SWAPPED = (30, 1, 6)

STRIDES = {
    "x + 1": FULL,
    "x.transpose(1, 2)": SWAPPED,
    "x.transpose(1, 2) * 2 + 1": SWAPPED,
    "x.transpose(1, 2).clone()": SWAPPED,
    "x.transpose(1, 2).clone(memory_format=torch.contiguous_format)": (30, 5, 1),
    "x.transpose(1, 2).contiguous()": (30, 5, 1),
    "x.transpose(1, 2).clone() + 1": SWAPPED,
    "torch.zeros_like(x.transpose(1, 2))": SWAPPED,
    "F.gelu(x.permute(2, 0, 1))": (1, 30, 6),
    "x.permute(2, 0, 1) + torch.zeros(4, 5)": (1, 30, 6),
    "torch.zeros(6, 4, 5) + x.permute(2, 0, 1)": (20, 5, 1),
    "x[:, 1:].exp()": (24, 6, 1),
    "x[..., ::2]": (30, 6, 2),
    "x[..., ::2].clone()": (15, 3, 1),
    "x.unsqueeze(-1).expand(4, 5, 6, 3).double()": (90, 18, 3, 1),
    "x.unsqueeze(-1).expand(4, 5, 6, 3)": (30, 6, 1, 0),
    "F.softmax(x.transpose(1, 2), -1)": (30, 5, 1),
    "x @ torch.ones(6, 3)": (15, 3, 1),
    "F.layer_norm(x, (6,)).mT": SWAPPED,
    "x.split(2, -1)[1]": FULL,
}

UNKNOWN = ("x.transpose(1, 2).sum(0)", "F.logsigmoid(x)")


class Strides(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.x = argument("x", free("batch", 4), free("sequence", 5), 6)

    def made(self, expression: str) -> torch.Tensor:
        return eval(expression, {"x": self.x, "torch": torch, "F": torch.nn.functional})

    def test_results_lie_as_torch_lays_them(self):
        for expression, strides in STRIDES.items():
            with self.subTest(expression):
                self.assertEqual(layout_of(self.made(expression)), strides)

    def test_what_is_not_settled_is_not_known(self):
        for expression in UNKNOWN:
            with self.subTest(expression):
                self.assertIsNone(layout_of(self.made(expression)))

    def test_a_source_can_ask(self):
        swapped = self.x.transpose(1, 2)
        self.assertTrue(self.x.is_contiguous())
        self.assertFalse(swapped.is_contiguous())
        self.assertEqual([int(step) for step in swapped.stride()], [30, 1, 6])
        self.assertEqual(int(self.x.stride(0)), 30)
        self.assertEqual(swapped.storage_offset(), 0)
        with self.assertRaisesRegex(Unsupported, "slice begins"):
            self.x[:, 1:].storage_offset()

    def test_other_strides_are_read_from_memory(self):
        x = torch.arange(6).reshape(2, 3)
        self.assertEqual(x.t().as_strided((2, 3), (3, 1)).tolist(), [[0, 1, 2], [3, 4, 5]])
        self.assertEqual(x.as_strided((2, 2), (1, 2), 1).tolist(), [[1, 3], [2, 4]])
        with self.assertRaisesRegex(Unsupported, "does not fill"):
            x[:, ::2].as_strided((2,), (1,))


if __name__ == "__main__":
    unittest.main()
