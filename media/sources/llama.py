"""Llama: a decoder-only transformer that predicts the next token, written to be read.

    token ids -> embedding -> N x (attention, feed-forward) -> norm -> logits

Papers: LLaMA (Touvron et al. 2023, arXiv:2302.13971), built from Attention Is All You Need (Vaswani et al. 2017,
arXiv:1706.03762), RMSNorm (Zhang & Sennrich 2019, arXiv:1910.07467), rotary position embedding (Su et al. 2021,
arXiv:2104.09864), the gated feed-forward network SwiGLU (Shazeer 2020, arXiv:2002.05202) and grouped-query attention
(Ainslie et al. 2023, arXiv:2305.13245).

Parameters have the names of Hugging Face's checkpoints (`model.layers.0.self_attn.q_proj.weight`, ...), so that their
weights load as they are.

Sizes in the shapes below:
    batch          prompts computed side by side
    sequence       tokens given in this call
    past           tokens seen in earlier calls, whose keys and values are in the cache (0 without a cache)
    length         past + sequence: all positions that can be attended to
    hidden         width of the residual stream, `config.hidden_size`
    heads          query heads, `config.num_attention_heads`
    key_heads      key and value heads, `config.num_key_value_heads`; each serves heads / key_heads query heads
    head_size      width of one head, `config.head_dim`
"""

import math

import torch
from torch import nn
from torch.nn import functional as F


class LlamaConfig:
    """The sizes and constants of a Llama; arguments are the keys of a checkpoint's `config.json`.

    Keys that do not change the computation are accepted and left out. Keys that would change it in a way that this
    source does not implement (biases, another activation, scaled rotary embeddings) raise ValueError.
    """

    def __init__(
        self,
        vocab_size: int = 32000,
        hidden_size: int = 4096,
        intermediate_size: int = 11008,
        num_hidden_layers: int = 32,
        num_attention_heads: int = 32,
        num_key_value_heads: int | None = None,
        head_dim: int | None = None,
        rope_theta: float = 10000.0,
        rope_parameters: dict | None = None,
        rms_norm_eps: float = 1e-6,
        tie_word_embeddings: bool = False,
        hidden_act: str = "silu",
        attention_bias: bool = False,
        mlp_bias: bool = False,
        rope_scaling: dict | None = None,
        **other,
    ):
        rope = rope_parameters or rope_scaling or {}
        if rope.get("rope_type", rope.get("type", "default")) != "default":
            raise ValueError(f"llama.py implements plain rotary embeddings, not {rope}.")
        if hidden_act != "silu":
            raise ValueError(f"llama.py implements the activation silu, not {hidden_act}.")
        if attention_bias or mlp_bias:
            raise ValueError("llama.py implements projections without bias.")
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.num_key_value_heads = num_key_value_heads or num_attention_heads
        self.head_dim = head_dim or hidden_size // num_attention_heads
        self.rope_theta = rope.get("rope_theta", rope_theta)
        self.rms_norm_eps = rms_norm_eps
        self.tie_word_embeddings = tie_word_embeddings


