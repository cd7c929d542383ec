"""Which files of transformers run as they are.

Real is what carries meaning for a forward pass and moves with versions: models, configurations, masks, caches, rope.
Their own imports meet stand-ins, so that nothing else is dragged in.
"""

from __future__ import annotations

import re

#: Modules of transformers that are the reader's own files, beside everything under `models`.
REAL = frozenset(
    f"transformers.{name}"
    for name in (
        "activations",
        "backbone_utils",
        "cache_utils",
        "configuration_utils",
        "conversion_mapping",
        "core_model_loading",
        "image_transforms",
        "integrations.heterogeneity",
        "integrations.heterogeneity.configuration_utils",
        "integrations.moe",
        "masking_utils",
        "modeling_attn_mask_utils",
        "modeling_layers",
        "modeling_outputs",
        "modeling_rope_utils",
        "modeling_utils",
        "monkey_patching",
        "pytorch_utils",
        "time_series_utils",
        "utils.constants",
        "utils.generic",
        "utils.output_capturing",
        "vision_utils",
    )
)

#: Files under `models` that prepare inputs or convert checkpoints.
_NOT_MODELS = re.compile(r"^(tokenization|processing|image_processing|feature_extraction|video_processing|convert)_")


def is_real(name: str) -> bool:
    """Whether the module `transformers.…` is the reader's own file, if it exists."""
    if name.startswith("transformers.models."):
        return _NOT_MODELS.match(name.rpartition(".")[2]) is None
    return name in REAL


#: Imported before a memory snapshot is taken: what nearly every model needs.
CORE = (
    "transformers.configuration_utils",
    "transformers.modeling_utils",
    "transformers.cache_utils",
    "transformers.masking_utils",
    "transformers.modeling_layers",
    "transformers.modeling_outputs",
    "transformers.modeling_rope_utils",
    "transformers.activations",
    "transformers.integrations.moe",
    "transformers.models.auto.configuration_auto",
    "transformers.models.auto.modeling_auto",
)
