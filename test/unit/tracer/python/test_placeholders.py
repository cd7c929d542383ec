"""Packages that are not there: imported without a word, refused with name, file and line where they would compute."""

import unittest

from papertrace.errors import Unsupported
from papertrace.phases import during
from papertrace.stubs import placeholder

from support import argument, record, torch


class Placeholders(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.augment = placeholder("vision.transforms.Blur")

    def assert_named(self, compute, name):
        with self.assertRaises(Unsupported) as caught:
            compute()
        self.assertEqual(caught.exception.arguments, [name])

    def test_is_built_and_reported(self):
        with during("build"):
            self.augment(kernel=3)
        self.assertEqual(
            [text for text, _ in record.trace.problems],
            ["vision.transforms.Blur was called, but is not there while tracing"],
        )

    def test_takes_no_tensor_while_a_model_is_built(self):
        image = argument("image", 3, 8, 8)
        with during("build"):
            blur = self.augment(kernel=3)
            self.assert_named(lambda: blur(image), "vision.transforms.Blur")
            self.assert_named(lambda: self.augment(image), "vision.transforms.Blur")

    def test_as_a_mixin_is_a_plain_class(self):
        mixin = placeholder("hub.ModelHubMixin")

        class Model(torch.nn.Module, mixin, license="mit"):
            pass

        self.assertFalse(hasattr(Model, "anything"))
        self.assertTrue(callable(mixin.save_pretrained))

    def test_as_a_mixin_takes_the_arguments_of_the_model(self):
        class Model(torch.nn.Module, placeholder("hub.ModelHubMixin")):
            def __new__(cls, *arguments, **options):
                return super().__new__(cls, *arguments, **options)

            def __init__(self, width):
                super().__init__()
                self.layer = torch.nn.Linear(width, width)

        self.assertEqual(Model(3).layer.weight.shape, (3, 3))

    def test_has_no_number(self):
        size = self.augment.size
        for compute in (lambda: 3 > size, lambda: size + 1, lambda: 2 * size, lambda: int(size), lambda: range(size)):
            self.assert_named(compute, "vision.transforms.Blur.size")
        self.assert_named(lambda: self.augment()[0], "vision.transforms.Blur")


if __name__ == "__main__":
    unittest.main()
