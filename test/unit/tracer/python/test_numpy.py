"""The tables that sources compute with numpy while they build."""

import math
import unittest

from support import record, torch  # puts papertrace on the path

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

    def test_other_functions_name_themselves(self):
        with self.assertRaises(Unsupported) as caught:
            np.fft(np.arange(3))
        self.assertEqual(caught.exception.operation, "numpy.fft")
