"""What does not keep a source from loading: statements that a trace cannot carry out, packages without `__init__`; and
names that mean what torch means by them."""

import sys
import unittest

from support import Sources, argument, record, torch  # first: it puts the tracer's Python on the path

from papertrace.deferred import failed_statements
from papertrace.errors import Unsupported
from papertrace.phases import during

FILES = {
    "/w/tables.py": """import numpy as np
import pandas as pd

dates = np.tile(pd.date_range("2000", periods=4).to_numpy(), 2)
frame = pd.DataFrame({"date": dates})
frame["year"] = frame["date"].shift(1)
dates.sort()
later = dates + 1
WIDTH = 3
try:
    size = np.tile(pd.read_csv("x").to_numpy(), 2)
except Exception:
    size = 7


def width():
    return WIDTH


def first():
    return later[0]
""",
    "/w/model.py": "from tables import WIDTH, first, frame, size, width\n",
    "/w/strict.py": "import os\nimport pandas as pd\n\nos.environ['MODE'] = 'fast'\nlist(range(pd.size))\n",
    "/w/broken.py": "class Net(Missing):\n    pass\n",
    "/w/careful.py": "import strict\n",
    "/w/script.py": """import sys
import torch
from torch import nn

WIDTH = 3
with open(sys.argv[-1]) as opened:
    code = opened.read()
assert torch.cuda.device_count() > 7, "needs eight GPUs"
settings = {"width": 4}
settings.update(open("settings.json"))
torch.backends.cudnn.benchmark = open("x")


class Net(nn.Module):
    pass


loader = list(open("data.bin"))
for step, batch in enumerate(loader):
    total = step
train(Net())
""",
    "/w/vendor/fast-1.2.dist-info/METADATA": "",
    "/w/vendor/fast/__init__.py": "",
    "/w/vendor/fast/base.py": "WIDTH = 5\n",
    "/w/vendor/fast/models/deep/net.py": "from ...base import WIDTH\nfrom fast.models.deep import other\n",
    "/w/vendor/fast/models/deep/other.py": "NAME = 'other'\n",
    "/w/own/kit/base.py": "WIDTH = 6\n",
    "/w/own/kit/models/net.py": "from ..base import WIDTH\n",
    "/w/vendor/flows/__init__.py": "from . import core\nfrom . import parts\n",
    "/w/vendor/flows/core.py": "from . import parts\nWIDTH = parts.WIDTH\n",
    "/w/vendor/flows/parts/__init__.py": "from .. import core\nfrom .one import WIDTH\n",
    "/w/vendor/flows/parts/one.py": "WIDTH = 8\n",
}


class Loads(Sources):
    files = FILES

    def test_a_statement_that_fails_defines_what_is_refused(self):
        module = self.load("/w/model.py")
        self.assertEqual((module.WIDTH, module.width(), module.size), (3, 3, 7))
        for use in (module.first, lambda: module.frame["year"], lambda: sys.modules["tables"].dates.shape):
            with during("forward"), self.assertRaises(Unsupported) as caught:
                use()
            self.assertTrue(caught.exception.file is None or caught.exception.file == "/w/tables.py")
        with self.assertRaises(Unsupported) as caught:
            bool(sys.modules["tables"].later)
        self.assertEqual((caught.exception.file, caught.exception.line), ("/w/tables.py", 4))

    def test_a_call_that_fails_is_not_left_out(self):
        with self.assertRaises(Unsupported):
            self.load("/w/careful.py")

    def test_what_a_script_does_when_it_runs_waits(self):
        module = self.load("/w/script.py")
        self.assertEqual((module.WIDTH, module.Net.__name__), (3, "Net"))
        self.assertIs(module.torch, torch)
        for use in (
            lambda: len(module.code),
            lambda: module.settings["width"],
            lambda: iter(module.loader),
            lambda: module.total + 1,
        ):
            with self.assertRaises(OSError):
                use()

    def test_what_a_script_left_out_is_told_with_what_rests_on_it(self):
        self.load("/w/script.py")
        told = failed_statements("/w/script.py", record.trace.places)
        lines = [record.trace.places.rows[row["place"]][1] for row in told]
        self.assertEqual(lines, [6, 8, 10, 11, 18, 21])
        resting = [[record.trace.places.rows[each][1] for each in row["resting"]] for row in told]
        self.assertEqual(resting, [[], [], [], [], [19], []])
        self.assertEqual(told[1]["message"], "{0} at {1}: {2}")
        self.assertEqual(told[1]["arguments"], ["AssertionError", "script.py:8", "needs eight GPUs"])
        self.assertEqual(record.trace.places.rows[told[0]["place"]], ("/w/script.py", 6, 7, 0, 24, ""))

    def test_a_script_without_its_imports_or_definitions_does_not_load(self):
        with self.assertRaises(NameError):
            self.load("/w/broken.py")

    def test_folders_without_init_are_packages(self):
        net = self.load("/w/vendor/fast/models/deep/net.py")
        self.assertEqual((net.__name__, net.WIDTH, net.other.NAME), ("fast.models.deep.net", 5, "other"))
        self.assertEqual(self.load("/w/own/kit/models/net.py").WIDTH, 6)

    def test_parts_of_a_package_that_import_one_another(self):
        self.assertEqual(self.load("/w/vendor/flows/core.py").WIDTH, 8)


class Names(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_a_release_compares_by_its_numbers(self):
        self.assertTrue(torch.__version__ >= "2.9" and torch.__version__ > (1, 13) and not torch.__version__ < "2.2")
        self.assertEqual(torch.__version__.split(".")[0], "2")

    def test_a_subclass_decides_what_a_layers_blocks_do(self):
        class Layer(torch.nn.TransformerEncoderLayer):
            def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
                return x * 2

        layer = Layer(8, 2, 16, norm_first=True)
        layer(argument("x", 5, 3, 8))
        self.assertNotIn("softmax", [operation.primitive for operation in record.trace.operations])
        self.assertEqual(type(layer.dropout1).__name__, "Dropout")

    def test_rows_written_through_indices_are_written(self):
        x = argument("x", 4, 6)
        held = torch.empty_like(x)
        held[:, torch.tensor([0, 2, 4])] = x[:, :3]
        self.assertTrue(held.value.uninitialised)
        held[:, torch.tensor([1, 3, 5])] = x[:, 3:]
        self.assertFalse(held.value.uninitialised)
        again = torch.empty_like(x)
        again[:, torch.tensor([0, 2, 4])] = x[:, :3]
        again[:, torch.tensor([1, 3, 3])] = x[:, 3:]
        self.assertTrue(again.value.uninitialised)

    def test_rows_that_a_buffer_names_are_checked_by_the_run(self):
        x, first = argument("x", 4, 6), argument("first", 2, dtype=torch.int64)
        held = torch.empty_like(x)
        held[:, first] = x[:, :2]
        held[:, torch.tensor([2, 3, 4, 5])] = x[:, 2:]
        self.assertFalse(held.value.uninitialised)
        self.assertEqual([given[1] for given in record.trace.guards.data.values()], [True])

    def test_complex_numbers_enter_no_operation_that_knows_only_real_ones(self):
        z = torch.complex(argument("x", 3, 4), argument("y", 3, 4))
        for compute in (lambda: z.softmax(-1), lambda: z.sort(), lambda: z.prod(), lambda: torch.relu(z)):
            self.assertRaises(Unsupported, compute)


if __name__ == "__main__":
    unittest.main()
