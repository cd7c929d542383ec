"""Every function of the tracing torch against what PyTorch gives (test/fixtures/primitives): type, shape, constants."""

from __future__ import annotations

import json
import math
import struct
import sys
import unittest
from array import array
from pathlib import Path

import support  # noqa: F401 - puts the tracer's Python on the path

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "primitives"
sys.path.insert(0, str(FIXTURES))

import function_cases as functions  # noqa: E402
from function_pool import POOL, tensor_of  # noqa: E402
from papertrace import record, symbolic  # noqa: E402
from papertrace.declare import declared_labels  # noqa: E402
from papertrace.dtypes import ALL  # noqa: E402
from papertrace.errors import Unsupported  # noqa: E402
from papertrace.tensor import wrap  # noqa: E402

#: safetensors' name of an element type → (torch's, that of an array).
TYPES = {
    "F32": ("float32", "f"),
    "F64": ("float64", "d"),
    "I64": ("int64", "q"),
    "I32": ("int32", "i"),
    "I16": ("int16", "h"),
    "I8": ("int8", "b"),
    "U8": ("uint8", "B"),
    "BOOL": ("bool", "B"),
}
#: Functions without a call in function_cases.py: what reads data (test_reads.py), fills with random numbers or nothing,
#: says something about a tensor, does nothing here, or is an operator or another name that the expressions use.
WITHOUT_CALLS = set(json.loads((FIXTURES / "without_calls.json").read_text()))


def stored() -> dict[str, tuple[str, list[int], list]]:
    data = (FIXTURES / "functions.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    result = {}
    for name, entry in header.items():
        element, code = TYPES[entry["dtype"]]
        first, last = entry["data_offsets"]
        result[name] = (element, entry["shape"], array(code, data[8 + length + first : 8 + length + last]).tolist())
    return result


class Functions(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.table = json.loads((FIXTURES / "functions.json").read_text())
        cls.stored = stored()
        cls.raises = set(cls.table["raises"])

    def expected(self, label: str, text: str) -> list[tuple[str, list[int], list]]:
        form = f"{label}({text})" if label else text
        key = self.table["others"].get(form, functions.key_of(label, text))
        found = []
        while f"{key}/{len(found)}" in self.stored:
            found.append(self.stored[f"{key}/{len(found)}"])
        return found

    def setUp(self) -> None:
        record.reset()

    def cases(self):
        for label, text in functions.cases(declared_labels()):
            form = f"{label}({text})" if label else text
            if form not in self.raises:
                yield label, text, form

    def test_every_form_of_every_call_has_the_type_and_the_shape_that_torch_gives_it(self) -> None:
        count = 0
        pool = {
            name: wrap(record.trace.input(name, ALL[element], shape))
            for name, (element, (_, shape)) in POOL.items()
        }
        for label, text, form in self.cases():
            key = functions.key_of(label, text)
            if key.startswith(functions.ASKING):
                continue  # their sizes are numbers that only a run can give
            try:
                results = functions.tensors(functions.made(label, text, functions.scope(pool)))
            except Unsupported as refusal:
                self.assertIn(functions.REFUSED.get(key, "?"), str(refusal), form)
                continue
            self.assertNotIn(key, functions.REFUSED, form)
            expected = self.expected(label, text)
            self.assertEqual([result.dtype.name for result in results], [each[0] for each in expected], form)
            for result, (_, shape, _) in zip(results, expected):
                self.assertEqual(result.ndim, len(shape), form)
                for size, wanted in zip(result.shape, shape):
                    self.assertTrue(not symbolic.is_plain(size) or size == wanted, f"{form}: {result} is not {shape}")
            count += 1
        self.assertGreater(count, 3000)

    def test_constants_are_computed_as_torch_does(self) -> None:
        count = 0
        pool = {name: tensor_of(name) for name in POOL}
        for label, text, form in self.cases():
            try:
                results = functions.tensors(functions.made(label, text, functions.scope(pool)))
                found = [result.flatten().tolist() if result.ndim else [result.item()] for result in results]
            except Unsupported:
                continue  # what Python lists are not computed for is asked of a run
            for numbers, (element, _, wanted) in zip(found, self.expected(label, text)):
                self.assertEqual(len(numbers), len(wanted), form)
                for number, right in zip(numbers, wanted):
                    self.assertTrue(self.near(number, right, element), f"{form}: {number} is not {right}")
            count += 1
        self.assertGreater(count, 2500)

    @staticmethod
    def near(number: float, right: float, element: str) -> bool:
        if number == right or math.isnan(number) and math.isnan(right):
            return True
        return "float" in element and abs(number - right) <= 2e-5 * max(1.0, abs(right))

    def test_every_function_has_a_call(self) -> None:
        called = {label for label, _ in functions.cases(declared_labels())}
        self.assertEqual(sorted(declared_labels() - called - WITHOUT_CALLS), [])


if __name__ == "__main__":
    unittest.main()
