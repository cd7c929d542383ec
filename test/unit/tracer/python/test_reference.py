"""Results of PyTorch 2.13 (CPU) for expressions over fixed inputs, against the trace of the same expressions."""

import json
import math
import unittest
from pathlib import Path

from support import record, torch
from torch.nn import functional as F

REFERENCE = Path(__file__).resolve().parents[3] / "fixtures" / "tracer" / "torch_reference.json"


def flat(numbers):
    return [number for item in numbers for number in flat(item)] if isinstance(numbers, list) else [float(numbers)]


def close(left, right):
    if math.isnan(right) or math.isinf(right):
        return left == right or (math.isnan(left) and math.isnan(right))
    return abs(left - right) <= 2e-4 + 1e-3 * abs(right)


class Reference(unittest.TestCase):
    def test_results(self):
        reference = json.loads(REFERENCE.read_text())
        self.assertGreater(len(reference["results"]), 150)
        for row in reference["results"]:
            with self.subTest(row["expression"]):
                record.reset()
                inputs = {
                    name: torch.tensor(item["numbers"]).reshape(item["shape"])
                    for name, item in reference["inputs"].items()
                }
                result = eval(row["expression"], {"torch": torch, "F": F, **inputs})
                self.assertEqual(str(result.dtype), f"torch.{row['dtype']}")
                self.assertEqual(list(result.shape), row["shape"])
                numbers, expected = flat(result.tolist()), [float(number) for number in row["numbers"]]
                self.assertEqual(len(numbers), len(expected))
                self.assertTrue(all(map(close, numbers, expected)), f"{numbers} is not {expected}")


if __name__ == "__main__":
    unittest.main()
