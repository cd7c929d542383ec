"""What functools keeps for traced source."""

import functools
import unittest

from support import free, record  # puts papertrace on the path

from papertrace import caches
from papertrace.instrument import BIND


class Caches(unittest.TestCase):
    def test_a_size_of_one_trace_is_not_kept_for_the_next(self):
        before = functools.lru_cache, functools.cache
        self.addCleanup(lambda: setattr(functools, "lru_cache", before[0]) or setattr(functools, "cache", before[1]))
        caches.install()
        module = {BIND: None}
        exec("import functools\n\n@functools.lru_cache(maxsize=4)\ndef made(size):\n    return [size]\n", module)
        self.assertIs(module["made"](3), module["made"](3))
        record.reset()
        size = free("height", 32)
        self.assertIsNot(module["made"](size), module["made"](size))
        self.assertEqual(record.trace.guards.sizes, {})
