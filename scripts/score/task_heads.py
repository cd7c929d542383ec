"""Cases of task heads: every class that transformers has for a task and for the model of a case.

    python scripts/score/task_heads.py CASES DESTINATION

CASES holds a folder for each model (config.json, io.safetensors, perhaps io2.safetensors, as score/forward.ts reads them).
Each head becomes a folder of the same kind, DESTINATION/CLASS, with random weights that depend on its name alone, called
on what the case is called on. What PyTorch cannot build or call so is left out, and listed in DESTINATION/left-out.json.
"""

import inspect
import json
import os
import sys
import zlib
from pathlib import Path

os.environ |= {"TRANSFORMERS_VERBOSITY": "critical", "HF_HUB_OFFLINE": "1"}

import torch  # noqa: E402
import transformers  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from transformers.models.auto import modeling_auto  # noqa: E402

TASKS = (
    "MODEL_MAPPING_NAMES",
    "MODEL_FOR_MASKED_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES",
    "MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES",
    "MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING_NAMES",
    "MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES",
    "MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING_NAMES",
    "MODEL_FOR_AUDIO_CLASSIFICATION_MAPPING_NAMES",
    "MODEL_FOR_AUDIO_FRAME_CLASSIFICATION_MAPPING_NAMES",
    "MODEL_FOR_AUDIO_XVECTOR_MAPPING_NAMES",
    "MODEL_FOR_CTC_MAPPING_NAMES",
)

#: Deviation of the random weights; scales stay around 1.
SPREAD = 0.08

ROOT = Path(transformers.__file__).parent


def heads_of(model_type: str) -> list[str]:
    """Names of the classes for a type of model, each once."""
    found: list[str] = []
    for task in TASKS:
        names = getattr(modeling_auto, task).get(model_type, ())
        found += [name for name in ([names] if isinstance(names, str) else names) if name not in found]
    return found


def first_tensor(output: object) -> torch.Tensor:
    """What the tracer calls the output: logits, else the last hidden state, else the pooled one, else what comes first."""
    for name in ("logits", "last_hidden_state", "pooler_output"):
        if isinstance(getattr(output, name, None), torch.Tensor):
            return getattr(output, name)
    found = output
    while not isinstance(found, torch.Tensor):
        found = next(item for item in (found.values() if hasattr(found, "values") else found) if item is not None)
    return found


def built(name: str, folder: Path) -> torch.nn.Module:
    config = transformers.AutoConfig.from_pretrained(folder)
    config._attn_implementation = "eager"
    if isinstance(getattr(config, "pad_token_id", None), int) and config.pad_token_id < 0:
        config.pad_token_id = 0
    model = getattr(transformers, name)(config).eval().float()
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    with torch.no_grad():
        for parameter in model.parameters():
            drawn = torch.randn(parameter.shape, generator=generator) * SPREAD
            parameter.copy_(drawn + (parameter.ndim < 2 and parameter.mean().item() > 0.5))
    return model


def called(model: torch.nn.Module, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """What the model gives twice, in numbers."""
    with torch.no_grad():
        first, second = (first_tensor(model(**inputs)).float().contiguous() for _ in range(2))
    if not torch.isfinite(first).all() or not torch.equal(first, second):
        raise ValueError("not finite, or another result each time")
    return first


def make(name: str, case: Path, destination: Path) -> None:
    model = built(name, case)
    accepted = inspect.signature(model.forward).parameters
    runs = {}
    for run in ("io.safetensors", "io2.safetensors"):
        if not (case / run).exists():
            continue
        inputs = {key: tensor for key, tensor in load_file(case / run).items() if key in accepted}
        try:
            runs[run] = inputs | {"output": called(model, inputs)}
        except Exception:
            if not runs:
                raise
    destination.mkdir(parents=True, exist_ok=True)
    weights, seen = {}, set()
    for key, tensor in model.state_dict().items():
        if tensor.data_ptr() not in seen or not tensor.numel():
            weights[key] = tensor.contiguous().clone()
        seen.add(tensor.data_ptr())
    save_file(weights, destination / "model.safetensors", metadata={"format": "pt"})
    model.config.architectures = [name]
    model.config.save_pretrained(destination)
    for run, tensors in runs.items():
        save_file(tensors, destination / run)
    source = Path(inspect.getsourcefile(type(model))).relative_to(ROOT)
    described = {"model_type": model.config.model_type, "class": name, "kind": "head", "file": str(source)}
    # Written last: a folder without it is made again.
    (destination / "case.json").write_text(json.dumps(described))


def main(cases: Path, destination: Path) -> None:
    torch.set_num_threads(1)
    left_out = {}
    for case in sorted(folder.parent for folder in cases.glob("*/case.json")):
        known = json.loads((case / "case.json").read_text())
        for name in heads_of(known["model_type"]):
            if name == known["class"] or (destination / name / "case.json").exists():
                continue
            try:
                make(name, case, destination / name)
            except Exception as error:
                left_out[name] = f"{type(error).__name__}: {error}".partition("\n")[0][:200]
    destination.mkdir(parents=True, exist_ok=True)
    (destination / "left-out.json").write_text(json.dumps(left_out, indent=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
