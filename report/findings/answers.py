"""The answer to "what do I write instead?": the line for each framework, before all that explains it. Nothing is run.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...adapters.expression import Reading
from ...adapters.registry import USUAL, folder, title
from ...adapters.spelling import Inexpressible
from ...cases.text import printable
from .to_write import to_write

HEAD = "Write instead (predicted; nothing was run):"


def answers(asked: Reading) -> Iterator[str]:
    """Yield the line to write in every other framework.

    Yield nothing for a layer that was given in numbers, or that its own framework refuses.
    """
    if not asked.layer or asked.refusal:
        return
    adapters = _others(asked)
    width = max(len(title(adapter)) for adapter in adapters)
    yield HEAD
    for adapter in adapters:
        found = to_write(asked, adapter)
        line = f"no line is known: {printable(found.reason)}" if isinstance(found, Inexpressible) else found.source
        yield f"  {title(adapter).ljust(width)}  {line}"
    yield ""


def _others(asked: Reading) -> list[str]:
    """Return one adapter for each framework but that of the layer."""
    first = {folder(name): name for name in reversed(USUAL)}
    return [name for name in USUAL if first[folder(name)] == name and not title(name).startswith(asked.framework)]
