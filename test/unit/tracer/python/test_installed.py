"""Installed packages: which folders hold them, which run, which releases are told, and what training frameworks leave."""

import sys
import unittest

from support import Sources, argument, record, torch  # first: it puts the tracer's Python on the path

from papertrace import loaded
from papertrace.boundary import stand_in, third_party
from papertrace.layout import Layout, is_site

FILES = {
    "/w/model.py": """import fastops
from fastops import scaled
try:
    import kernels
except ImportError:
    kernels = None
""",
    "/w/wary.py": "try:\n    import fastops\nexcept ImportError:\n    fastops = None\n",
    "/w/vendor/fastops-1.2.dist-info/METADATA": "",
    "/w/vendor/fastops/__init__.py": "import torch\nfrom . import _C\n\n\ndef scaled(x):\n    return x * 2\n",
    "/w/vendor/fastops/_C.cpython-314-x86_64-linux-gnu.so": "",
    "/w/vendor/tables/__init__.py": "import sys\n",
    "/w/vendor/tables/parser.so": "",
    "/w/vendor/plain/__init__.py": "VALUE = 1\n",
    "/w/vendor/kernels/__init__.py": "import kernels_cuda\n",
    "/w/vendor/kernels_cuda.cpython-314-x86_64-linux-gnu.so": "",
    "/w/own/tqdm/__init__.py": "VALUE = 1\n",
    "/w/own/parts/layers.py": "VALUE = 2\n",
    "/w/own/data/table.csv": "",
    "/w/vendor/parts/__init__.py": "",
}
VENDOR = "/w/vendor"


class Installed(Sources):
    files = FILES

    def test_an_installer_marks_the_folder_wherever_it_is(self):
        self.assertTrue(is_site(VENDOR))
        self.assertTrue(is_site("/opt/python/site-packages"))
        self.assertFalse(is_site("/w"))
        layout = Layout(None, "/w", "/w", (), ("/w", VENDOR))
        self.assertTrue(layout.is_installed("plain", f"{VENDOR}/plain/__init__.py"))
        self.assertFalse(layout.is_installed("own.model", "/w/own/model.py"))

    def test_what_is_compiled_runs_where_it_is_made_for_torch_and_needed(self):
        self.assertTrue(third_party.may_run("plain", VENDOR))
        self.assertFalse(third_party.may_run("tables", VENDOR, needed=True))
        self.assertFalse(third_party.may_run("fastops", VENDOR))
        self.assertTrue(third_party.may_run("fastops", VENDOR, needed=True))
        self.assertTrue(third_party.may_run("tqdm", "/w/own"))

    def test_a_folder_of_sources_is_a_package_where_nothing_else_has_its_name(self):
        self.assertEqual(third_party.folder_of("parts", ["/w/own"]), "/w/own")
        self.assertEqual(third_party.folder_of("parts", ["/w/own", VENDOR]), VENDOR)
        self.assertIsNone(third_party.folder_of("data", ["/w/own"]))

    def test_source_that_can_do_without_compiled_code_does(self):
        module = self.load("/w/model.py")
        self.assertEqual(module.scaled(3), 6)
        self.assertIsNone(module.kernels)
        loaded.drop({"fastops"})
        self.assertIsNone(self.load("/w/wary.py").fastops)

    def test_releases(self):
        def told(name):
            return [release.version for release in third_party.releases(name, [VENDOR], "5.1.0")]

        self.assertEqual(told("torch"), [torch.__version__])
        self.assertEqual(told("transformers"), ["5.1.0"])
        self.assertEqual(told("fastops"), [], "its kernels are not there")
        self.assertEqual(told("nowhere"), [])
        self.assertGreater(int(told("numpy")[0].partition(".")[0]), 100, "no source asks for a newer one")


class Frameworks(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_a_lightning_module_is_a_module_that_knows_its_arguments(self):
        lightning = stand_in("lightning.pytorch")

        class Model(lightning.LightningModule):
            def __init__(self, width, *, depth=2, loss=None, **others):
                super().__init__()
                self.save_hyperparameters(ignore=["loss"])
                self.layer = torch.nn.Linear(width, width)

            def forward(self, x):
                self.log("seen", 1, prog_bar=True)
                return self.layer(x) * self.hparams.depth

        model = Model(4, scale=0.5)
        self.assertIsInstance(model, torch.nn.Module)
        self.assertEqual(dict(model.hparams), {"width": 4, "depth": 2, "scale": 0.5})
        self.assertEqual([name for name, _ in model.named_parameters()], ["layer.weight", "layer.bias"])
        self.assertEqual(model(argument("x", 3, 4)).shape, (3, 4))


if __name__ == "__main__":
    unittest.main()
