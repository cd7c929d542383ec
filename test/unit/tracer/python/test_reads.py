"""Numbers that control flow asks for."""

import unittest

from papertrace.boundary.utilities import answer
from papertrace.errors import Unsupported
from papertrace.phases import during
from papertrace.symbolic import SymInt, describe

from support import argument, free, guards, record, torch


class Reads(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_constants(self):
        self.assertEqual(torch.linspace(0, 1, 5).tolist(), [0.0, 0.25, 0.5, 0.75, 1.0])
        self.assertTrue((torch.arange(4) < 4).all())
        self.assertEqual(torch.tensor([[3, 1], [2, 0]]).sort(dim=1)[0].tolist(), [[1, 3], [0, 2]])
        self.assertEqual(int(torch.tensor([2, 5]).prod()), 10)
        self.assertIn(3, torch.arange(4))

    def test_sizes_stay_symbolic(self):
        s = free("sequence", 7)
        x = argument("x", 2, s)
        half = torch.div(torch.tensor(x.size(1)), 2, rounding_mode="floor").item()
        self.assertIsInstance(half, SymInt)
        self.assertEqual(describe(half), "sequence // 2")
        area = torch.tensor([s, 3]).prod().item()
        self.assertEqual(describe(area), "3·sequence")
        self.assertEqual(guards(), [])

    def test_a_mask_of_ones_is_one_at_every_size(self):
        mask = torch.ones((free("batch_size", 3), free("sequence", 7)), dtype=torch.long)
        self.assertTrue(mask[:, None].bool().all())
        self.assertFalse((mask == 0).all())
        self.assertEqual(record.trace.guards.data, {})
        self.assertTrue((torch.arange(free("sequence", 7)) < 8).all())
        self.assertEqual(len(record.trace.guards.data), 1)

    def test_a_text_asks_for_no_number(self):
        count = (argument("ids", 2, 7, dtype=torch.int64) == 2).sum()
        self.assertIn("tensor", f"{count}")
        self.assertEqual(f"{torch.tensor(3)}", "3")
        self.assertEqual(record.trace.guards.data, {})

    def test_a_check_holds_until_the_run_says_otherwise(self):
        check = answer("transformers.utils", "torch_compilable_check")

        def enough():
            return (argument("ids", 2, 7, dtype=torch.int64) == 2).sum() == 4

        check(enough(), lambda: self.fail("the text is made for nothing"))
        self.assertEqual([result for _, result, _ in record.trace.guards.data.values()], [True])
        record.reset()
        record.trace.guards.answers = [False]
        with self.assertRaisesRegex(IndexError, "too few"):
            check(enough, lambda: "too few", IndexError)

    def test_a_number_that_only_the_run_knows_is_refused_with_its_cause(self):
        with self.assertRaises(Unsupported) as caught:
            argument("lengths", 3, dtype=torch.int64).tolist()
        self.assertEqual(caught.exception.operation, "Tensor.tolist")
        self.assertEqual(caught.exception.arguments[1], "lengths")
        self.assertEqual([result for _, result, _ in record.trace.guards.data.values()], [[]])

    def test_sizes_that_only_the_run_has(self):
        chosen = argument("x", 8)[argument("mask", 8, dtype=torch.bool)]
        self.assertTrue(chosen.shape[0] > 2)
        self.assertTrue(chosen.shape[0] > 2)
        with self.assertRaises(Unsupported):
            [0] * chosen.shape[0]
        self.assertEqual([result for _, result, _ in record.trace.guards.data.values()], [True, []])
        self.assertEqual(guards(), [])

    def test_answers_give_such_sizes(self):
        record.trace.guards.answers = [False, 3]
        chosen = argument("x", 8)[argument("mask", 8, dtype=torch.bool)]
        self.assertFalse(chosen.shape[0] > 4)
        self.assertEqual([0] * chosen.shape[0], [0, 0, 0])

    def test_a_truth_that_rests_on_data_is_guarded(self):
        x = argument("mask", 3, dtype=torch.int64)
        self.assertFalse((x > 1).any())
        ((value, result, _),) = record.trace.guards.data.values()
        self.assertIs(result, False)
        self.assertIs(value.dtype, torch.bool)

    def test_answers_of_an_earlier_run(self):
        record.trace.guards.answers = [True, [1, 2]]
        x = argument("x", 2, dtype=torch.int64)
        self.assertTrue((x > 1).any())
        self.assertEqual(x.tolist(), [1, 2])
        self.assertEqual(len(record.trace.guards.data), 2)

    def test_a_small_argument_is_asked_for_whole_and_answers_all_that_rests_on_it(self):
        record.trace.guards.answers = [[1, 2, 3, 2, 3, 4]]
        grid = argument("grid", 2, 3, dtype=torch.int64)
        ends = torch.repeat_interleave(grid[:, 1] * grid[:, 2], grid[:, 0]).cumsum(0)
        for _ in range(2):
            self.assertEqual((ends[1:] - ends[:-1]).tolist(), [12, 12])
        self.assertEqual(grid.tolist(), [[1, 2, 3], [2, 3, 4]])
        self.assertTrue((grid > 3).any())
        ((value, result, _),) = record.trace.guards.data.values()
        self.assertIs(value, grid.value)

    def test_a_large_argument_is_not(self):
        record.trace.guards.answers = [[3, 1]]
        mask = argument("mask", 2, 9, dtype=torch.int64)
        self.assertEqual(mask.sum(-1).tolist(), [3, 1])
        ((value, _, _),) = record.trace.guards.data.values()
        self.assertEqual(value.shape, (2,))

    def test_an_answer_for_other_sizes_tells_nothing_of_what_rests_on_it(self):
        record.trace.guards.answers = [[4, 5, 6], [8, 10, 12]]
        lengths = argument("lengths", free("images", 2), dtype=torch.int64)
        self.assertEqual((lengths * 2).tolist(), [8, 10, 12])
        self.assertEqual(len(record.trace.guards.data), 2)

    def test_a_loop_over_chosen_places_goes_over_all(self):
        chosen = argument("router", 4, dtype=torch.int64).gt(0).nonzero()
        self.assertEqual([int(place[0]) for place in chosen], [0, 1, 2, 3])
        self.assertEqual(len(record.trace.problems), 1)

    def test_emptiness_leaves_a_guard(self):
        self.assertFalse(argument("keys", 2, free("past", 5)).numel() == 0)
        self.assertEqual(guards(), [("eq", False)])


class UnknownNames(unittest.TestCase):
    def test_only_calling_raises(self):
        name = torch.some_new_function
        self.assertIs(torch.LongTensor | None and torch.LongTensor, torch.LongTensor)
        with during("build"):
            with self.assertRaises(Unsupported) as caught:
                name(1)
            self.assertEqual(caught.exception.arguments, ["torch.some_new_function"])
            with self.assertRaises(Unsupported):
                torch.nn.functional.some_new_function(1)

    def test_a_number_that_holds_everywhere_is_found_through_shared_steps(self):
        mask = torch.ones(free("s", 4), dtype=torch.bool)
        for _ in range(60):
            mask = mask & mask
        self.assertTrue(mask.all())
        self.assertEqual(guards(), [])

    def test_legacy_types(self):
        record.reset()
        self.assertIsInstance(torch.zeros(1, dtype=torch.long), torch.LongTensor)
        self.assertNotIsInstance(torch.zeros(1), torch.LongTensor)
        self.assertIs(torch.FloatTensor([1, 2]).dtype, torch.float32)


if __name__ == "__main__":
    unittest.main()
