"""Which parts of memory that began uninitialised (torch.empty) have been written since, by boxes.

A box has (start, end, step) for each dimension, or None for all of it. Memory of which boxes cover every element, and a
slice of which they cover what it takes, is as good as any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from papertrace.symbolic import is_one, is_plain, same

if TYPE_CHECKING:
    from papertrace.values import Value

Span = tuple[int, int, int]
Box = tuple[Span | None, ...]

#: What is written in more pieces than this is not followed.
_MOST = 256


def wrote(result: Value, base: Value, dim: int, span: Span, new: Value) -> None:
    """``result`` is ``base`` with a slice along ``dim`` replaced by ``new``."""
    if not result.uninitialised or result.complex:
        return
    rank = len(result.shape)
    if not new.uninitialised:
        fresh: list[Box] = [tuple(span if axis == dim else None for axis in range(rank))]
    elif span[2] == 1:
        fresh = [box for box in (_moved(box, dim, span) for box in new.written) if box is not None]
    else:
        fresh = []
    _settle(result, fresh, base.written)


def took(result: Value, base: Value, dim: int, span: Span) -> None:
    """``result`` is a slice of ``base`` along ``dim``."""
    if result.uninitialised and base.written and not result.complex and span[2] == 1:
        _settle(result, [box for box in (_within(box, dim, span) for box in base.written) if box is not None])


def reshaped(result: Value, base: Value) -> None:
    """``result`` is ``base`` under another shape; followed where dimensions of one element come or go."""
    if not result.uninitialised or not base.written or result.complex:
        return
    kept = [axis for axis, size in enumerate(base.shape) if not is_one(size)]
    places = [axis for axis, size in enumerate(result.shape) if not is_one(size)]
    if len(kept) != len(places) or not all(same(base.shape[a], result.shape[b]) for a, b in zip(kept, places)):
        return
    of = dict(zip(places, kept))
    axes = range(len(result.shape))
    _settle(result, [tuple(box[of[axis]] if axis in of else None for axis in axes) for box in base.written])


def permuted(result: Value, base: Value, order: Sequence[int]) -> None:
    """Dimension i of ``result`` is dimension order[i] of ``base``."""
    if result.uninitialised and base.written and not result.complex:
        _settle(result, [tuple(box[axis] for axis in order) for box in base.written])


def _settle(result: Value, boxes: Sequence[Box], known: Sequence[Box] = ()) -> None:
    """``known``: boxes that have been joined before."""
    apart = list(known)
    for box in boxes:
        apart = _joined(apart, box)
    result.written = tuple(apart) if len(apart) <= _MOST else ()
    result.uninitialised = not _cover(result.written, result.shape, 0)


def _joined(boxes: Sequence[Box], box: Box) -> list[Box]:
    """The boxes and one more, which is made one with those beside it: writes in order stay few boxes. Newest first, so
    that a row which is full joins the rows before it."""
    apart: list[Box] = []
    for other in reversed(boxes):
        both = _together(box, other)
        if both is None:
            apart.append(other)
        else:
            box = both
    return [*reversed(apart), box]


def _together(one: Box, other: Box) -> Box | None:
    """The box that two are, where they are alike but for one dimension along which they touch or overlap."""
    differing = [axis for axis, (a, b) in enumerate(zip(one, other)) if not _alike(a, b)]
    if not differing:
        return one
    axis = differing[0]
    a, b = one[axis], other[axis]
    if len(differing) > 1 or a is None or b is None or a[2] != 1 or b[2] != 1:
        return None
    if not all(map(is_plain, (*a, *b))) or a[0] > b[1] or b[0] > a[1]:
        return None
    return (*one[:axis], (min(a[0], b[0]), max(a[1], b[1]), 1), *one[axis + 1 :])


def _alike(one: Span | None, other: Span | None) -> bool:
    return one is other or one is not None and other is not None and all(map(same, one, other))


def _moved(box: Box, dim: int, span: Span) -> Box | None:
    """A box of a slice as one of what it is a slice of."""
    own = box[dim]
    if own is not None and own[2] != 1:
        return None
    there = span if own is None else (span[0] + own[0], span[0] + own[1], 1)
    return (*box[:dim], there, *box[dim + 1 :])


def _within(box: Box, dim: int, span: Span) -> Box | None:
    """The part of a box that lies within a slice, counted from where that begins."""
    own = box[dim]
    if own is None or own[2] == 1 and same(own[0], span[0]) and same(own[1], span[1]):
        return (*box[:dim], None, *box[dim + 1 :])
    if own[2] != 1 or not all(is_plain(number) for number in (*own, *span)):
        return None
    start, end = max(own[0], span[0]), min(own[1], span[1])
    return (*box[:dim], (start - span[0], end - span[0], 1), *box[dim + 1 :]) if start < end else None


def _cover(boxes: Sequence[Box], shape: Sequence[int], axis: int) -> bool:
    """Whether every element is in a box, of the dimensions from ``axis`` on."""
    if not boxes or axis == len(shape):
        return bool(boxes)
    everywhere = [box for box in boxes if box[axis] is None]
    if _cover(everywhere, shape, axis + 1):
        return True
    return len(everywhere) < len(boxes) and (_interleaved(boxes, shape, axis) or _chained(boxes, shape, axis))


def _interleaved(boxes: Sequence[Box], shape: Sequence[int], axis: int) -> bool:
    """Every n-th element from 0, from 1, …"""
    step = max(box[axis][2] if box[axis] else 1 for box in boxes)  # type: ignore[index]
    if step == 1:
        return False

    def beginning_at(first: int) -> list[Box]:
        whole = (first, shape[axis], step)
        return [box for box in boxes if _alike(box[axis], whole)]

    return all(_cover(beginning_at(first), shape, axis + 1) for first in range(step))


def _chained(boxes: Sequence[Box], shape: Sequence[int], axis: int) -> bool:
    """Piece after piece, each beginning where one before it ended."""
    spans = [span for span in (box[axis] for box in boxes) if span is not None and span[2] == 1]
    edges = {edge for span in spans for edge in span[:2] if is_plain(edge)}
    reached, size = 0, shape[axis]
    if not any(same(edge, size) for edge in (reached, *(edge for span in spans for edge in span[:2]))):
        return False
    while not same(reached, size):
        following = next((span[1] for span in spans if same(span[0], reached)), None)
        if is_plain(reached) and (following is None or is_plain(following)):
            following = min((edge for edge in edges if edge > reached), default=following)
        if following is None or same(following, reached):
            return False
        if not _cover([box for box in boxes if _spans(box[axis], reached, following)], shape, axis + 1):
            return False
        reached = following
    return True


def _spans(span: Span | None, start: int, end: int) -> bool:
    if span is None:
        return True
    if span[2] != 1:
        return False
    if same(span[0], start) and same(span[1], end):
        return True
    plain = all(is_plain(number) for number in (*span, start, end))
    return plain and span[0] <= start and end <= span[1]