class LlamaRMSNorm(nn.Module):
    """Root mean square normalisation: each token's vector is brought to length ~ sqrt(hidden), then scaled per channel.

        y = weight * x / sqrt(mean(x^2) + eps)

    Unlike layer normalisation it subtracts no mean and adds no bias.
    """

    def __init__(self, hidden_size: int, eps: float):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.eps = eps

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(batch, sequence, hidden) -> (batch, sequence, hidden)"""
        mean_square = hidden.pow(2).mean(dim=-1, keepdim=True)
        normalised = hidden * torch.rsqrt(mean_square + self.eps)
        return self.weight * normalised


class LlamaRotaryEmbedding(nn.Module):
    """Angles of the rotary position embedding.

    Channel pair i of a head turns by position * theta^(-2i / head_size): the first pairs turn by one radian a token, the
    last ones hardly at all, so that the dot product of a query and a key depends on how far apart they stand.
    """

    def __init__(self, config: LlamaConfig):
        super().__init__()
        exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim
        frequencies = 1.0 / (config.rope_theta**exponents)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """positions (sequence) -> cosines and sines, (sequence, head_size) each

        The two halves hold the same angles, because channel i is paired with channel i + head_size / 2.
        """
        angles = positions[:, None].float() * self.frequencies[None, :]
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos(), angles.sin()


def rotate_half(x: torch.Tensor) -> torch.Tensor:
    """(a, b) -> (-b, a) for the two halves of the last dimension: every channel pair turned by 90 degrees."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def apply_rotary(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Turns every channel pair of every head by the angle of its position: x cos(a) + rotate_half(x) sin(a).

    x (batch, heads, sequence, head_size), cos and sin (sequence, head_size) -> the shape of x
    """
    return x * cos + rotate_half(x) * sin


def repeat_heads(x: torch.Tensor, times: int) -> torch.Tensor:
    """Repeats each key or value head for the query heads that share it (grouped-query attention).

    (batch, key_heads, length, head_size) -> (batch, key_heads * times, length, head_size)
    """
    batch, key_heads, length, head_size = x.shape
    groups = x[:, :, None, :, :].expand(batch, key_heads, times, length, head_size)
    return groups.reshape(batch, key_heads * times, length, head_size)


class LlamaAttention(nn.Module):
    """Causal self-attention: every token gathers values from itself and the tokens before it.

        weights = softmax(query key^T / sqrt(head_size) + mask)
        output  = weights value, the heads joined and mixed by o_proj
    """

    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.heads = config.num_attention_heads
        self.key_heads = config.num_key_value_heads
        self.head_size = config.head_dim
        self.q_proj = nn.Linear(config.hidden_size, self.heads * self.head_size, bias=False)
        self.k_proj = nn.Linear(config.hidden_size, self.key_heads * self.head_size, bias=False)
        self.v_proj = nn.Linear(config.hidden_size, self.key_heads * self.head_size, bias=False)
        self.o_proj = nn.Linear(self.heads * self.head_size, config.hidden_size, bias=False)

    def forward(
        self,
        hidden: torch.Tensor,
        rotary: tuple[torch.Tensor, torch.Tensor],
        visible: torch.Tensor,
        past: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """One attention layer.

        hidden   (batch, sequence, hidden)
        rotary   cosines and sines, (sequence, head_size) each
        visible  (batch or 1, 1, sequence, length) bool: which positions each token may attend to
        past     keys and values of earlier calls, (batch, key_heads, past, head_size) each
        returns  the layer's output (batch, sequence, hidden), and keys and values of all positions so far
        """
        batch, sequence, _ = hidden.shape
        cos, sin = rotary

        # What each token asks for, what it offers, and what it passes on; split into heads.
        query = self.q_proj(hidden).view(batch, sequence, self.heads, self.head_size).transpose(1, 2)
        key = self.k_proj(hidden).view(batch, sequence, self.key_heads, self.head_size).transpose(1, 2)
        value = self.v_proj(hidden).view(batch, sequence, self.key_heads, self.head_size).transpose(1, 2)

        # Positions enter here and nowhere else: queries and keys are turned, values are not.
        query = apply_rotary(query, cos, sin)
        key = apply_rotary(key, cos, sin)

        if past is not None:
            key = torch.cat((past[0], key), dim=2)
            value = torch.cat((past[1], value), dim=2)
        present = (key, value)

        shared_key = repeat_heads(key, self.heads // self.key_heads)
        shared_value = repeat_heads(value, self.heads // self.key_heads)

        # (batch, heads, sequence, length): one score for every pair of positions in every head.
        scores = torch.matmul(query, shared_key.transpose(-2, -1))
        scaled = scores / math.sqrt(self.head_size)
        masked = scaled.masked_fill(~visible, torch.finfo(scaled.dtype).min)
        weights = F.softmax(masked, dim=-1)
        mixed = torch.matmul(weights, shared_value)

        joined = mixed.transpose(1, 2).reshape(batch, sequence, self.heads * self.head_size)
        output = self.o_proj(joined)
        return output, present


class LlamaMLP(nn.Module):
    """Gated feed-forward network (SwiGLU), applied to every token by itself.

        down_proj(silu(gate_proj(x)) * up_proj(x)),  silu(a) = a * sigmoid(a)
    """

    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.gate_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """(batch, sequence, hidden) -> (batch, sequence, hidden), through (batch, sequence, intermediate)"""
        gate = F.silu(self.gate_proj(hidden))
        up = self.up_proj(hidden)
        gated = gate * up
        return self.down_proj(gated)


class LlamaDecoderLayer(nn.Module):
    """One block: attention moves information between tokens, the feed-forward network works on each token.

    Both read a normalised copy of the residual stream and add their result to it (pre-norm).
    """

    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.self_attn = LlamaAttention(config)
        self.mlp = LlamaMLP(config)
        self.input_layernorm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.post_attention_layernorm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)

    def forward(
        self,
        residual: torch.Tensor,
        rotary: tuple[torch.Tensor, torch.Tensor],
        visible: torch.Tensor,
        past: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """(batch, sequence, hidden) -> (batch, sequence, hidden), and the layer's keys and values"""
        attended, present = self.self_attn(self.input_layernorm(residual), rotary, visible, past)
        residual = residual + attended
        transformed = self.mlp(self.post_attention_layernorm(residual))
        residual = residual + transformed
        return residual, present


