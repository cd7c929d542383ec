"""Places in traced source: exact spans of running frames, statements and classes."""

from __future__ import annotations

import ast
import functools
import itertools
from types import CodeType, FrameType

from papertrace.imports import statements

#: (file, line, endLine, column, endColumn, function): lines from 1; columns from 0 in UTF-8 bytes, as the parser has them.
Site = tuple[str, int, int, int, int, str]

#: line, endLine, column, endColumn of a site.
Span = tuple[int, int, int, int]

#: A code object and the offset of one of its instructions.
Instruction = tuple[CodeType, int]

#: Files whose lines, statements and classes are remembered.
_FILES = 64

#: Text of every traced source file by file name; filled by the loader.
sources: dict[str, str] = {}

#: Those of them that are a library's own plumbing; filled by the loader.
library: set[str] = set()

#: Syntax trees of these files as they were written; parsed on demand where the loader gave none.
trees: dict[str, ast.Module] = {}

#: Identities of the code objects at which the running module's frames end; torch.nn.Module.__call__ adds itself.
boundaries: set[int] = set()

#: Of those beneath whose frames lie places that are known by themselves, `Places.beneath`; repeats/outside_calls.py adds its own.
resumptions: set[int] = set()


def is_model_code(filename: str) -> bool:
    """True for the reader's own file and transformers/models/…, false for the library around it."""
    return filename in sources and filename not in library


