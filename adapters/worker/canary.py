"""Runs each operation once on a trivial layer, which any working framework can do, before an environment serves.

A framework that imports but cannot run, such as Flax with a JAX that is too new for it, would otherwise reject every
layer, and look as if it disagreed with everything.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from ...cases.case import Case
from ...cases.inputs import make_input, make_weights
from ...cases.operations import OPS
from ..adapter import Adapter, Job, error_text
from ..registry import NAMES
from ..spelling import Spelling

LAYERS = [Case((4, 4), (1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), op) for op in OPS]


def failure(adapter: Adapter) -> str:
    """Return why an adapter's framework cannot run a trivial layer; empty if it can.

    A user's own adapter is not tried: it may have only some of the operations.
    """
    if adapter.name not in NAMES:
        return ""
    layers = [(case, adapter.as_written(case)) for case in LAYERS]
    spelled = [(case, layer.source) for case, layer in layers if isinstance(layer, Spelling)]
    jobs = [Job(source, make_input(case), make_weights(case), case.dtype) for case, source in spelled]
    try:
        for (_, source), result in zip(spelled, adapter.run(jobs)):
            if result.values is None:
                return f"it imports, but {source} fails: {result.error}"
    except Exception as error:
        return f"it imports, but cannot run a layer: {error_text(error)}"
    return ""
