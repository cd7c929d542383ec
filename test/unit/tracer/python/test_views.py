"""Views and in-place operations."""

import unittest

from papertrace.errors import Unsupported

from support import argument, free, guards, primitives, record, torch


class Views(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_a_write_through_a_view_reaches_the_base(self):
        x = torch.zeros(2, 3, dtype=torch.long)
        x.view(6)[4] = 5
        x.transpose(0, 1)[0] += 1
        self.assertEqual(x.tolist(), [[1, 0, 0], [1, 5, 0]])

    def test_other_views_see_the_write(self):
        x = torch.zeros(4, dtype=torch.long)
        first, pairs = x[:2], x.view(2, 2)
        self.assertEqual(pairs.tolist(), [[0, 0], [0, 0]])
        first.fill_(3)
        self.assertEqual(pairs.tolist(), [[3, 3], [0, 0]])
        pairs[1, 1] = 9
        self.assertEqual(x.tolist(), [3, 3, 0, 9])

    def test_a_write_is_made_once(self):
        x = torch.zeros(4, 6)
        record.trace.operations.clear()
        x[1].fill_(2.0)
        self.assertEqual(primitives().count("concat"), 1)
        record.trace.operations.clear()
        x[1].requires_grad_(False)
        self.assertNotIn("concat", primitives())

    def test_a_clone_does_not(self):
        x = torch.zeros(2, dtype=torch.long)
        copy = x.clone()
        x.add_(1)
        self.assertEqual(copy.tolist(), [0, 0])

    def test_what_a_call_writes_in_place_is_the_tensor_itself(self):
        x = torch.ones(2, 3) - 2
        row = torch.nn.functional.relu(x[0], inplace=True)
        row.add_(5)
        self.assertEqual(x.tolist(), [[5.0, 5.0, 5.0], [-1.0, -1.0, -1.0]])
        self.assertIsNot(torch.cat([x]), x)

    def test_strided_writes(self):
        x = torch.zeros(6, dtype=torch.long)
        x[0::2] = torch.tensor([1, 2, 3])
        self.assertEqual(x.tolist(), [1, 0, 2, 0, 3, 0])

    def test_an_expanded_tensor_cannot_be_written(self):
        with self.assertRaises(Unsupported):
            torch.zeros(1, 3).expand(2, 3).add_(1)

    def test_sizes_that_stay_free(self):
        b, s = free("batch", 3), free("sequence", 7)
        x = argument("x", b, s, 64)
        heads = x.view(b, s, -1, 16).transpose(1, 2)
        self.assertEqual([record.symbolic.describe(size) for size in heads.shape], ["batch", "4", "sequence", "16"])
        merged = heads.transpose(1, 2).reshape(b, s, -1)
        self.assertEqual(record.symbolic.describe(merged.shape[2]), "64")
        flat = x.reshape(-1, 64)
        self.assertEqual(record.symbolic.describe(flat.shape[0]), "batch·sequence")
        self.assertEqual(guards(), [])

    def test_a_window_leaves_a_guard(self):
        s = free("sequence", 8)
        argument("x", s, 4).view(s // 4, 4, 4)
        self.assertEqual(guards(), [("eq", True)])

    def test_invalid_shape(self):
        with self.assertRaises(RuntimeError):
            argument("x", 6).view(4, 2)


class Uninitialised(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_it_spreads(self):
        self.assertTrue((torch.empty(3) + 1).value.uninitialised)
        self.assertTrue(torch.randn(3).sum().value.uninitialised)
        self.assertFalse(torch.zeros_like(torch.empty(3)).value.uninitialised)
        self.assertFalse(torch.cat([torch.empty(2, 0, 3), torch.zeros(2, 1, 3)], 1).value.uninitialised)

    def test_overwriting_everything_clears_it(self):
        x = torch.empty(4, 6)
        x[:, :2] = 1.0
        self.assertTrue(x.value.uninitialised)
        x[:, 2:] = 2.0
        self.assertFalse(x.value.uninitialised)
        y = torch.empty(4, 6)
        y[:, 0::2] = 1.0
        y[:, 1::2] = 2.0
        self.assertFalse(y.value.uninitialised)

    def test_parts_of_parts_are_followed(self):
        x = torch.empty(2, 2)
        for row in range(2):
            x[row, 0] = 1.0
            self.assertTrue(x.value.uninitialised)
            x[row, 1] = 2.0
        self.assertFalse(x.value.uninitialised)

    def test_what_was_written_may_be_read(self):
        n = free("sequence", 5)
        cache = torch.empty(2, 3, 16, 4)
        cache[0, :, 0:n] = argument("x", 3, n, 4)
        self.assertFalse(cache[0, :, :n].value.uninitialised)
        self.assertTrue(cache[0].value.uninitialised)
        self.assertTrue(cache[1, :, :n].value.uninitialised)
        self.assertTrue(cache.transpose(0, 1)[:, 0].value.uninitialised)
        self.assertFalse(cache.transpose(0, 1)[:, 0, :n].value.uninitialised)

    def test_many_writes_are_followed_in_any_order(self):
        columns = list(range(300))
        for order in (columns, columns[::-1], columns[::2] + columns[1::2]):
            filled = torch.empty(2, 300, 3)
            for column in order[:-1]:
                filled[:, column] = torch.ones(2, 3)
            self.assertTrue(filled.value.uninitialised)
            filled[:, order[-1]] = torch.ones(2, 3)
            self.assertFalse(filled.value.uninitialised)

    def test_a_view_after_very_many_steps(self):
        x = argument("x", 2, 3)
        for _ in range(2000):
            x = x + 1
        self.assertEqual(x.view(6).shape, (6,))
        with self.assertRaisesRegex(RuntimeError, "view size is not compatible"):
            x.t().view(6)

    def test_a_permutation_writes_everything(self):
        order = argument("x", 5).argsort()
        inverse = torch.empty_like(order)
        inverse[order] = torch.arange(5)
        self.assertFalse(inverse.value.uninitialised)

    def test_asking_for_its_numbers_is_refused(self):
        with self.assertRaisesRegex(Unsupported, "uninitialised"):
            torch.empty(1).item()


if __name__ == "__main__":
    unittest.main()
