"""Type promotion and broadcasting."""

import unittest

from support import argument, free, guards, primitives, record, torch


class Promotion(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.floats = argument("x", 2, 3)
        self.integers = argument("i", 2, 3, dtype=torch.int64)

    def test_categories(self):
        half = argument("h", 2, 3, dtype=torch.float16)
        zero_d = argument("z", dtype=torch.float64)
        self.assertIs((self.integers + 1.5).dtype, torch.float32)
        self.assertIs((half + 1.5).dtype, torch.float16)
        self.assertIs((half + zero_d).dtype, torch.float16)
        self.assertIs((half + self.floats).dtype, torch.float32)
        self.assertIs((self.integers + zero_d).dtype, torch.float64)
        self.assertIs((self.integers.int() + 1).dtype, torch.int32)
        self.assertIs((self.integers / self.integers).dtype, torch.float32)
        self.assertIs((self.integers // 2).dtype, torch.int64)

    def test_booleans(self):
        mask = self.floats > 0
        self.assertIs(mask.dtype, torch.bool)
        self.assertIs((mask & 1).dtype, torch.int64)
        self.assertIs(mask.sum().dtype, torch.int64)
        self.assertIs(mask.cumsum(0).dtype, torch.int64)
        self.assertIs((mask * self.floats).dtype, torch.float32)
        self.assertIs((~mask).dtype, torch.bool)

    def test_casts_are_explicit(self):
        record.trace.operations.clear()
        self.integers + self.floats
        self.assertEqual(primitives(), ["cast", "add"])

    def test_none_is_unequal(self):
        self.assertFalse(self.floats == None)  # noqa: E711
        self.assertTrue(self.floats != None)  # noqa: E711

    def test_broadcasting(self):
        s = free("sequence", 7)
        x = argument("q", 2, 1, s, 4)
        self.assertEqual((x + argument("b", 3, 1, 4)).shape[1], 3)
        self.assertEqual(guards(), [])
        (argument("c", 7) + argument("d", s))
        self.assertEqual(guards(), [("eq", True)])
        with self.assertRaises(RuntimeError):
            argument("e", 5) + argument("f", s)

    def test_a_hint_of_one_is_not_one(self):
        one = free("batch", 1)
        self.assertIs((argument("g", one) + argument("h", one)).shape[0], one)
        self.assertEqual(guards(), [])


if __name__ == "__main__":
    unittest.main()
