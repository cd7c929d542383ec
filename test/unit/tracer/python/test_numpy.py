"""The tables that sources compute with numpy while they build."""

import itertools
import math
import unittest

from support import argument, free, record, torch  # puts papertrace on the path

from papertrace.boundary.assignment import linear_sum_assignment
from papertrace.boundary.numeric import MODULES
from papertrace.errors import Unsupported

np = MODULES["numpy"]("numpy")


class Tables(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_sinusoids_are_written_into_every_other_column(self):
        table = np.array([[place / np.power(100, 2 * (column // 2) / 4) for column in range(4)] for place in range(3)])
        table[:, 0::2] = np.sin(table[:, 0::2])
        table[:, 1::2] = np.cos(table[:, 1::2])
        self.assertEqual(table.shape, (3, 4))
        self.assertEqual(table[2].tolist(), [math.sin(2), math.cos(2), math.sin(0.2), math.cos(0.2)])
        self.assertEqual(torch.FloatTensor(table).unsqueeze(0).shape, (1, 3, 4))

    def test_a_grid_of_positions(self):
        across, down = np.meshgrid(np.arange(3, dtype=np.float32), np.arange(2, dtype=np.float32))
        self.assertEqual(across.tolist(), [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]])
        grid = np.stack([across, down], axis=0).reshape([2, 1, 2, 3])
        self.assertEqual(grid.shape, (2, 1, 2, 3))
        angles = np.einsum("m,d->md", grid[1].reshape(-1), 1.0 / 10 ** np.arange(2))
        self.assertEqual(angles.tolist()[-1], [1.0, 0.1])
        table = np.concatenate([np.zeros([1, 4]), np.concatenate([np.sin(angles), np.cos(angles)], axis=1)], axis=0)
        self.assertEqual(table.shape, (7, 4))
        self.assertEqual(torch.from_numpy(table).float().shape, (7, 4))

    def test_a_frame_of_orthogonal_vectors(self):
        across = np.array([3.0, 0.0, 4.0]) / np.linalg.norm(np.array([3.0, 0.0, 4.0]))
        self.assertEqual(across.tolist(), [0.6, 0.0, 0.8])
        up = np.array([0.0, 1.0, 0.0]) - np.dot(across, [0.0, 1.0, 0.0]) * across
        self.assertEqual(np.cross(across, up).tolist(), [-0.8, 0.0, 0.6])
        frame = np.stack([across, up, np.cross(across, up)])
        self.assertAlmostEqual(np.dot(frame, frame.transpose())[2, 2], 1.0)
        self.assertRaises(Unsupported, np.linalg.norm, frame, axis=0)
        self.assertRaises(Unsupported, np.linalg.svd, frame)

    def test_a_known_tensor_becomes_an_array_and_others_are_refused(self):
        self.assertEqual((torch.arange(6).view(2, 3) * 2).numpy().tolist(), [[0, 2, 4], [6, 8, 10]])
        with self.assertRaises(Unsupported):
            argument("x", 2).numpy()
        with self.assertRaises(Unsupported):
            torch.arange(free("sequence", 7)).numpy()

    def test_the_cheapest_assignment(self):
        cost = [[4, 1, 3, 9], [2, 0, 5, 9], [3, 2, 2, 9]]
        for matrix, sign in ((cost, 1), ([list(column) for column in zip(*cost)], 1), (cost, -1)):
            rows, columns = linear_sum_assignment(np.array(matrix), maximize=sign < 0)
            height, width = len(matrix), len(matrix[0])
            count = min(height, width)
            best = min(
                sum(sign * matrix[row][column] for row, column in zip(of_rows, of_columns))
                for of_rows in itertools.combinations(range(height), count)
                for of_columns in itertools.permutations(range(width), count)
            )
            self.assertEqual(sum(sign * matrix[row][column] for row, column in zip(rows, columns)), best)
            self.assertEqual(sorted(rows), list(rows))

    def test_tables_are_repeated(self):
        self.assertEqual(np.tile(np.arange(2), 2).tolist(), [0, 1, 0, 1])
        self.assertEqual(np.tile(np.arange(2), (2, 1)).tolist(), [[0, 1], [0, 1]])
        self.assertEqual(np.tile(np.array([[1], [2]]), 2).tolist(), [[1, 1], [2, 2]])

    def test_entries_are_chosen_and_set(self):
        values = np.arange(12).reshape(3, 4)
        self.assertEqual(values[[0, 2], 1:3].tolist(), [[1, 2], [9, 10]])
        self.assertEqual(values[values[:, 0] > 3].tolist(), [[4, 5, 6, 7], [8, 9, 10, 11]])
        self.assertEqual(values[..., None, 1].tolist(), [[1], [5], [9]])
        row = values[1]
        values[1] = 0
        values[:, 2] = [9, 8, 7]
        self.assertEqual(row.tolist(), [0, 0, 8, 0])
        self.assertEqual(values.T[2].tolist(), [9, 8, 7])
        self.assertEqual(values.sum(axis=0).tolist(), [8, 10, 24, 14])
        self.assertEqual(values.max(axis=1, keepdims=True).tolist(), [[9], [8], [11]])

    def test_arithmetic_broadcasts(self):
        self.assertEqual((np.array([[1], [2]]) + np.array([10, 20])).tolist(), [[11, 21], [12, 22]])
        self.assertEqual((2 ** np.arange(3)).tolist(), [1, 2, 4])
        self.assertEqual(np.where(np.arange(4) > 1, np.arange(4), -1).tolist(), [-1, -1, 2, 3])
        self.assertEqual(np.where(np.array([[1, 0], [1, 1]]))[1].tolist(), [0, 0, 1])
        with self.assertRaises(ValueError):
            np.array([1, 2]) + np.array([1, 2, 3])

    def test_a_draw_that_nothing_looks_at_may_be_made(self):
        drawn = np.random.uniform(0, 1)
        self.assertFalse(False and drawn < 0.1)
        for use in (lambda: drawn < 0.1, lambda: bool(drawn), lambda: 1 - drawn, lambda: torch.tensor(drawn)):
            with self.assertRaises(Unsupported) as caught:
                use()
            self.assertEqual(caught.exception.operation, "numpy.random.uniform")

    def test_a_product_of_one_number(self):
        self.assertEqual([np.prod(6), np.prod((2, 3)), np.prod([2.0, 1.5])], [6, 6, 3.0])

    def test_other_functions_name_themselves(self):
        with self.assertRaises(Unsupported) as caught:
            np.fft(np.arange(3))
        self.assertEqual(caught.exception.operation, "numpy.fft")
