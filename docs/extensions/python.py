"""The reference of the Python interface, as Markdown: every public name, by its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any

import convparity
from convparity import figures

STAR = re.compile(r"(``.*?``)|\*")  # outside code, reStructuredText takes one for the start of emphasis


def markdown() -> str:
    """Return a section for each kind of name: functions, errors, and the objects that the functions return."""
    return "\n".join(_sections())


def _sections() -> Iterator[str]:
    named = [(name, getattr(convparity, name)) for name in convparity.__all__]
    classes = [(name, one) for name, one in named if inspect.isclass(one)]
    yield from _section("Functions", "convparity", (name for name, one in named if inspect.isfunction(one)))
    yield from _section("Figures", "convparity.figures", (name for name in figures.__all__ if name[0].islower()))
    yield from _section("In tests", "convparity.testing", ("assert_consistent", "assert_same_model"))
    yield from _section("Objects", "convparity", (name for name, one in classes if not issubclass(one, Exception)))
    yield from _section("Errors", "convparity", (name for name, one in classes if issubclass(one, Exception)))


def _section(title: str, module: str, names: Iterable[str]) -> Iterator[str]:
    """Yield a section with the docstring of each name of a module, and of what a class has."""
    yield f"## {title}\n\n```{{eval-rst}}"
    for name in names:
        if name[0].isupper():
            yield f".. autoclass:: {module}.{name}\n   :members:\n   :undoc-members:\n"
        else:
            yield f".. autofunction:: {module}.{name}\n"
    yield "```\n"


def setup(app: Any) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("autodoc-process-docstring", _escape)
    return {"parallel_read_safe": True}


def _escape(app: Any, what: str, name: str, one: Any, options: Any, lines: list[str]) -> None:
    lines[:] = [STAR.sub(lambda found: found[1] or "\\*", line) for line in lines]
