"""Checks of a source about what only the run knows are taken to pass."""

import ast
import unittest

from papertrace.expectations import EXPECT, HOLDS, expect, holds
from papertrace.instrument import BIND, PASS, instrument

from support import argument, record, torch

SOURCE = """
def merge(mask, features):
    picked = features[mask]
    if picked.shape[0] != 11 or not picked.numel() == 44:
        raise ValueError("they do not match")
    assert picked.shape == (11, 4), "they do not match"
    assert (picked == picked).all()
    torch._check(picked.shape[0] >= 9)
    return picked

def checked(number):
    if number > 3:
        raise ValueError("too many")
    assert number != 2
    return number
"""


class Expectations(unittest.TestCase):
    def setUp(self):
        record.reset()
        told = {name: lambda variable, value, site: value for name in (BIND, PASS)}
        self.source = told | {EXPECT: expect, HOLDS: holds, "torch": torch}
        exec(compile(instrument(ast.parse(SOURCE), "checks.py"), "checks.py", "exec"), self.source)

    def test_sizes_that_the_run_has(self):
        mask = argument("mask", 20, dtype=torch.bool)
        self.source["merge"](mask, argument("features", 20, 4))
        answers = [result for _, result, *_ in record.trace.guards.data.values()]
        self.assertEqual(answers, [False, True, True, True, True][: len(answers)])
        self.assertGreaterEqual(len(answers), 4)

    def test_what_is_known_is_checked(self):
        self.assertEqual(self.source["checked"](3), 3)
        for wrong, error in ((4, ValueError), (2, AssertionError)):
            with self.assertRaises(error):
                self.source["checked"](wrong)


if __name__ == "__main__":
    unittest.main()
