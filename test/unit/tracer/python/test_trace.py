"""Calls, places, names, modules and the plain form of a trace."""

import json
import sys
import textwrap
import types
import unittest

from papertrace import places
from papertrace.serialise import serialise

from support import argument, free, record, torch

SOURCE = textwrap.dedent("""\
    import torch
    from torch import nn


    def half(x):
        return x[..., : x.shape[-1] // 2]


    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.norm = nn.LayerNorm(width)
            self.up = nn.Linear(
                width,
                2 * width,
            )
            self.scale = nn.Parameter(torch.ones(width))
            self.register_buffer("steps", torch.arange(width), persistent=False)

        def forward(self, x):
            y = self.up(self.norm(x))
            y = half(y) * self.scale
            return x + torch.nn.functional.dropout(y, training=False), y.contiguous()


    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList([Block(8) for _ in range(2)])
            self.head = nn.Linear(8, 8)

        def forward(self, x):
            for block in self.blocks:
                x, _ = block(x)
            return self.head(x)
""")


class Traces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        record.reset()
        places.sources.clear()
        places.trees.clear()
        name = "/reader/model.py"
        places.sources[name] = SOURCE
        reader = sys.modules["reader"] = types.ModuleType("reader")
        reader.__file__ = name
        exec(compile(SOURCE, name, "exec"), reader.__dict__)
        model = reader.Model()
        record.trace.adopt(model)
        for path, parameter in model.named_parameters():
            parameter.adopt_value(record.trace.parameter(path, parameter.dtype, parameter.shape))
        x = argument("x", free("batch", 3), 8)
        cls.trace = serialise(record.trace, [("output", model(x))], "Model")

    @classmethod
    def tearDownClass(cls):
        del sys.modules["reader"]
        places.sources.clear()
        places.trees.clear()

    def written(self, index):
        place = self.trace["places"][index]
        lines = SOURCE.split("\n")[place["line"] - 1 : place["endLine"]]
        lines[-1] = lines[-1][: place["endColumn"]]
        lines[0] = lines[0][place["column"] :]
        return "\n".join(lines)

    def test_it_is_plain(self):
        self.assertEqual(json.loads(json.dumps(self.trace, allow_nan=False)), self.trace)

    def test_parameters(self):
        rows = {row["name"]: row for row in self.trace["parameters"]}
        self.assertEqual(len(rows), 2 * 5 + 2)
        self.assertEqual(self.written(rows["blocks.1.scale"]["place"]), "self.scale = nn.Parameter(torch.ones(width))")
        linear = self.written(rows["blocks.0.up.weight"]["place"])
        self.assertTrue(linear.startswith("self.up = nn.Linear(") and linear.endswith(")"))

    def test_modules(self):
        rows = {row["path"]: row for row in self.trace["modules"]}
        self.assertIsNone(rows[""]["place"])
        self.assertTrue(self.written(rows["blocks.1"]["place"]).startswith("self.blocks = nn.ModuleList("))
        self.assertTrue(self.written(rows["blocks.0"]["classPlace"]).startswith("class Block(nn.Module):"))
        self.assertIsNone(rows["head"]["classPlace"])

    def test_calls(self):
        calls = [call for call in self.trace["calls"] if self.trace["modules"][call["module"]]["path"] == "blocks.1"]
        self.assertEqual(
            [(call["function"], [self.written(place) for place in call["places"]], call["alias"]) for call in calls],
            [
                ("Tensor.__getitem__", ["x[..., : x.shape[-1] // 2]", "half(y)"], False),
                ("Tensor.__mul__", ["half(y) * self.scale"], False),
                ("nn.functional.dropout", ["torch.nn.functional.dropout(y, training=False)"], True),
                ("Tensor.__add__", ["x + torch.nn.functional.dropout(y, training=False)"], False),
                ("Tensor.contiguous", ["y.contiguous()"], True),
            ],
        )

    def test_a_layer_of_torch_is_placed_where_it_is_called(self):
        call = next(call for call in self.trace["calls"] if call["function"] == "nn.functional.linear")
        self.assertEqual([self.written(place) for place in call["places"]], ["self.up(self.norm(x))"])

    def test_outputs_of_modules_have_names(self):
        names = {row["id"]: row for row in self.trace["named"]}
        self.assertEqual(self.written(names["blocks.0.norm"]["place"]), "self.norm(x)")
        self.assertIn("blocks.1[1]", names)
        self.assertIsNone(names[""]["place"])
        self.assertEqual(names[""]["value"], self.trace["outputs"][0]["value"])

    def test_values(self):
        values = self.trace["values"]
        leaves = {row["leaf"]["name"] for row in values if "leaf" in row}
        self.assertEqual(leaves - {"x"}, {row["name"] for row in self.trace["parameters"]})
        shape = values[self.trace["outputs"][0]["value"]]["shape"]
        self.assertEqual(shape, [{"poly": [[1, [{"kind": "symbol", "name": "batch"}]]], "hint": 3}, 8])
        self.assertEqual(self.trace["symbols"][0]["axes"], [{"input": "x", "axis": 0}])
        self.assertFalse(any(row.get("uninitialised") for row in values))


class Binding(unittest.TestCase):
    def test_assignments_are_counted_by_module(self):
        record.reset()

        class Twice(torch.nn.Module):
            def forward(self, x):
                x = record.trace.bind("x", x + 1, None)
                return record.trace.bind("x", x * 2, None)

        model = Twice()
        model(argument("x", 2))
        model(argument("y", 2))
        self.assertEqual([row.id for row in record.trace.names.named], [":x#0", ":x#1", "", ":x#2", ":x#3", "#1"])


if __name__ == "__main__":
    unittest.main()
