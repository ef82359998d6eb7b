"""A script of one layer: its framework, NumPy and nothing else.

It has the layer, ``carry``, which takes weights from another framework's layer, and ``apply``, which computes the
layer's output from an input and weights as that other framework has them.

Pure: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from .flax.applying import apply_lines as flax
from .keras.applying import apply_lines as keras
from .mxnet.applying import apply_lines as mxnet
from .onnx.applying import apply_lines as onnx
from .registry import folder
from .torch.applying import apply_lines as torch

APPLY: dict[str, Callable[[str, str, tuple[str, ...]], list[str]]] = {
    "torch": torch,
    "keras": keras,
    "flax": flax,
    "mxnet": mxnet,
    "onnx": onnx,
}


@dataclass(frozen=True)
class Layouts:
    """Whether an input has the channels last as it is given to a script, and as the script's layer takes it."""

    given: bool
    taken: bool


APPLY_SAYS = "Return the output for an input and the weights of the original layer, as the original has them."


def script(adapter: str, imports: str, source: str, carry: str, weights: tuple[str, ...], layouts: Layouts) -> str:
    """Return a script for a line of an adapter; ``carry`` is the source of a function, or empty for no change."""
    code, mark, comment = source.partition("  # ")
    statements = [ast.unparse(statement) for statement in ast.parse(code).body]
    layer = assigned_to(code)
    if not code.startswith(f"{layer} = "):
        statements[0] = f"{layer} = {statements[0]}"
    statements[-1] += mark + comment
    carried = f"{', '.join(weights)} = carry({', '.join(weights)})"
    taken, back = _moved(layouts)
    lines = [
        *([carried] if carry and weights else []),
        *taken,
        *APPLY[folder(adapter)](layer, code, weights),
        f"return {back}",
    ]
    apply = [f"def apply({', '.join(('x', *weights))}):", f'    """{APPLY_SAYS}"""', *(f"    {line}" for line in lines)]
    functions = [*([carry] if carry else []), "\n".join(apply)]
    head = "\n".join(["import numpy", imports, "", *statements])
    return "\n\n\n".join([head, *functions]) + "\n"


def _moved(layouts: Layouts) -> tuple[list[str], str]:
    """Return the lines that bring ``x`` into the layer's layout, and the expression of ``y`` in the given one."""
    if layouts.given == layouts.taken:
        return [], "y"
    here, there = (-1, 1) if layouts.given else (1, -1)
    said = "first" if layouts.given else "last"
    return [f"x = numpy.moveaxis(x, {here}, {there})  # the channels {said}"], f"numpy.moveaxis(y, {there}, {here})"


def assigned_to(code: str) -> str:
    """Return the name that a line assigns its layer to, or else the one that a script gives it."""
    first = ast.parse(code).body[0]
    target = first.targets[0] if isinstance(first, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else "layer"
