"""Symbolic sizes: arithmetic that folds, decisions that leave a guard."""

import math
import unittest

from papertrace.ranges import symbolic_range
from papertrace.symbolic import SymInt, describe, hint, same

from support import argument, free, guards, primitives, record


class SymbolicSizes(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.s, self.p = free("sequence", 7), free("past", 5)

    def test_folds(self):
        s, p = self.s, self.p
        self.assertEqual(s - s, 0)
        self.assertNotIsInstance(s - s, SymInt)
        self.assertTrue(same(s * 64 // 64, s))
        self.assertTrue(same((s + p) - s, p))
        self.assertTrue(same((2 * s + 9) // 2, s + 4))
        self.assertEqual((4 * s + 3) % 4, 3)
        self.assertTrue(same(s * p, p * s))
        self.assertEqual(guards(), [])

    def test_quotients_are_atoms(self):
        blocks = (self.s + 3) // 4
        self.assertEqual(hint(blocks), 2)
        self.assertEqual(describe(blocks), "(sequence + 3) // 4")
        self.assertTrue(same(blocks, (3 + self.s) // 4))

    def test_structure_decides_without_guard(self):
        self.assertTrue(self.s == self.s)
        self.assertTrue(self.s + 1 > self.s)
        self.assertFalse(self.s * 2 == self.s + self.s + 1)
        self.assertEqual(guards(), [])

    def test_hint_decides_with_guard(self):
        self.assertTrue(self.s > 4)
        self.assertFalse(self.s == self.p)
        self.assertTrue(bool(self.s))
        self.assertEqual(guards(), [("gt", True), ("eq", False), ("ne", True)])

    def test_python_needs_the_number(self):
        s = self.s
        for use in (
            lambda: int(s),
            lambda: float(s),
            lambda: f"{s}",
            lambda: str(s),
            lambda: [0] * s,
            lambda: s**0.5,
            lambda: 0.1 * s,
            lambda: {7: 1}[s],
            lambda: list(range(9))[s],
            lambda: list(range(9))[:s],
            lambda: round(s / 2),
            lambda: list(symbolic_range(s)),
        ):
            record.trace.guards.sizes.clear()
            use()
            self.assertEqual(guards(), [("eq", True)])

    def test_comparison_with_floats(self):
        self.assertTrue(self.s < 7.5)
        self.assertTrue(self.s > float("-inf"))
        self.assertEqual(guards(), [("lt", True)])

    def test_quotients_stay_free(self):
        s = self.s
        self.assertEqual(describe(math.ceil(s / 3)), "(sequence + 2) // 3")
        self.assertEqual(describe(math.floor(0.5 * s + 1)), "sequence // 2 + 1")
        self.assertIsInstance(s / 2, float)
        self.assertEqual(guards(), [])
        self.assertEqual(primitives(), [])
        argument("x", s) / (s / 2)
        self.assertIn("size", primitives())
        self.assertEqual(guards(), [])

    def test_division_by_nothing(self):
        with self.assertRaises(ZeroDivisionError):
            self.s // (self.p - 5)
        self.assertEqual(guards(), [("ne", False)])

    def test_remainder_of_a_number(self):
        """5 % n is 5 only where n is greater."""
        self.assertEqual(describe(5 % self.s), "5 % sequence")


if __name__ == "__main__":
    unittest.main()
