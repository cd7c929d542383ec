"""What a failure says would have fitted, what a source says of dimensions, and what it is given that is no tensor."""

import inspect
import unittest
from typing import Optional

from support import argument, free, record, torch  # first: it puts the tracer's Python on the path

from papertrace.dimensions import dimensions_of
from papertrace.errors import Unsupported
from papertrace.fitting import fit_of
from papertrace.places import sources, trees
from papertrace.step_arguments import plain_arguments
from torch import nn

SOURCE = '''
def forward(self, x, context, mask, pos, w, later):
    """Attends.

    Args:
        x (torch.Tensor, optional): input of shape (B, N, C).
        context: features, B x N_keys x C

    `mask` has shape `[seq_len, seq_len, batch_size]`.
    """
    b, n, _ = x.shape
    later = later + 1
    i, j = later.shape
    (h, d), k = w.size(), 3
    return rearrange(pos, "b (h w) c -> b h w c", h=2)
'''


class Fitting(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.x = argument("x", free("batch_size", 3), free("length", 7), free("width", 11))

    def fit(self, run):
        with self.assertRaises(Exception) as caught:
            run(self.x)
        return fit_of(caught.exception)

    def test_a_free_size_becomes_what_the_other_is(self):
        width = {"symbol": "width", "size": 64}
        self.assertEqual(self.fit(nn.Linear(64, 3)), width)
        self.assertEqual(self.fit(nn.LayerNorm(64)), width)
        self.assertEqual(self.fit(lambda x: x.view(x.shape[0], x.shape[1], 4, 16)), width)
        self.assertEqual(self.fit(lambda x: x + torch.zeros(1, 16, 1)), {"symbol": "length", "size": 16})

    def test_one_that_is_divided_leaves_no_rest(self):
        self.assertEqual(
            self.fit(lambda x: x.view(x.shape[0], x.shape[1], 4, x.shape[2] // 4)), {"symbol": "width", "size": 64}
        )

    def test_two_free_sizes_become_one(self):
        other = argument("y", free("batch_size", 3), free("y_size_1", 5), free("width", 11))
        self.assertEqual(self.fit(lambda x: x + other), {"symbol": "y_size_1", "size": {"symbol": "length"}})
        grid = argument("grid", free("batch_size", 3), free("h", 4), free("w", 6))
        same = argument("same", free("batch_size", 3), free("same_size_1", 13), free("same_size_2", 17))
        self.assertEqual(
            self.fit(lambda x: grid.flatten(1) + same.flatten(1)), {"symbol": "same_size_1", "size": {"symbol": "h"}}
        )

    def test_rows_teach_nothing(self):
        self.assertIsNone(self.fit(lambda x: x.transpose(0, 2) + torch.zeros(1, 1, 8)))

    def test_a_rank_and_an_element_type(self):
        self.assertEqual(self.fit(nn.BatchNorm2d(11)), {"argument": "x", "rank": 4})
        self.assertEqual(self.fit(lambda x: x.permute(0, 2, 3, 1)), {"argument": "x", "rank": 4})
        self.assertEqual(self.fit(lambda x: x.unsqueeze(1).repeat(1, 2)), {"argument": "x", "rank": 1})
        self.assertEqual(self.fit(nn.Embedding(9, 4)), {"argument": "x", "dtype": "int64"})

    def test_what_a_source_checks_itself(self):
        def checked(x):
            if x.shape[2] != 32:
                raise ValueError("32 features are needed")

        self.assertEqual(self.fit(checked), {"symbol": "width", "size": 32})
        self.assertEqual(self.fit(lambda x: torch._assert(x.shape[1] == 9, "nine")), {"symbol": "length", "size": 9})


class Dimensions(unittest.TestCase):
    def setUp(self):
        sources["model.py"] = SOURCE
        namespace = {}
        exec(compile(SOURCE, "model.py", "exec"), namespace)
        self.forward = namespace["forward"]

    def tearDown(self):
        del sources["model.py"]
        trees.clear()

    def test_code_comes_before_words(self):
        said = dimensions_of(self.forward, list(inspect.signature(self.forward).parameters)[1:])
        self.assertEqual(said["x"], ["b", "n", "size_2"])
        self.assertEqual(said["context"], ["B", "N_keys", "C"])
        self.assertEqual(said["mask"], ["seq_len", "seq_len", "batch_size"])
        self.assertEqual(said["pos"], ["b", "h_w", "c"])
        self.assertEqual(said["w"], ["h", "d"])
        self.assertNotIn("later", said)


class Plain(unittest.TestCase):
    def test_what_is_no_tensor(self):
        def forward(x, H, W, box: Optional[int], many: bool, size: tuple[int, int], scale: float, rate=2):
            pass

        given = plain_arguments(inspect.signature(forward).parameters.values())
        self.assertEqual(given, {"H": 8, "W": 8, "box": None, "many": False, "size": (8, 8)})


class Weights(unittest.TestCase):
    def test_trained_weights_are_not_there(self):
        record.reset()
        weights = torch.hub.load_state_dict_from_url("https://example.org/weights.pth")
        self.assertEqual(nn.Linear(2, 2).load_state_dict(weights["model"]).missing_keys, [])
        self.assertEqual(list(weights), [])
        with self.assertRaises(Unsupported):
            weights["bias"] + 1
        self.assertEqual(len(record.trace.problems), 1)


if __name__ == "__main__":
    unittest.main()
