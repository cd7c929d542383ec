"""Indexing: shapes, and numbers where they are constant."""

import unittest

from support import argument, free, guards, primitives, record, torch


class Indexing(unittest.TestCase):
    def setUp(self):
        record.reset()
        self.x = torch.arange(12).reshape(3, 4)

    def test_basic(self):
        x = self.x
        self.assertEqual(x[1].tolist(), [4, 5, 6, 7])
        self.assertEqual(x[-1, ::2].tolist(), [8, 10])
        self.assertEqual(x[..., -1].tolist(), [3, 7, 11])
        self.assertEqual(x[:, None, 1:3].shape, (3, 1, 2))
        self.assertEqual(x[1:, -3:-1].tolist(), [[5, 6], [9, 10]])
        self.assertEqual(x[5:].shape, (0, 4))
        with self.assertRaises(IndexError):
            x[3]

    def test_index_tensors(self):
        x = self.x
        self.assertEqual(x[torch.tensor([2, -1, 0])].tolist(), [[8, 9, 10, 11]] * 2 + [[0, 1, 2, 3]])
        self.assertEqual(x[torch.tensor([0, 2]), torch.tensor([1, 3])].tolist(), [1, 11])
        self.assertEqual(x[:, [0, 3]].tolist(), [[0, 3], [4, 7], [8, 11]])
        rows, columns = zip(*torch.tensor([[0, 1], [2, 3]]))
        self.assertEqual(x[rows, columns].tolist(), [1, 11])
        y = argument("y", 5, 6, 7, 8)
        row, column = torch.tensor([[0], [1]]), torch.tensor([0, 1, 2])
        self.assertEqual(y[:, row, column].shape, (5, 2, 3, 8))
        self.assertEqual(y[row, :, column].shape, (2, 3, 6, 8))

    def test_indices_are_made_non_negative_only_where_needed(self):
        table = argument("table", 5, 2)
        record.trace.operations.clear()
        table[argument("ids", 3, dtype=torch.int64)]
        self.assertIn("where", primitives())
        record.trace.operations.clear()
        table[torch.arange(3)]
        table[argument("scores", 3, 5).argmax(-1)]
        self.assertNotIn("where", primitives())

    def test_masks(self):
        mask = self.x % 2 == 0
        self.assertEqual(self.x[mask].tolist(), [0, 2, 4, 6, 8, 10])
        unknown = argument("x", 3, 4)
        chosen = unknown[unknown > 0]
        self.assertTrue(chosen.shape[0].polynomial)
        self.assertEqual(guards(), [])

    def test_writes(self):
        x = self.x.clone()
        x[1, 2] = 100
        x[:, 0] = torch.tensor([7, 8, 9])
        x[x == 3] = -1
        x[torch.tensor([0, 2]), 1] = 50
        self.assertEqual(x.tolist(), [[7, 50, 2, -1], [8, 5, 100, 7], [9, 50, 10, 11]])
        x[0] += 1
        self.assertEqual(x[0].tolist(), [8, 51, 3, 0])

    def test_symbolic_slices(self):
        s = free("sequence", 7)
        x = argument("x", 2, s, 4)
        self.assertEqual(record.symbolic.describe(x[:, 1:].shape[1]), "sequence - 1")
        self.assertEqual(record.symbolic.describe(x[:, -3:].shape[1]), "3")
        table = argument("table", 64, 4)
        self.assertEqual(record.symbolic.describe(table[:s].shape[0]), "sequence")
        self.assertIn(("lt", False), guards())

    def test_gather_and_scatter(self):
        index = torch.tensor([[0, 1], [2, 3], [1, 0]])
        self.assertEqual(self.x.gather(1, index).tolist(), [[0, 1], [6, 7], [9, 8]])
        scattered = torch.zeros(3, 4, dtype=torch.long).scatter(1, index, self.x[:, :2])
        self.assertEqual(scattered.tolist(), [[0, 1, 0, 0], [0, 0, 4, 5], [9, 8, 0, 0]])
        counted = torch.zeros(4, dtype=torch.long).index_add(0, torch.tensor([1, 1, 3]), torch.tensor([1, 2, 4]))
        self.assertEqual(counted.tolist(), [0, 3, 0, 4])

    def test_selections(self):
        x = self.x
        self.assertEqual(x.flip(0)[0].tolist(), [8, 9, 10, 11])
        self.assertEqual(x.roll(1, 1)[0].tolist(), [3, 0, 1, 2])
        self.assertEqual(x.diagonal(1).tolist(), [1, 6, 11])
        self.assertEqual(x.unfold(1, 2, 2).tolist()[1], [[4, 5], [6, 7]])
        self.assertEqual(x.as_strided((2, 2), (4, 1), 1).tolist(), [[1, 2], [5, 6]])
        self.assertEqual(x.repeat_interleave(2, 1)[0].tolist(), [0, 0, 1, 1, 2, 2, 3, 3])
        self.assertEqual(torch.tril(x).tolist(), [[0, 0, 0, 0], [4, 5, 0, 0], [8, 9, 10, 0]])
        self.assertEqual([part.shape[1] for part in x.split(3, 1)], [3, 1])


if __name__ == "__main__":
    unittest.main()