class LlamaModel(nn.Module):
    """Embedding, the stack of blocks and the last norm: token ids to one vector for each token."""

    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([LlamaDecoderLayer(config) for _ in range(config.num_hidden_layers)])
        self.norm = LlamaRMSNorm(config.hidden_size, config.rms_norm_eps)
        self.rotary_emb = LlamaRotaryEmbedding(config)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: list[tuple[torch.Tensor, torch.Tensor]] | None = None,
    ) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
        """The residual stream after the last norm (batch, sequence, hidden), and every layer's keys and values."""
        _, sequence = input_ids.shape
        past = 0 if past_key_values is None else past_key_values[0][0].shape[2]
        length = past + sequence

        # A token sees itself and what came before it; padding is seen by nobody.
        key_positions = torch.arange(length, device=input_ids.device)
        positions = key_positions[past:]
        visible = (key_positions[None, :] <= positions[:, None])[None, None, :, :]
        if attention_mask is not None:
            visible = visible & attention_mask[:, None, None, :].bool()

        rotary = self.rotary_emb(positions)
        residual = self.embed_tokens(input_ids)
        presents = []
        for index, layer in enumerate(self.layers):
            layer_past = None if past_key_values is None else past_key_values[index]
            residual, present = layer(residual, rotary, visible, layer_past)
            presents.append(present)
        return self.norm(residual), presents


class LlamaForCausalLM(nn.Module):
    """The language model: for every position, a score (logit) for every token that could come next."""

    def __init__(self, config: LlamaConfig):
        super().__init__()
        self.model = LlamaModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: list[tuple[torch.Tensor, torch.Tensor]] | None = None,
        use_cache: bool = False,
    ) -> dict:
        """Logits of the next token at every position.

        input_ids        (batch, sequence) int64
        attention_mask   (batch, past + sequence), 1 for tokens and 0 for padding; None: no padding
        past_key_values  for each layer its keys and values, (batch, key_heads, past, head_size) each, as an earlier call
                         returned them, or pairs of past = 0. None: there was no earlier call
        use_cache        whether a later call goes on from this one
        returns          "logits" (batch, sequence, vocabulary) and, with use_cache, "past_key_values", the cache with
                         this call's tokens added
        """
        hidden, presents = self.model(input_ids, attention_mask, past_key_values)
        logits = self.lm_head(hidden)
        if use_cache:
            return {"logits": logits, "past_key_values": presents}
        return {"logits": logits}
