"""The user's text: its parts as errors quote them, and errors with a caret under the part that is wrong."""

from __future__ import annotations

import ast
import re
import warnings
from functools import cached_property
from typing import Union

from ...cases.errors import InputError
from ...cases.text import printable
from ..javascript import is_javascript, python_text

LONGEST = 10_000
WIDTH = 100
EXAMPLE = "nn.Conv2d(3, 64, 7, stride=2, padding=3)"
PRINTED_NAME = re.compile(r"\([\w.]+\):\s*")  # the prefix of each layer when PyTorch prints a model

Placed = Union[ast.expr, ast.keyword, ast.stmt]


class Source:
    """The user's text, and the facts given beside it: the shape of weights, the sizes of the input, its rank."""

    def __init__(self, text: str, weights: tuple[int, ...] | None = None, input_sizes: int = 0, rank: int = 0) -> None:
        text = text.strip().replace("\r\n", "\n").replace("\r", "\n")
        self.javascript = is_javascript(text)
        self.text = python_text(text) if self.javascript else _as_source(text)
        self.lines = self.text.split("\n")
        self.weights, self.input_sizes, self.rank = weights, input_sizes, rank

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The statements of the text, parsed and not evaluated; InputError is raised where it is not Python."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning about "\d" in a pasted string would not help the user
            try:
                return ast.parse(self.text).body
            except SyntaxError as error:
                what = f"cannot be read as Python ({printable(error.msg.split(';')[0])})"
                if not error.lineno or not error.offset or (error.text or "").strip("\n") not in self.lines:
                    raise self.unreadable(what) from None  # no place, or one inside an f-string (before Python 3.12)
                offset = self.line_start(error.lineno) + error.offset - 1
                raise self.error_at(f"layer: {what}; expected a layer such as {EXAMPLE}", offset) from None

    def quoted(self, node: Placed) -> str:
        """Return the source of a node on one short line."""
        start = self.offset(node.lineno, node.col_offset)
        return printable(_one_line(self.text[start : self.end(node)]), 60)

    def end(self, node: Placed) -> int:
        """Return the offset in the text of the end of a node."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def offset(self, line: int, column: int) -> int:
        """Return the offset in the text of a position from ``ast``: lines from 1, columns in bytes of UTF-8 from 0."""
        in_line = len(self.lines[line - 1].encode()[:column].decode(errors="ignore"))
        return self.line_start(line) + in_line

    def line_start(self, line: int) -> int:
        return sum(len(before) + 1 for before in self.lines[: line - 1])

    def error(self, what: str, at: Placed) -> InputError:
        """Return an error with the text and a caret under the start of a node."""
        return self.error_at(what, self.offset(at.lineno, at.col_offset))

    def error_at(self, what: str, offset: int) -> InputError:
        """Return an error with the text and a caret under one of its characters."""
        line = _escaped(self.text)
        column = min(len(_escaped(self.text[:offset])), max(len(line) - 1, 0))
        start = max(0, min(column - WIDTH // 2, len(line) - WIDTH))
        cut = line[start : start + WIDTH]
        if start > 0:
            cut = "…" + cut[1:]
        if start + WIDTH < len(line):
            cut = cut[:-1] + "…"
        return InputError([f"{what}\n{cut}\n{' ' * (column - start)}^"])

    def unreadable(self, why: str) -> InputError:
        """Return an error about the text as a whole."""
        return InputError([f"layer: {printable(self.text, 60)} {why}; expected a layer such as {EXAMPLE}"])


def _as_source(text: str) -> str:
    """Return the source of a model as PyTorch prints it: a layer on each line, after its name in brackets."""
    lines = text.split("\n")
    if not any(PRINTED_NAME.match(line.strip()) for line in lines):
        return text
    named = [PRINTED_NAME.sub("", line, count=1) if PRINTED_NAME.match(line.strip()) else line for line in lines]
    return "\n".join([*(line if line.endswith(("(", ",")) else f"{line}," for line in named[:-1]), named[-1]])


def _one_line(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text)


def _escaped(text: str) -> str:
    line = _one_line(text)
    return printable(line, len(line))
