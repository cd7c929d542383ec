"""Symbolic sizes: arithmetic that folds, decisions that leave a guard."""

import unittest

from papertrace.ranges import symbolic_range
from papertrace.symbolic import SymInt, describe, hint, same

from support import free, guards, record


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
            lambda: s / 2,
            lambda: s * 1.5,
            lambda: list(symbolic_range(s)),
        ):
            record.trace.size_guards.clear()
            use()
            self.assertEqual(guards(), [("eq", True)])

    def test_comparison_with_floats(self):
        self.assertTrue(self.s < 7.5)
        self.assertTrue(self.s > float("-inf"))
        self.assertEqual(guards(), [("le", True)])


if __name__ == "__main__":
    unittest.main()
