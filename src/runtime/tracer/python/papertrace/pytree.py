"""torch.utils._pytree: nested containers as a list of leaves and what holds them."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TreeSpec:
    """What holds the leaves; a leaf itself has no type."""

    type: type | None
    #: Keys of a dictionary, in order.
    context: tuple
    children_specs: tuple[TreeSpec, ...]

    @property
    def num_leaves(self) -> int:
        return 1 if self.type is None else sum(child.num_leaves for child in self.children_specs)

    def is_leaf(self) -> bool:
        return self.type is None


LeafSpec = TreeSpec(None, (), ())
_DICTIONARIES = (dict, OrderedDict, defaultdict)


def _children(tree: Any) -> tuple[tuple, list] | None:
    """Keys and children of a container; None of a leaf."""
    if type(tree) in _DICTIONARIES:
        return tuple(tree), list(tree.values())
    if type(tree) in (list, tuple, deque) or isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return (), list(tree)
    return None


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list, TreeSpec]:
    parts = None if is_leaf is not None and is_leaf(tree) else _children(tree)
    if parts is None:
        return [tree], LeafSpec
    leaves: list = []
    specs = []
    for child in parts[1]:
        found, spec = tree_flatten(child, is_leaf)
        leaves += found
        specs.append(spec)
    return leaves, TreeSpec(type(tree), parts[0], tuple(specs))


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    return _build(iter(leaves), treespec)


def _build(leaves: Any, spec: TreeSpec) -> Any:
    if spec.type is None:
        return next(leaves)
    children = [_build(leaves, child) for child in spec.children_specs]
    if spec.type in _DICTIONARIES:
        pairs = zip(spec.context, children)
        return defaultdict(None, pairs) if spec.type is defaultdict else spec.type(pairs)
    return spec.type(*children) if hasattr(spec.type, "_fields") else spec.type(children)


def tree_map(func: Callable, tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_flatten(rest, is_leaf)[0] for rest in rests]
    return tree_unflatten([func(*group) for group in zip(leaves, *others)], spec)


def tree_map_only(kind: Any, func: Callable, tree: Any, **options: Any) -> Any:
    return tree_map(lambda leaf: func(leaf) if isinstance(leaf, kind) else leaf, tree, **options)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list:
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    return tree_flatten(tree, is_leaf)[1]


def tree_all(predicate: Callable[[Any], bool], tree: Any) -> bool:
    return all(map(predicate, tree_leaves(tree)))


def tree_any(predicate: Callable[[Any], bool], tree: Any) -> bool:
    return any(map(predicate, tree_leaves(tree)))


NAMES: dict[str, Any] = {
    function.__name__: function
    for function in (
        TreeSpec,
        tree_all,
        tree_any,
        tree_flatten,
        tree_leaves,
        tree_map,
        tree_map_only,
        tree_structure,
        tree_unflatten,
    )
} | {"LeafSpec": LeafSpec}
