"""torch.distributions, as far as it computes without drawing."""

import unittest

from support import argument, primitives, record, torch  # puts papertrace on the path

from papertrace.errors import Unsupported


class Distributions(unittest.TestCase):
    def setUp(self):
        record.reset()

    def test_entropy_over_the_last_axis(self):
        entropy = torch.distributions.Categorical(logits=argument("logits", 2, 7, 9)).entropy()
        self.assertEqual(entropy.shape, (2, 7))
        self.assertIn("softmax", primitives())

    def test_probabilities_are_made_to_sum_to_one(self):
        coin = torch.distributions.Categorical(probs=torch.tensor([1.0, 3.0]))
        self.assertEqual(coin.probs.tolist(), [0.25, 0.75])
        self.assertEqual(int(coin.mode), 1)

    def test_a_normal_distribution_and_back(self):
        normal = torch.distributions.normal.Normal(1, torch.tensor([2.0, 0.5]))
        self.assertEqual(normal.mean.tolist(), [1.0, 1.0])
        self.assertEqual(normal.variance.tolist(), [4.0, 0.25])
        reached = normal.cdf(torch.tensor([3.0, 1.25]))
        self.assertEqual(normal.icdf(reached).shape, (2,))
        self.assertEqual(torch.distributions.Normal(0, 1).icdf(argument("level", 3)).shape, (3,))
        self.assertEqual(normal.log_prob(argument("x", 4, 2)).shape, (4, 2))

    def test_drawing_is_refused(self):
        with self.assertRaises(Unsupported) as caught:
            torch.distributions.Categorical(probs=torch.tensor([1.0, 3.0])).sample()
        self.assertIn("sample", str(caught.exception))
        with self.assertRaises(Unsupported):
            torch.distributions.Normal(0.0, 1.0).rsample((2,))
