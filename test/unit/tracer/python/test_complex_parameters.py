"""Complex parameters: leaves of a trace that hold both parts in a last dimension, as a checkpoint does."""

import unittest

from support import argument, record, torch

from papertrace.checkpoint import fit
from papertrace.leaves import bind_parameters


class Spectral(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.rand(3, 4, dtype=torch.cfloat) / 3)

    def forward(self, x):
        return torch.fft.irfft(torch.fft.rfft(x) @ self.weight, n=6)


class ComplexParameters(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.model = Spectral()

    def test_are_leaves_of_both_parts(self):
        bind_parameters(self.model, ["weight"])
        weight = self.model.weight
        self.assertEqual((weight.value.leaf, weight.value.shape), (("parameter", "weight"), (3, 4, 2)))
        self.assertEqual((tuple(weight.shape), weight.dtype), ((3, 4), torch.complex64))
        self.assertEqual(tuple(self.model(argument("x", 2, 5, 4)).shape), (2, 5, 6))

    def test_fit_a_checkpoint_that_holds_their_parts(self):
        fitted = fit(self.model, {"weight": [3, 4, 2]})
        self.assertEqual((fitted["mismatched"], fitted["missing"]), ([], []))
        self.assertEqual(list(fitted["tensors"]), ["weight"])


if __name__ == "__main__":
    unittest.main()
