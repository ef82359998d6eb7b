"""A TOML file written by a user, read with the line and column of every key and value.

This uses toml-rs rather than tomllib because toml-rs reports the position of each key and value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import toml_rs

from ..errors import InputError
from ..text import printable

DEEPEST = 100  # nested brackets, or dots in a line; a case needs three

Steps = tuple[Any, ...]  # the keys and indices that lead to a value in the document


class TomlFile:
    """The document, the positions in it, and the problems that its reader finds."""

    def __init__(self, path: Path, what: str) -> None:
        """Read a file that should be a ``what``, such as a catalog. Raises InputError if it is not TOML."""
        self.path = path
        self.problems: list[tuple[int, int, str]] = []  # line, column, text
        a = f"{'an' if what[0] in 'aeiou' else 'a'} {what}"
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
        except UnicodeDecodeError as error:
            raise InputError([f"{path}: not UTF-8 text (byte {error.start}); {a} is a TOML file"]) from None
        deep = _too_deep(text)
        if deep is not None:
            line, column = _line_and_column(text[:deep])
            raise InputError([f"{path}:{line}:{column}: not {a}: nested or dotted over {DEEPEST} levels deep"])
        try:
            document = toml_rs.load_with_metadata(text)
        except toml_rs.TOMLDecodeError as error:
            line, column = _line_and_column(text.encode()[: error.pos].decode(errors="replace"))
            problem = printable(error.msg.splitlines()[-1])
            raise InputError([f"{path}:{line}:{column}: not TOML: {problem}"]) from None
        self.lines = text.split("\n")
        self.document: dict[str, Any] = document.value
        self.nodes: Any = document.meta["nodes"]

    def place(self, line: int, column: int) -> str:
        """Return ``FILE:LINE:COLUMN``."""
        return f"{self.path}:{line}:{column}"

    def sorted_problems(self) -> list[str]:
        """Return the problems as lines, in the order of the file, without duplicates."""
        return [f"{self.place(line, column)}: {text}" for line, column, text in sorted(set(self.problems))]

    def position(self, path: Iterable[Any], at_key: bool = False) -> tuple[int, int]:
        """Return the line and column of a key or value, from 1, or those of the nearest parent that has a position."""
        node, line, column = self.nodes, 1, 1
        for step in path:
            node = node["value"] if _has_position(node) else node
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
            if _has_position(node):
                side = "key" if "value_line" not in node or (at_key and "key_line" in node) else "value"
                line, column = _first(node[side + "_line"]), _first(node[side + "_col"])
        column = len(self.lines[line - 1].encode()[: column - 1].decode()) + 1  # toml-rs counts bytes
        return line, column

    def span(self, path: Iterable[Any]) -> tuple[int, int]:
        """Return the first and last line of a table and its contents, from 1."""
        node = self.nodes
        for step in path:
            node = (node["value"] if _has_position(node) else node)[step]
        lines = list(_lines(node))
        return min(lines), max(lines)

    def problem(self, path: Iterable[Any], text: str, at_key: bool = False) -> None:
        """Record a problem with the key or value at the end of a path."""
        self.problems.append((*self.position(path, at_key), text))


def _has_position(node: Any) -> bool:
    """Return whether this node describes one key or value, rather than a table with arbitrary keys."""
    return isinstance(node, dict) and any(
        isinstance(node.get(f"{side}_line"), int | tuple) for side in ("key", "value")
    )


def _lines(node: Any) -> Iterator[int]:
    """Yield every line that toml-rs reports in a part of the document."""
    if _has_position(node):
        for side in ("key", "value"):
            lines = node.get(f"{side}_line", ())
            yield from (lines,) if isinstance(lines, int) else lines
        yield from _lines(node["value"])
    elif isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _lines(inner)


def _too_deep(text: str) -> int | None:
    """Return the offset at which nesting is too deep for toml-rs 0.4.3, whose stack overflow would kill the process."""
    depth = dots = 0
    for found in re.finditer(r"[\[\]{}.\n]", text):
        mark = found.group()
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth = max(depth - 1, 0)
        else:
            dots = dots + 1 if mark == "." else 0
        if max(depth, dots) > DEEPEST:
            return found.start()
    return None


def _line_and_column(before: str) -> tuple[int, int]:
    """Return the line and column, from 1, of the character after ``before``."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _first(position: int | tuple[int, int]) -> int:
    return position if isinstance(position, int) else position[0]