def innermost(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of traced source, seen from ``frame``."""
    while frame is not None and frame.f_code.co_filename not in sources:
        frame = frame.f_back
    return frame


def creation_frame(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of model code."""
    while frame is not None and not is_model_code(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def calling(frame: FrameType) -> FrameType:
    """The frame that calls the running module, seen from one within."""
    while id(frame.f_code) not in boundaries and frame.f_back is not None:
        frame = frame.f_back
    while frame.f_code.co_name == "__call__" and frame.f_back is not None:
        frame = frame.f_back
    return frame


def tree_of(filename: str) -> ast.Module:
    """The syntax tree of a traced file."""
    tree = trees.get(filename)
    if tree is None:
        tree = trees[filename] = ast.parse(sources[filename])
    return tree


@functools.lru_cache(maxsize=_FILES)
def _statements(filename: str, text: str) -> dict[int, tuple[int, int]]:
    """Line → (line, endLine) of the innermost statement that holds it."""
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in statements(tree_of(filename))]
    spans.sort(key=lambda span: span[0] - span[1])
    found: dict[int, tuple[int, int]] = {}
    for span in spans:
        for line in range(span[0], span[1] + 1):
            found[line] = span
    return found


def statement_site(filename: str, line: int, function: str) -> Site:
    """The innermost statement at a line, without the white space around it."""
    first, last = statement(filename, line)
    lines = _lines(filename, sources[filename]) if filename in sources else []
    start = lines[first - 1] if first <= len(lines) else ""
    end = lines[last - 1] if last <= len(lines) else ""
    column = len(start) - len(start.lstrip())
    return filename, first, last, column, len(end.rstrip().encode()), function


def statement(filename: str, line: int) -> tuple[int, int]:
    """(line, endLine) of the innermost statement at a line."""
    if filename not in sources:
        return line, line
    return _statements(filename, sources[filename]).get(line, (line, line))


@functools.lru_cache(maxsize=_FILES)
def _classes(filename: str, text: str) -> dict[str, Span]:
    """Qualified name → where the class is written; no node is kept, for each holds its whole tree in memory."""
    found: dict[str, Span] = {}

    def walk(nodes: list[ast.stmt], prefix: str) -> None:
        for node in nodes:
            if isinstance(node, ast.ClassDef):
                last = node.end_lineno or node.lineno
                found[prefix + node.name] = node.lineno, last, node.col_offset, node.end_col_offset or 0
                walk(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                walk(node.body, f"{prefix}{node.name}.<locals>.")
            elif isinstance(node, (ast.If, ast.Try)):
                walk([*node.body, *node.orelse], prefix)

    walk(tree_of(filename).body, "")
    return found


def class_site(filename: str, qualified_name: str) -> Site | None:
    """Where ``class X`` is written, or None."""
    if filename not in sources:
        return None
    span = _classes(filename, sources[filename]).get(qualified_name)
    return None if span is None else (filename, *span, qualified_name)


def definition_line(filename: str, class_name: str, method: str | None = None) -> int | None:
    """The line of a class at the top of a file, or of its method where it has that; None where there is no such class."""
    if filename not in sources:
        return None
    try:
        tree = tree_of(filename)
    except SyntaxError:
        return None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            own = (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == method)
            return next((item.lineno for item in own), node.lineno)
    return None


@functools.lru_cache(maxsize=_FILES)
def _lines(filename: str, text: str) -> list[str]:
    return text.split("\n")


def _code_points(filename: str, line: int, column: int) -> int:
    """A column in UTF-8 bytes as one in code points."""
    text = sources.get(filename)
    if text is None or text.isascii():
        return column
    lines = _lines(filename, text)
    if not 1 <= line <= len(lines) or lines[line - 1].isascii():
        return column
    return len(lines[line - 1].encode()[:column].decode(errors="ignore"))


def _calls(frame: FrameType | None) -> tuple[list[FrameType], bool]:
    """The frames of `Places.of_calls`, and whether they are followed by places that are known by themselves."""
    frames: list[FrameType] = []
    last_forward = 0
    while frame is not None and not (frames and id(frame.f_code) in boundaries):
        if id(frame.f_code) in resumptions:
            return frames, True
        if frame.f_code.co_filename in sources:
            frames.append(frame)
            if frame.f_code.co_name == "forward":
                last_forward = len(frames)
        frame = frame.f_back
    return frames[: last_forward or None], False


def calls_to(frame: FrameType | None) -> list[Instruction]:
    """What `Places.of_calls` gives places of; makes none."""
    return [(item.f_code, item.f_lasti) for item in _calls(frame)[0]]


class Places:
    """The table of places of one trace."""

    def __init__(self) -> None:
        self.rows: list[Site] = []
        self._index: dict[Site, int] = {}
        #: By identity of the code, which the row keeps alive: hashing code objects is slow.
        self._frames: dict[tuple[int, int], tuple[int, CodeType]] = {}
        #: The calls that led to what is done again for another module, as of `calls_to`; the last one counts.
        self.beneath: list[list[Instruction]] = []

    def of(self, site: FrameType | Site | None) -> int | None:
        """Index of a place: of a running frame, or of a site."""
        if site is None:
            return None
        return self.of_frame(site) if isinstance(site, FrameType) else self.of_site(site)

    def of_source(self, frame: FrameType | None) -> int | None:
        """Index of where the innermost frame of traced source is, seen from ``frame``."""
        return self.of(innermost(frame))

    def of_calls(self, frame: FrameType | None) -> list[int]:
        """Those of the frames of traced source, innermost first, up to the running module's forward.

        A module of torch.nn has no such frame: then these are the places of the module that calls it.
        """
        frames, again = _calls(frame)
        return [*map(self.of_frame, frames), *(self._of_instruction(*item) for item in (self.beneath[-1] if again else ()))]

    def of_site(self, site: Site) -> int:
        filename, line, end_line, column, end_column, function = site
        row = (
            filename,
            line,
            end_line,
            _code_points(filename, line, column),
            _code_points(filename, end_line, end_column),
            function,
        )
        index = self._index.get(row)
        if index is None:
            index = self._index[row] = len(self.rows)
            self.rows.append(row)
        return index

    def of_frame(self, frame: FrameType) -> int:
        return self._of_instruction(frame.f_code, frame.f_lasti)

    def _of_instruction(self, code: CodeType, offset: int) -> int:
        key = (id(code), offset)
        known = self._frames.get(key)
        if known is not None:
            return known[0]
        span = next(itertools.islice(code.co_positions(), max(offset, 0) // 2, None), None)
        line, end_line, column, end_column = span or (None, None, None, None)
        line = line or _line(code, offset)
        site = (code.co_filename, line, end_line or line, column or 0, end_column or 0, code.co_qualname)
        index = self.of_site(site)
        self._frames[key] = (index, code)
        return index


def _line(code: CodeType, offset: int) -> int:
    """The line of an instruction that stands for no span of source."""
    before = [line for start, _, line in code.co_lines() if line is not None and start <= offset]
    return before[-1] if before else code.co_firstlineno
