"""Whatever Python does with a free size: where every guard holds, the result is the one for the size of the run."""

import ast
import math
import operator
import random
import unittest

from papertrace.conversions import CONVERT, convert, symbolic_len
from papertrace.instrument import instrument
from papertrace.ratios import SymFloat
from papertrace.ranges import symbolic_range
from papertrace.symbolic import SymInt, polynomial_of

from support import argument, free, record, torch

#: Uses of a size, as source has them.
USES = [
    "2.0 * n", "n * 0.5", "2.5 / n", "n / 2", "1 / n", "(n - 3) / 2 + 1", "0.1 * n", "n ** 2", "n ** 0.5", "2 ** n",
    "int(n / 2)", "int(0.75 * n)", "int(n * 0.3)", "math.ceil(n / 3)", "math.floor(n / 4)", "round(n / 2)",
    "float(n)", "math.floor((n - 3) / 5 + 1)", "math.sqrt(n)", "math.log2(n + 1)", "math.gcd(n, 12)", "math.isqrt(n)",
    "abs(3 - n)", "divmod(n, 4)", "-n // 4", "-n % 4", "-2 % n", "-2 // n", "(3 - n) % n", "(7 - n) // 3", "n // -2", "n % -3", "-(-n // 4) * 4",
    "n // 2.0", "n % 2.5", "list(range(50))[n]", "list(range(9))[:n]", "list(range(9))[-n:]", "'abcdefghi'[n % 5:]",
    "[0] * n", "n * (1,)", "list(range(n))", "list(range(n, 2, -2))", "len(range(n))", "sum(i for i in range(n))",
    "[i * n for i in range(3)]", "min(n, 9)", "max(n, 3)", "min(n, 9) + max(4, n)", "sorted([n, 5, 9])", "n > 4",
    "n == 7", "n != 8", "3 < n <= 9", "n == 7.5", "n < 7.5", "n > 6.0", "n / 4 > 1", "n / 4 == 1.75",
    "(n / 2).is_integer()", "bool(n - 7)", "not n", "n in (3, 7, 12)", "n in {3, 7, 12}",
    "{7: 'seven', 9: 'nine'}.get(n, 'other')", "{n: 1} == {7: 1}", "n in range(5)", "(n, 3) == (7, 3)", "[n] == [9]",
    "str(n)", "f'{n:03d}'", "'%d' % n", "repr(n)", "n & 3", "n << 1", "n >> 1", "~n", "n.bit_length()",
    "hash(n) == 7", "type(n) is int", "isinstance(n, int)", "type(n / 2) is float", "isinstance(n, str)", "n and 5",
    "n or 5", "1 if n % 4 else 2", "sum([n, n, 1])", "math.prod([n, 2])", "n.real", "complex(n)", "n ^ 5",
    "next(i for i in range(100) if i * i >= n)", "list(zip(range(n), 'abcd'))", "x.shape == (2, 7)", "len(x)",
    "x.numel()", "x.size(1) // 2", "tuple(x.shape)", "x.shape[1:] + (3,)", "x.shape.numel()",
    "hash(x.shape) == hash((2, 7))", "int(n)", "torch.tensor(n).item() + 1", "torch.tensor([n, 3]).prod().item()",
    "bool(torch.tensor(n) > 8)", "torch.arange(n).shape", "torch.arange(0, n, 3).shape", "x[:, :5].shape",
    "x[:, 3:].shape", "x[:, -4:].shape", "x[:, ::2].shape", "[tuple(part.shape) for part in x.split(4, 1)]",
    "[tuple(part.shape) for part in x.chunk(3, 1)]", "x[:, 3].shape",
    "tuple(torch.nn.functional.pad(x, (0, 9 - n)).shape)", "tuple(torch.nn.functional.pad(x, (0, -n % 4)).shape)",
    "x.reshape(2, -1, n).shape", "x.narrow(1, n - 3, 2).shape", "x.squeeze(1).shape",
    "len([part for part in x.unbind(1)])", "torch.nn.functional.adaptive_avg_pool1d(x, 4).shape",
    "torch.hann_window(n).shape", "torch.linspace(0, 1, n).shape", "torch.triu_indices(n, n).shape",
]  # fmt: skip

