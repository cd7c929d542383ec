"""Trains media/models/tiny-llama, the model that is always there: python scripts/train/tiny_llama.py

Needs torch, tokenizers and safetensors. Takes about ten minutes on one core; the same versions on the same kind of
processor give the same weights. The model is media/sources/llama.py itself.
"""

import json
import math
import random
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

import stories as grammar
from stories import stories
from tokenizer import BEGIN, END, tokenizer_config, train_tokenizer

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "media" / "sources"))
from llama import LlamaConfig, LlamaForCausalLM  # noqa: E402

FOLDER = PROJECT / "media" / "models" / "tiny-llama"
HELD_OUT = PROJECT / "test" / "fixtures" / "models" / "tiny-llama-held-out.json"

SEED = 1
TRAINING_STORIES, HELD_OUT_STORIES = 60_000, 400
CONTEXT = 128
BATCH = 24
STEPS = 780
LEARNING_RATE = 3e-3
WARM_UP = 60

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 768,
    "hidden_size": 128,
    "intermediate_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "hidden_act": "silu",
    "attention_bias": False,
    "mlp_bias": False,
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
    "torch_dtype": "float32",
}


def rows(texts: list[str], tokenizer, length: int) -> torch.Tensor:
    """Stories one after the other, each as <|begin|> text <|end|>, in rows of `length` that start with a story."""
    packed, row = [], []
    for text in texts:
        row += [CONFIG["bos_token_id"], *tokenizer.encode(text).ids, CONFIG["eos_token_id"]]
        if len(row) >= length:
            packed.append(row[:length])
            row = []
    return torch.tensor(packed)


def initialise(model: LlamaForCausalLM) -> None:
    """Small normal weights; those that write to the residual stream smaller still (Radford et al. 2019, 2.3)."""
    for name, parameter in model.named_parameters():
        if parameter.dim() == 2:
            writes = name.endswith(("o_proj.weight", "down_proj.weight"))
            scale = 0.02 / math.sqrt(2 * CONFIG["num_hidden_layers"]) if writes else 0.02
            torch.nn.init.normal_(parameter, std=scale)


def learning_rate(step: int) -> float:
    """Linear warm-up, then a cosine down to a tenth."""
    if step < WARM_UP:
        return LEARNING_RATE * (step + 1) / WARM_UP
    progress = (step - WARM_UP) / (STEPS - WARM_UP)
    return LEARNING_RATE * (0.55 + 0.45 * math.cos(math.pi * progress))


def loss_of(model: LlamaForCausalLM, ids: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy, in nats, of every next token."""
    logits = model(ids[:, :-1])["logits"]
    return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())


def train(model: LlamaForCausalLM, data: torch.Tensor) -> None:
    matrices = [p for p in model.parameters() if p.dim() == 2]
    vectors = [p for p in model.parameters() if p.dim() != 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    order = torch.randperm(len(data))
    started = time.monotonic()
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step)
        chosen = order[torch.arange(step * BATCH, (step + 1) * BATCH) % len(data)]
        loss = loss_of(model, data[chosen])
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 50 == 0 or step == STEPS - 1:
            print(f"step {step} loss {loss.item():.4f} after {time.monotonic() - started:.0f} s", flush=True)


# Stories that end with a question, and what stands before its answer.
QUESTIONS = {"because": "?", "lookup": "?", "whereabouts": "?", "belongings": "?", "copying": "again:"}
ASKED = 100


def right_answers(model: LlamaForCausalLM, tokenizer, kind: str) -> int:
    """Of ASKED questions of a kind, how many have an answer whose every token is the model's first choice."""
    source, right = random.Random(SEED + 3), 0
    for _ in range(ASKED):
        text = getattr(grammar, kind)(source)
        asked = text[: text.index(QUESTIONS[kind]) + len(QUESTIONS[kind])]
        first = 1 + len(tokenizer.encode(asked).ids)
        ids = [CONFIG["bos_token_id"], *tokenizer.encode(text).ids]
        best = model(torch.tensor([ids]))["logits"][0].argmax(dim=-1).tolist()
        right += best[first - 1 : -1] == ids[first:]
    return right


def write_json(path: Path, content: dict, indent: int | None = 2) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(SEED)

    held_out_texts = stories(SEED + 1, HELD_OUT_STORIES)
    texts = stories(SEED, TRAINING_STORIES, without=frozenset(held_out_texts))
    tokenizer = train_tokenizer(texts[:20_000], CONFIG["vocab_size"])
    assert [tokenizer.token_to_id(token) for token in (BEGIN, END)] == [0, 1]
    data = rows(texts, tokenizer, CONTEXT)
    held_out = rows(held_out_texts, tokenizer, CONTEXT)

    model = LlamaForCausalLM(LlamaConfig(**CONFIG))
    initialise(model)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters} parameters, {len(data)} rows, {tokenizer.get_vocab_size()} tokens", flush=True)
    train(model, data)

    model.eval()
    with torch.no_grad():
        loss = loss_of(model, held_out).item()
    print(f"held-out loss {loss:.6f}")

    FOLDER.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    save_file(weights, FOLDER / "model.safetensors", metadata={"format": "pt"})
    write_json(FOLDER / "config.json", CONFIG)
    write_json(FOLDER / "generation_config.json", GENERATION)
    write_json(FOLDER / "tokenizer.json", json.loads(tokenizer.to_str()), indent=None)
    write_json(FOLDER / "tokenizer_config.json", tokenizer_config(CONFIG["max_position_embeddings"]))
    write_json(HELD_OUT, {"ids": held_out.tolist(), "loss": loss}, indent=None)
    facts = {"parameters": f"{parameters:,}", "loss": f"{loss:.3f}", "tokens": f"{STEPS * BATCH * CONTEXT:,}"}
    write_card({**facts, "answers": answers(model, tokenizer)})


def answers(model: LlamaForCausalLM, tokenizer) -> str:
    with torch.no_grad():
        return ", ".join(f"{kind} {right_answers(model, tokenizer, kind)}" for kind in QUESTIONS)


def write_card(facts: dict[str, str]) -> None:
    card = (Path(__file__).parent / "tiny_llama_card.md").read_text(encoding="utf-8")
    for name, value in facts.items():
        card = card.replace(f"{{{name}}}", value)
    (FOLDER / "README.md").write_text(card, encoding="utf-8")


GENERATION = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}

if __name__ == "__main__":
    main()
