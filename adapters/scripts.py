"""A script of one layer: its framework, NumPy and nothing else.

It has the layer, ``carry``, which takes weights from another framework's layer, and ``apply``, which computes the
layer's output from an input and weights as that other framework has them.

Pure: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .equinox import applying as equinox
from .flax import applying as flax
from .haiku import applying as haiku
from .keras import applying as keras
from .keras import litert_applying as litert
from .mlx import applying as mlx
from .mxnet import applying as mxnet
from .onnx import applying as onnx
from .openvino import applying as openvino
from .paddle import applying as paddle
from .registry import folder
from .torch import applying as torch
from .torch import onnx_applying as torch_onnx

FOLDERS: dict[str, Any] = {
    **{"torch": torch, "keras": keras, "flax": flax, "mxnet": mxnet, "onnx": onnx},
    **{"equinox": equinox, "haiku": haiku, "openvino": openvino, "mlx": mlx, "paddle": paddle},
}
APPLY: dict[str, Callable[[str, str, tuple[str, ...]], list[str]]] = {
    name: module.apply_lines for name, module in FOLDERS.items()
}
# Of adapters that apply their layers in another way than their folder.
APPLY_IN = {"litert": litert.apply_lines, "torch-onnx": torch_onnx.apply_lines}


IN_JAVASCRIPT = frozenset({"tensorflowjs"})  # folders of adapters whose lines no script of Python can hold


def not_python(adapter: str) -> str:
    """Return why no script of Python has the lines of an adapter; empty if one can."""
    return "its lines are JavaScript, and a script is one of Python" if folder(adapter) in IN_JAVASCRIPT else ""


class Giving(NamedTuple):
    """How a file of layers gives one its weights: the source of a function ``give``, and of a call of it.

    The call is in terms of the layer's name, the shape of its input and its weights. ``run`` is the source of a
    function of a name, its layer and an array.
    """

    give: str
    call: str
    run: str


GIVING = {
    name: Giving(module.GIVE, module.CALL, module.RUN) for name, module in FOLDERS.items() if hasattr(module, "GIVE")
}

# Folders of adapters whose lines have the channels last.
CHANNELS_LAST = frozenset({"keras", "flax", "haiku", "mlx", "tensorflowjs"})


@dataclass(frozen=True)
class Layouts:
    """Whether an input has the channels last as it is given to a script, and as the script's layer takes it."""

    given: bool
    taken: bool


APPLY_SAYS = "Return the output for an input and the weights of the original layer, as the original has them."


def script(adapter: str, imports: str, source: str, carry: str, weights: tuple[str, ...], layouts: Layouts) -> str:
    """Return a script for a line of an adapter; ``carry`` is the source of a function, or empty for no change."""
    names = ", ".join(weights)
    made = made_by(source, getattr(FOLDERS[folder(adapter)], "MADE", "{}"))
    lines = [*([f"{names} = carry({names})"] if carry and weights else []), *applied(adapter, source, weights, layouts)]
    lines[-1] = lines[-1].replace("y = ", "return ", 1) if lines[-1].startswith("y = ") else lines[-1]
    if not lines[-1].startswith("return "):
        lines.append("return y")
    apply = [f"def apply({', '.join(('x', *weights))}):", f'    """{APPLY_SAYS}"""', *(f"    {line}" for line in lines)]
    functions = [*([carry] if carry else []), "\n".join(apply)]
    head = "\n".join(["import numpy", *needed(imports, [*made, *lines]), "", *made])
    return "\n\n\n".join([head, *functions]) + "\n"


def made_by(source: str, way: str = "{}") -> list[str]:
    """Return the lines that make the layer of a spelled line, under a name; its comment is at the end of the last.

    ``way`` has the line in place of {}, where a script cannot make the layer outside of something else.
    """
    code, mark, comment = source.partition("  # ")
    statements = [ast.unparse(statement) for statement in ast.parse(code).body]
    layer = assigned_to(code)
    own = f"{layer} = "
    if len(statements) == 1:
        statements = [own + way.format(statements[0].removeprefix(own))]
    elif not code.startswith(own):
        statements[0] = own + statements[0]
    return [*statements[:-1], statements[-1] + mark + comment]


def applied(adapter: str, source: str, weights: tuple[str, ...], layouts: Layouts) -> list[str]:
    """Return the lines that compute ``y`` from ``x``, both in the given layout, and the named weights as they are."""
    code = source.partition("  # ")[0]
    taken, back = _moved(layouts)
    apply = APPLY_IN.get(adapter) or APPLY[folder(adapter)]
    return [*taken, *apply(assigned_to(code), code, weights), *back]


def needed(imports: str, lines: list[str]) -> list[str]:
    """Return the import lines that lines of source need, and the call that has to follow them."""
    statements = ast.parse(imports).body
    calls = [statement for statement in statements if not isinstance(statement, (ast.Import, ast.ImportFrom))]
    trees = [ast.parse(line) for line in ("\n".join(lines).replace("return ", ""),)]
    used = {node.id for tree in (*trees, *calls) for node in ast.walk(tree) if isinstance(node, ast.Name)}
    kept = []
    for statement in statements:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            statement.names = [name for name in statement.names if (name.asname or name.name.partition(".")[0]) in used]
            kept += [ast.unparse(statement)] if statement.names else []
        else:
            kept.append(ast.unparse(statement))
    return kept


def _moved(layouts: Layouts) -> tuple[list[str], list[str]]:
    """Return the lines that bring ``x`` into the layer's layout, and those that bring ``y`` back into the given one."""
    if layouts.given == layouts.taken:
        return [], []
    here, there = (-1, 1) if layouts.given else (1, -1)
    said = "first" if layouts.given else "last"
    return [f"x = numpy.moveaxis(x, {here}, {there})  # the channels {said}"], [
        f"y = numpy.moveaxis(y, {there}, {here})"
    ]


def assigned_to(code: str) -> str:
    """Return the name that a line assigns its layer to, or else the one that a script gives it."""
    first = ast.parse(code).body[0]
    target = first.targets[0] if isinstance(first, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else "layer"
