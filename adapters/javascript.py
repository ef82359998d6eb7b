"""Lines of JavaScript as lines of Python, which the reader parses, and as data, which a program evaluates.

Only what the lines of layers need is known: functions with an arrow, calls with arguments by position, literals, and
comments. Nothing is evaluated here.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any

ARROW = re.compile(r"\(?([\w$, ]*?)\)?\s*=>\s*")
DECLARED = re.compile(r"\b(?:const|let|var) (?=[A-Za-z_]\w*\s*=)")
STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)(\s*:)")
BATCH = "x.shape[0]"
WORDS = {"true": "True", "false": "False", "null": "None", "undefined": "None", "Infinity": "float('inf')"}
WORD = re.compile(r"(?<![\w.])(?:" + "|".join(WORDS) + r")(?!\w)")


def is_javascript(text: str) -> bool:
    """Return whether a text is JavaScript by what no line of Python has: an arrow, or a declaration."""
    return any("=>" in part or DECLARED.search(part) for part, quoted in _parts(text) if not quoted)


def python_text(text: str) -> str:
    """Return a text of JavaScript in the words of Python; text that is no JavaScript as it is.

    The batch of the input, ``x.shape[0]``, is None, which stands for any number.
    """
    return _translated(text).replace(BATCH, "None") if is_javascript(text) else text


def _translated(text: str) -> str:
    return "".join(part if quoted else _in_python(part) for part, quoted in _parts(text))


def _in_python(part: str) -> str:
    part = KEY.sub(r"\1'\2'\3", DECLARED.sub("", part))
    part = ARROW.sub(lambda found: f"lambda {found[1]}: ", part).replace("//", "#")
    return WORD.sub(lambda found: WORDS[found[0]], part).replace(";", "")


def _parts(text: str) -> list[tuple[str, bool]]:
    """Return the parts of a text in order, and whether each is a string in quotes."""
    found, end = [], 0
    for match in STRING.finditer(text):
        found += [(text[end : match.start()], False), (match.group(), True)]
        end = match.end()
    return [*found, (text[end:], False)]


def expression(text: str) -> ast.expr:
    """Return the syntax of an expression. Raise SyntaxError where it is none that :func:`python_text` knows."""
    return ast.parse((_translated(text) if is_javascript(text) else text).strip(), mode="eval").body


def as_data(node: ast.expr) -> Any:
    """Return an expression as a program is given it: calls, the names of arrays, and literals (docs/programs.md).

    Raise ValueError for any other expression.
    """
    if (infinite := _infinity(node)) is not None:
        return {"number": "-Infinity" if infinite < 0 else "Infinity"}
    if isinstance(node, ast.Call) and not node.keywords:
        return {"call": ast.unparse(node.func), "with": [as_data(argument) for argument in node.args]}
    if isinstance(node, (ast.List, ast.Tuple)):
        return [as_data(entry) for entry in node.elts]
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        return {"fields": {ast.literal_eval(key): as_data(value) for key, value in zip(node.keys, node.values) if key}}
    if isinstance(node, ast.Name):
        return {"array": node.id}
    if ast.unparse(node) == BATCH:
        return {"size": "x", "axis": 0}
    return ast.literal_eval(node)


def _infinity(node: ast.expr) -> float | None:
    """Return an infinity as :func:`python_text` writes it; None for any other expression."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inside = _infinity(node.operand)
        return None if inside is None else -inside
    return math.inf if ast.unparse(node) == WORDS["Infinity"] else None


def javascript_words(text: str) -> str:
    """Return the text of an expression in the words of JavaScript, where those of Python's literals differ."""
    text = text.replace("float('-inf')", "-Infinity").replace("[None, ", f"[{BATCH}, ")
    return "".join(part if quoted else _in_javascript(part) for part, quoted in _parts(text))


def _in_javascript(part: str) -> str:
    for ours, theirs in (("None", "undefined"), ("True", "true"), ("False", "false")):
        part = re.sub(rf"\b{ours}\b", theirs, part)
    return part


def javascript_text(value: Any) -> str:
    """Return the text of a literal: numbers, words, lists of them, and infinities; source text as it is."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(javascript_text, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "undefined", True: "true", False: "false"}[value]
    if isinstance(value, float) and not math.isfinite(value):
        return "-Infinity" if value < 0 else "Infinity"
    return value if value == BATCH else repr(value)
