"""Loops over a free size: what is known of a step, and which iterations are the same."""

import unittest

from papertrace.loop_steps import NotRollable
from papertrace.loops import loop
from papertrace.ranges import symbolic_range
from papertrace.symbolic import same

import torch

from support import argument, free, guards, primitives, record


class Steps(unittest.TestCase):
    def setUp(self):
        record.reset()
        record.trace.built = 0
        self.s = free("sequence", 7)

    def test_what_holds_for_every_step_leaves_no_guard(self):
        for step in loop(symbolic_range(self.s), "site"):
            self.assertTrue(step >= 0)
            self.assertTrue(step < self.s)
            self.assertTrue(2 * step + 2 <= 2 * self.s)
            self.assertFalse(step - self.s == 0)
        self.assertEqual(guards(), [("ge", True)])

    def test_a_step_is_no_number(self):
        uses = (int, float, str, bool, hash, range, lambda step: [1, 2, 3][step], lambda step: step > 2)
        for number, use in enumerate(uses):
            with self.assertRaises(NotRollable):
                for step in loop(symbolic_range(self.s), number):
                    use(step)

    def test_bounds_of_a_range(self):
        seen = []
        for step in loop(reversed(symbolic_range(2, self.s, 2)), "site"):
            seen.append(step)
            self.assertTrue(step >= 2)
        self.assertEqual(len(seen), 3)

    def test_a_plain_number_of_steps_is_no_loop(self):
        numbers = list(loop(symbolic_range(self.s, self.s + 2), "site"))
        self.assertTrue(same(numbers[1], self.s + 1))
        self.assertEqual(guards(), [])

    def test_strings_of_a_set_have_one_order(self):
        names = {f"layer_{number}" for number in range(40)}
        self.assertEqual(list(loop(names, "site")), sorted(names))
        mixed = {"a", 1}
        self.assertIs(loop(mixed, "site"), mixed)


class Iterations(unittest.TestCase):
    def setUp(self):
        record.reset()
        record.trace.built = 0
        self.s = free("sequence", 7)
        self.x = argument("x", self.s, 4)

    def test_carried_and_stacked(self):
        total, results = torch.zeros(4), []
        for row in loop(self.x, "site"):
            total = total + row
            results.append(total)
        self.assertEqual([record.symbolic.describe(size) for size in torch.stack(results, 1).shape], ["4", "sequence"])
        self.assertEqual(primitives().count("scan"), 1)
        (scan,) = (operation for operation in record.trace.operations if operation.primitive == "scan")
        self.assertIs(total.value, scan.outputs[0])

    def test_a_single_item_of_an_earlier_step_is_not_known(self):
        results = []
        for row in loop(self.x, "site"):
            results.append(row * 2)
        with self.assertRaises(NotRollable):
            results[0] + 1

    def test_two_steps_back(self):
        with self.assertRaises(NotRollable):
            before, last = torch.zeros(4), torch.zeros(4)
            for row in loop(self.x, "site"):
                before, last = last, last + before + row

    def test_a_value_of_the_run_decides(self):
        with self.assertRaises(NotRollable):
            for row in loop(self.x, "site"):
                if row.sum() > 0:
                    row = row * 2


if __name__ == "__main__":
    unittest.main()