SIZES = (1, 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 20)


def at(value, n):
    """A result with its sizes bound."""
    if isinstance(value, SymFloat):
        return at(value.numerator, n) / at(value.denominator, n)
    if isinstance(value, SymInt):
        return bound(polynomial_of(value).items(), n)
    if isinstance(value, torch.Size):
        return tuple(at(item, n) for item in value)
    if type(value) in (list, tuple):
        return type(value)(at(item, n) for item in value)
    return value


def bound(items, n):
    return sum(c * math.prod(atom_at(item, n) for item in monomial) for monomial, c in items)


def atom_at(item, n):
    kind = item[0]
    if kind == "symbol":
        return n
    if kind in ("floordiv", "mod"):
        left, right = bound(item[1], n), bound(item[2], n)
        return left // right if kind == "floordiv" else left % right
    raise AssertionError(f"{kind} is known only in the run")


def guards_hold(n):
    try:
        return not record.trace.guards.data and all(
            getattr(operator, comparison)(bound(left, n), bound(right, n)) is result
            for comparison, left, right, result, _ in record.trace.guards.sizes.values()
        )
    except ZeroDivisionError:
        return False


def use(source, n):
    """The value of an expression, made ready as the loader makes source."""
    names = {"n": n, "x": argument("x", 2, n), "math": math, "torch": torch}
    names |= {"len": symbolic_len, "range": symbolic_range, CONVERT: convert}
    tree = instrument(ast.parse(f"result = {source}"), "<use>")
    exec(compile(tree, "<use>", "exec"), names)
    return names["result"]


def plain(source, n):
    record.reset()
    try:
        return at(use(source, n), n)
    except Exception as error:
        return type(error)


class SizesAreNotLost(unittest.TestCase):
    def check(self, source, hint):
        record.reset()
        try:
            value = use(source, free("n", hint))
        except Exception:
            # The source refuses this size: it is traced at another.
            return
        guarded = record.trace
        served = [n for n in SIZES if guards_hold(n)]
        if not guarded.guards.data:
            self.assertIn(hint, served, f"{source} traced at {hint} does not serve {hint}")
        results = {n: at(value, n) for n in served}
        for n in served:
            self.assertEqual(results[n], plain(source, n), f"{source} traced at {hint} is wrong at {n}")

    def test_uses(self):
        for source in USES:
            for hint in (7, 8):
                with self.subTest(source, hint=hint):
                    self.check(source, hint)

    def test_random_expressions(self):
        rng = random.Random(0)

        def expression(depth):
            if depth == 0 or rng.random() < 0.2:
                return rng.choice(["n", "n", "n", str(rng.randint(1, 9)), rng.choice(["0.5", "0.25", "1.5", "0.3"])])
            left, right = expression(depth - 1), expression(depth - 1)
            form = rng.choice(
                ["({} + {})", "({} - {})", "({} * {})", "({} // {})", "({} % {})", "({} / {})", "min({}, {})"]
                + ["max({}, {})", "({} if {} > 4 else 3)", "math.ceil({} / ({} + 3))"]
                + ["math.floor({} * 0.5 + {})", "round({} + {})"]
            )
            return form.format(left, right)

        for _ in range(120):
            source = expression(3)
            with self.subTest(source):
                self.check(source, rng.choice([6, 7, 11]))

    def test_what_stays_free(self):
        for source in ("n / 2", "2.0 * n", "math.ceil(n / 3)", "int(n / 2)", "float(n)", "int(n)", "len(x[0])"):
            record.reset()
            value = use(source, free("n", 7))
            self.assertIsInstance(value, (SymInt, SymFloat), source)
            self.assertNotIn("eq", [guard[0] for guard in record.trace.guards.sizes.values()], source)


if __name__ == "__main__":
    unittest.main()
