"""A line of source that is run as it is, rather than spelled from a case, and how it takes its arrays.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """A line of source: a layer, or a function. (In PyTorch also a list of both, to apply in order.)

    ``channels_last`` is the layout of its input and output. A function of the input and the weights takes the weights
    in axes of its own: ``order`` are the axes of weights as in ``cases.inputs``, in the function's order, and ``shape``
    is the shape that they are given. For a layer, whose adapter gives it its weights, both are None.
    """

    source: str
    channels_last: bool
    order: tuple[int, ...] | None = None
    shape: tuple[int, ...] | None = None

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> Line:
        """Return a line from its JSON object, the fields by name."""
        order, shape = (None if found[name] is None else tuple(found[name]) for name in ("order", "shape"))
        return cls(found["source"], found["channels_last"], order, shape)
