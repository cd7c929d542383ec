"""Tensors in files: safetensors (https://huggingface.co/docs/safetensors), and spans of bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import torch

_DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "I16": torch.int16,
    "I32": torch.int32,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def stored(file: str, offset: int, length: int, dtype: str, shape: list[int]) -> torch.Tensor:
    """The tensor that lies at a place of a file; `dtype` is PyTorch's name."""
    with open(file, "rb") as opened:
        opened.seek(offset)
        data = bytearray(opened.read(length))
    return _view(data, getattr(torch, dtype), shape)


def read(path: str) -> dict[str, torch.Tensor]:
    """Every tensor of a small safetensors file."""
    with open(path, "rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header: dict[str, Any] = json.loads(opened.read(length))
        data = opened.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            tensors[name] = _view(bytearray(data[begin:end]), _DTYPES[entry["dtype"]], entry["shape"])
    return tensors


def write(path: str, tensors: Mapping[str, torch.Tensor]) -> None:
    """Writes contiguous tensors of the processor."""
    header: dict[str, Any] = {}
    offset = 0
    for name, tensor in tensors.items():
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    with open(path, "wb") as opened:
        opened.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            opened.write(bytes(_bytes(tensor)))


def writable(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers in a type that a file can hold."""
    return tensor if tensor.dtype in _NAMES else tensor.to(torch.float32)


def _view(data: bytearray, dtype: torch.dtype, shape: list[int]) -> torch.Tensor:
    if not data:
        return torch.empty(shape, dtype=dtype)
    return torch.frombuffer(data, dtype=torch.uint8).view(dtype).reshape(shape)


def _bytes(tensor: torch.Tensor) -> bytearray:
    data = bytearray(tensor.numel() * tensor.element_size())
    if data:
        torch.frombuffer(data, dtype=torch.uint8).copy_(tensor.reshape(-1).view(torch.uint8))
    return data
