"""The logits of a text in pieces, as PyTorch computes them.

    python scripts/score/pieces.py CASE INPUTS.safetensors LOGITS.safetensors ARGUMENT COUNT …

CASE is a folder of a model (config.json, model.safetensors, case.json); INPUTS holds forward's arguments, of which
ARGUMENT, the text's ids [1, tokens], is given in pieces of COUNT tokens, with what the source carried on from the piece
before; LOGITS is given `logits` [1, tokens, vocabulary].
"""

import json
import os
import sys
from pathlib import Path

os.environ |= {"TRANSFORMERS_VERBOSITY": "critical", "HF_HUB_OFFLINE": "1"}

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402


def main(case: str, inputs: str, logits: str, argument: str, *counts: str) -> None:
    name = json.loads((Path(case) / "case.json").read_text())["class"]
    model = getattr(transformers, name).from_pretrained(case, attn_implementation="eager").eval()
    fixed = load_file(inputs)
    pieces = fixed.pop(argument).split([int(count) for count in counts], dim=1)
    carried = None
    rows = []
    with torch.no_grad():
        for piece in pieces:
            output = model(**fixed, **{argument: piece}, past_key_values=carried, use_cache=True)
            carried = output.past_key_values
            rows.append(output.logits)
    save_file({"logits": torch.cat(rows, 1).contiguous()}, logits)


if __name__ == "__main__":
    main(*sys.argv[1:])
