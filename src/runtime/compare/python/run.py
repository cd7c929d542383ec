"""Runs a source under the reader's own Python and PyTorch: `python -B run.py`, a request as JSON on stdin.

Answers are lines of JSON on stdout (src/runtime/compare/protocol.ts); what the source prints goes to stderr.
"""

from __future__ import annotations

import os
import sys

if sys.version_info < (3, 10):
    print('{"kind": "failed", "reason": "old-python", "detail": "%d.%d"}' % sys.version_info[:2])
    sys.exit(1)

# Nothing of this folder may stand in the way of the source's own modules.
sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != os.path.dirname(os.path.abspath(__file__))]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from papertrace_pytorch.main import main  # noqa: E402

sys.path.pop(0)
sys.exit(main())
