"""A line that a user wrote, as a script runs it: rebuilt from its parts, and never evaluated itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..adapters.dressed import dressed, lacking
from ..adapters.dressing import BARE
from ..adapters.expression import Reading
from ..adapters.reading.rebuilding import rebuilt
from ..adapters.registry import reader

OF_PARTS = "["  # a list of layers and functions to apply in order, which only a worker does


@dataclass(frozen=True)
class Original:
    """The source of a line that can be run; or why there is none."""

    source: str = ""
    why: str = ""


def original(asked: Reading) -> Original:
    """Return the line that a layer was read from, with its bias and activations and no name."""
    assert asked.layer is not None
    found = rebuilt(asked.layer.source, asked.steps, asked.case)
    if found.line is None:
        return Original(why=found.why)
    adapter, dressing = reader(asked.framework), replace(asked.dressing, name="")
    if asked.framework == "PyTorch" and found.line.source.startswith(OF_PARTS):
        return Original(why="a script does not run layers and functions in one chain")
    if found.line.order is not None:  # a function of the input and the weights
        bare = dressing == BARE
        return Original(found.line.source) if bare else Original(why="a script runs functions with nothing beside them")
    if lacking(adapter, dressing):
        return Original(why=f"{asked.framework} has no activation {lacking(adapter, dressing)}")
    return Original(dressed(found.line.source, adapter, dressing))
