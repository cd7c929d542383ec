"""What a function may change beside its own variables, or tell apart, as far as its instructions say."""

from __future__ import annotations

import dis
import weakref
from types import CodeType

from papertrace.repeats.operands import local_name

#: Instructions that change what lies outside of a call.
_CHANGES = frozenset(
    ("STORE_ATTR", "DELETE_ATTR", "STORE_SUBSCR", "DELETE_SUBSCR", "STORE_SLICE", "STORE_GLOBAL", "DELETE_GLOBAL")
    + ("STORE_NAME", "DELETE_NAME")
)

#: Methods of Python's own, and of modules, that change what they are called on or given, or are never twice the same.
CHANGING = frozenset(
    ("append", "appendleft", "extend", "extendleft", "insert", "add", "update", "pop", "popleft", "popitem", "remove")
    + ("discard", "clear", "setdefault", "sort", "reverse", "rotate", "move_to_end", "send", "throw", "write", "put")
    + ("difference_update", "intersection_update", "symmetric_difference_update", "setitem", "delitem", "iadd", "set")
    + ("heappush", "heappop", "heapify", "heapreplace", "heappushpop", "insort", "insort_left", "insort_right", "fill")
    + ("__next__", "__setattr__", "__delattr__", "__setitem__", "__delitem__", "__iadd__", "_getframe", "subtract")
    + ("is_", "is_not", "random", "getrandbits", "seed", "time", "perf_counter", "monotonic")
    + ("register_buffer", "register_parameter", "register_module", "add_module", "set_submodule", "load_state_dict")
    + ("register_forward_hook", "register_forward_pre_hook")
)

#: Names of what may change or know anything.
_REACHING = frozenset(
    ("setattr", "delattr", "next", "globals", "locals", "vars", "dir", "id", "exec", "eval", "open", "input")
    + ("__import__", "__dict__")
)

#: `_CHANGES`, what may be one of them, and the question whether two objects are one, as numbers; operators that assign.
_SUSPECT = frozenset(dis.opmap[name] for name in (*_CHANGES, "STORE_DEREF", "IS_OP") if name in dis.opmap)
_BINARY = dis.opmap.get("BINARY_OP", -1)
_IN_PLACE = frozenset(number for number, (_, sign) in enumerate(getattr(dis, "_nb_ops", ())) if sign.endswith("="))


#: Instructions, and functions of Python's own, that go through whatever they are given.
_ITERATING = frozenset(
    dis.opmap[name]
    for name in ("GET_ITER", "GET_YIELD_FROM_ITER", "LIST_EXTEND", "SET_UPDATE", "CALL_FUNCTION_EX", "CONTAINS_OP")
    + ("UNPACK_SEQUENCE", "UNPACK_EX")
    if name in dis.opmap
)
_CONSUMING = frozenset(
    ("zip", "list", "tuple", "set", "frozenset", "dict", "enumerate", "map", "filter", "sum", "max", "min", "any", "all")
    + ("sorted", "iter", "join", "islice", "chain", "from_iterable", "accumulate", "reduce", "deque", "Counter", "fromkeys")
    + ("starmap", "takewhile", "dropwhile", "pairwise", "batched", "cycle", "product", "tee", "zip_longest", "groupby")
    + ("Size", "cat", "stack", "concat", "prod", "fsum")
)


class Reach:
    """What a code object may change."""

    def __init__(self, lines: dict[int, list[str | None]], calls: bool, iterates: bool) -> None:
        #: By line: local variables that are changed in place there, None for what is not local.
        self.lines = lines
        #: Whether methods that it calls may change something.
        self.calls = calls
        #: Whether it may use up an iterator that it knows.
        self.iterates = iterates
        #: How many changes there had been when no global that it names was an iterator.
        self.seen_at = -1


#: By identity of the code object; gone with it.
_known: dict[int, Reach] = {}
_codes: dict[int, weakref.ref[CodeType]] = {}


def reach_of(code: CodeType) -> Reach:
    key = id(code)
    known = _known.get(key)
    if known is None:
        known = _known[key] = _read(code)
        _codes[key] = weakref.ref(code, lambda _: (_known.pop(key), _codes.pop(key)))
    return known


def _read(code: CodeType) -> Reach:
    lines: dict[int, list[str | None]] = {}
    calls = not CHANGING.isdisjoint(code.co_names)
    if calls or not _REACHING.isdisjoint(code.co_names) or any(map(_may_reach_out, code.co_code[::2], code.co_code[1::2])):
        instructions = list(dis.get_instructions(code))
        for index, item in enumerate(instructions):
            if _reaches_out(code, item) or _is_taken_away(instructions, index) or _tells_apart(instructions, index):
                lines.setdefault(item.line_number or 0, []).append(_changed_variable(instructions, index))
    iterates = not _CONSUMING.isdisjoint(code.co_names) or not _ITERATING.isdisjoint(code.co_code[::2])
    return Reach(lines, calls, iterates)


def _may_reach_out(operation: int, argument: int) -> bool:
    return operation in _SUSPECT or operation == _BINARY and argument in _IN_PLACE


def _reaches_out(code: CodeType, instruction: dis.Instruction) -> bool:
    name = instruction.opname
    if name in _CHANGES:
        return True
    if name == "BINARY_OP":
        return instruction.arg in _IN_PLACE
    if name == "STORE_DEREF":
        return instruction.argval in code.co_freevars
    if name == "LOAD_ATTR":
        return instruction.argval == "__dict__"
    return name in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS") and instruction.argval in _REACHING


def _is_taken_away(instructions: list[dis.Instruction], index: int) -> bool:
    """Whether a method that changes something is fetched and not called at once: it may be called from anywhere."""
    item = instructions[index]
    if item.opname != "LOAD_ATTR" or item.argval not in CHANGING or (item.arg or 0) & 1:
        return False
    # Of a module that is imported, a function is called like this.
    return instructions[index + 1].opname != "PUSH_NULL"


def _tells_apart(instructions: list[dis.Instruction], index: int) -> bool:
    """Whether two objects are asked whether they are one; with None, each layer is as good as any."""
    item = instructions[index]
    return item.opname == "IS_OP" and (item.is_jump_target or instructions[index - 1].opname != "LOAD_CONST")


def _changed_variable(instructions: list[dis.Instruction], index: int) -> str | None:
    """The local variable whose value an instruction changes, as it is when its line begins."""
    item = instructions[index]
    if item.opname not in ("STORE_SUBSCR", "BINARY_OP"):
        return None
    name = local_name(instructions, index, 1)
    before = (other for other in instructions[:index] if other.line_number == item.line_number)
    return None if any(other.opname.startswith("STORE_FAST") for other in before) else name
