"""The table of the frameworks' dressings, and a line with one of them.

Pure: the standard library only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from .dressing import BARE, Dressing, Reads
from .equinox import dressing as equinox
from .flax import dressing as flax
from .haiku import dressing as haiku
from .keras import dressing as keras
from .mlx import dressing as mlx
from .mxnet import dressing as mxnet
from .onnx import dressing as onnx
from .openvino import dressing as openvino
from .paddle import dressing as paddle
from .registry import folder
from .tensorflowjs import dressing as tensorflowjs
from .torch import dressing as torch


class Words(NamedTuple):
    """The reading of activations by a framework, by names in lower case without underscores, and its way to write."""

    reads: Mapping[str, Reads]
    writes: Mapping[str, str]
    dress: Callable[[str, Dressing], str]


FOLDERS: dict[str, Any] = {
    **{"torch": torch, "keras": keras, "flax": flax, "mxnet": mxnet, "onnx": onnx},
    **{"equinox": equinox, "haiku": haiku, "openvino": openvino, "mlx": mlx, "paddle": paddle},
    "tensorflowjs": tensorflowjs,
}
BY_FOLDER = {name: Words(module.READS, module.WRITES, module.dress) for name, module in FOLDERS.items()}


def dressed(source: str, adapter: str, dressing: Dressing) -> str:
    """Return an adapter's spelled line with as much of a dressing as :func:`fitting` leaves of it."""
    if dressing == BARE:
        return source
    return BY_FOLDER[folder(adapter)].dress(source, fitting(adapter, dressing))


def fitting(adapter: str, dressing: Dressing) -> Dressing:
    """Return a dressing without its activations from the first that an adapter's framework has no word for."""
    have = [one.kind in BY_FOLDER[folder(adapter)].writes for one in dressing.after]
    known = have.index(False) if False in have else len(have)
    return replace(dressing, after=dressing.after[:known])


def lacking(adapter: str, dressing: Dressing) -> str:
    """Return the kind of the first activation that an adapter's framework has no word for; empty if it has all."""
    rest = dressing.after[len(fitting(adapter, dressing).after) :]
    return rest[0].kind if rest else ""
