"""Shapes and steps of layers, and the module tree."""

import unittest

from papertrace.serialise import serialise
from torch import nn
from torch.nn import functional as F

from support import argument, free, guards, primitives, record, torch


class Layers(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_convolution_and_pooling(self):
        x = argument("x", 2, 3, 33, 32)
        self.assertEqual(nn.Conv2d(3, 8, 3, stride=2, padding=1)(x).shape, (2, 8, 17, 16))
        self.assertEqual(nn.ConvTranspose2d(3, 4, 2, stride=2)(x).shape, (2, 4, 66, 64))
        self.assertEqual(F.max_pool2d(x, 3, 2, ceil_mode=True).shape, (2, 3, 16, 16))
        self.assertEqual(F.adaptive_avg_pool2d(x, (1, 4)).shape, (2, 3, 1, 4))
        self.assertEqual(F.interpolate(x, scale_factor=2, mode="bilinear").shape, (2, 3, 66, 64))
        self.assertEqual(nn.Conv1d(3, 6, 5, padding="same", groups=3)(argument("w", 3, 20)).shape, (6, 20))

    def test_smoothed_resizing_is_traced_again_for_each_size(self):
        x = argument("x", 2, 3, 8, free("width", 6))
        F.interpolate(x, size=(4, 3), mode="bilinear")
        self.assertEqual(guards(), [])
        F.interpolate(x, size=(4, 3), mode="bilinear", antialias=True)
        self.assertEqual(guards(), [("eq", False)])

    def test_attention_is_opened(self):
        s = free("sequence", 7)
        q, k = argument("q", 1, 4, s, 16), argument("k", 1, 2, s, 16)
        record.trace.operations.clear()
        F.scaled_dot_product_attention(q, k, k, is_causal=True, enable_gqa=True)
        steps = [step for step in primitives() if step in ("matmul", "mul", "where", "softmax", "trilu")]
        self.assertEqual(steps, ["matmul", "mul", "trilu", "where", "softmax", "matmul"])
        self.assertEqual(len({id(operation.call) for operation in record.trace.operations}), 1)

    def test_recurrent_and_multihead_layers(self):
        x = argument("x", 5, 2, 8)
        output, (hidden, cell) = nn.LSTM(8, 6, num_layers=2, bidirectional=True)(x)
        self.assertEqual([output.shape, hidden.shape, cell.shape], [(5, 2, 12), (4, 2, 6), (4, 2, 6)])
        output, weights = nn.MultiheadAttention(8, 2)(x, x, x)
        self.assertEqual([output.shape, weights.shape], [(5, 2, 8), (2, 5, 5)])

    def test_a_whole_transformer(self):
        model = nn.Transformer(16, 2, 1, 2, 32, batch_first=True)
        mask = nn.Transformer.generate_square_subsequent_mask(5)
        self.assertEqual(mask[1].tolist(), [0.0, 0.0] + [float("-inf")] * 3)
        y = model(argument("source", 2, 7, 16), argument("target", 2, 5, 16), tgt_mask=mask)
        self.assertEqual(y.shape, (2, 5, 16))
        names = [name for name, _ in model.named_parameters()]
        self.assertEqual([len(names), names[0]], [12 + 2 + 2 * 18 + 2, "encoder.layers.0.self_attn.in_proj_weight"])
        self.assertEqual(names[-1], "decoder.norm.bias")

    def test_einsum(self):
        x, y = argument("x", 2, 5, 3), argument("y", 2, 3, 4)
        self.assertEqual(torch.einsum("b...i,bij->b...j", x, y).shape, (2, 5, 4))
        self.assertEqual(torch.einsum("aki,aij->jk", x, y).shape, (4, 5))
        self.assertEqual(record.trace.operations[-1].attributes["equation"], "aki,aij->jk")

    def test_complex_numbers(self):
        x = torch.view_as_complex(argument("x", 2, 3, 2))
        self.assertEqual([x.shape, x.dtype, x.ndim], [(2, 3), torch.complex64, 2])
        turned = x * torch.polar(torch.ones(3), torch.zeros(3))
        self.assertEqual(torch.view_as_real(turned).shape, (2, 3, 2))
        self.assertEqual(x.abs().dtype, torch.float32)
        self.assertEqual(torch.fft.rfft(argument("s", 4, 10)).shape, (4, 6))


class ModuleTree(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_names(self):
        model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.ModuleDict({"a": nn.PReLU()}))
        self.assertEqual(
            [name for name, _ in model.named_parameters()],
            ["0.weight", "0.bias", "1.weight", "1.bias", "2.a.weight"],
        )
        self.assertEqual(list(model.state_dict())[4:7], ["1.running_mean", "1.running_var", "1.num_batches_tracked"])
        self.assertEqual(list(dict(model[1:].named_children())), ["1", "2"])
        layers = nn.ModuleList(nn.Identity() for _ in range(4))
        self.assertEqual([name for name, _ in layers[2:].named_children()], ["0", "1"])

    def test_lists_of_parameters_hold_lists(self):
        scales = nn.ParameterList([torch.ones(2)])
        scales.append(nn.ParameterList([nn.Parameter(torch.ones(3))]))
        self.assertEqual([name for name, _ in scales.named_parameters()], ["0", "1.0"])
        self.assertEqual(([tuple(item.shape) for item in scales[1]], len(scales)), ([(3,)], 2))
        self.assertEqual(scales[-1][0].shape, (3,))

    def test_tied_parameters_are_listed_once(self):
        model = nn.Module()
        model.embedding, model.head = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        model.head.weight = model.embedding.weight
        self.assertEqual([name for name, _ in model.named_parameters()], ["embedding.weight"])
        rows = (record.trace.adopt(model), serialise(record.trace, [], "M"))[1]["parameters"]
        self.assertEqual([(row["name"], row["aliases"]) for row in rows], [("embedding.weight", ["head.weight"])])

    def test_weight_norm(self):
        layer = nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 4, 3), dim=2)
        names = dict(layer.named_parameters())
        self.assertEqual(names["parametrizations.weight.original0"].shape, (1, 1, 3))
        self.assertEqual(layer(argument("x", 1, 2, 9)).shape, (1, 4, 7))

    def test_hooks(self):
        layer = nn.Identity()
        handle = layer.register_forward_hook(lambda module, args, output: output + 1)
        x = argument("x", 2)
        self.assertIsNot(layer(x), x)
        handle.remove()
        self.assertIs(layer(x), x)


if __name__ == "__main__":
    unittest.main()
