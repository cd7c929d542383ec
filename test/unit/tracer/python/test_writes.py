"""Programs of views, copies and writes in place against what PyTorch gives (test/fixtures/tracer/writes.py)."""

import json
import sys
import unittest
from pathlib import Path

from support import record, torch

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "tracer"
sys.path.insert(0, str(FIXTURES))

from papertrace.errors import Unsupported  # noqa: E402
from writes import ran  # noqa: E402


class Writes(unittest.TestCase):
    def test_every_tensor_is_what_it_is_in_torch_or_the_program_is_refused(self):
        programs = json.loads((FIXTURES / "writes.json").read_text())
        refused = 0
        for lines, expected in programs:
            record.reset()
            with self.subTest("; ".join(lines)):
                try:
                    self.assertEqual(ran(lines, list(expected), torch), expected)
                except Unsupported:
                    refused += 1
        self.assertLess(refused, len(programs) / 50)


if __name__ == "__main__":
    unittest.main()
