"""Where the operands of an instruction come from: read backwards over code without jumps."""

from __future__ import annotations

import dis
from collections.abc import Sequence

#: How many values an instruction takes from the stack and how many it puts there, where neither hangs on its argument.
_EFFECTS = {
    **dict.fromkeys(("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK", "LOAD_DEREF", "LOAD_CONST"), (0, 1)),
    **dict.fromkeys(("LOAD_SMALL_INT", "LOAD_COMMON_CONSTANT", "PUSH_NULL"), (0, 1)),
    **dict.fromkeys(("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"), (0, 2)),
    **dict.fromkeys(("BINARY_OP", "COMPARE_OP", "IS_OP", "CONTAINS_OP"), (2, 1)),
    **dict.fromkeys(("UNARY_NEGATIVE", "UNARY_NOT", "UNARY_INVERT", "TO_BOOL"), (1, 1)),
    "BINARY_SLICE": (3, 1),
}


def producer(instructions: Sequence[dis.Instruction], index: int, slot: int) -> tuple[dis.Instruction, int] | None:
    """What put the value there that an instruction finds at ``slot`` of the stack (0: on top).

    The instruction, and which of the values that it puts there it is, counted from the last; None where that is not plain.
    """
    for item in reversed(instructions[:index]):
        effect = _effect(item)
        if effect is None:
            return None
        taken, put = effect
        if slot < put:
            return item, slot
        slot += taken - put
    return None


def local_name(instructions: Sequence[dis.Instruction], index: int, slot: int) -> str | None:
    """The local variable whose value an instruction finds at ``slot`` of the stack."""
    found = producer(instructions, index, slot)
    if found is None or not found[0].opname.startswith("LOAD_FAST"):
        return None
    item, place = found
    names = item.argval if isinstance(item.argval, tuple) else (item.argval,)
    return names[-1 - place]


def _effect(item: dis.Instruction) -> tuple[int, int] | None:
    count = item.arg or 0
    name = item.opname
    if name in ("LOAD_GLOBAL", "LOAD_ATTR"):
        return (0 if name == "LOAD_GLOBAL" else 1), 1 + (count & 1)
    if name in ("BUILD_TUPLE", "BUILD_LIST", "BUILD_SLICE"):
        return count, 1
    if name in ("CALL", "CALL_KW"):
        # The function and what it is a method of lie beneath the arguments, the names of these on top.
        return count + (2 if name == "CALL" else 3), 1
    return (0, 0) if name in ("NOP", "CACHE", "EXTENDED_ARG", "NOT_TAKEN") else _EFFECTS.get(name)
