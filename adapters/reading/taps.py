"""Windows written out by hand: a maximum over one slice for each tap, and an axis extended by the indices it takes.

These are ports of convparity for layers that a framework does not have.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple

from ...cases.errors import InputError
from ..padding_forms import MODE_NAMES
from ..signature import Layer
from .binding import Bound
from .literals import dotted, number
from .source import Source
from .steps import Core, Pad, Slice, Step

MAXIMA, STACKS = {"mx.max": "MLX"}, {"paddle.stack": "PaddlePaddle"}  # the frameworks of functions that no other has
CATS = {"PyTorch": "torch.cat", "PaddlePaddle": "paddle.cat"}


@dataclass(frozen=True)
class Maxima:
    """A max pool by hand: its input, and its steps."""

    data: ast.expr
    steps: tuple[Step, ...]


class _Window(NamedTuple):
    kernel: int
    stride: int
    dilation: int
    outputs: int | None  # None for all that fit


def maxima(source: Source, node: ast.Call) -> Maxima | None:
    """Return the max pool in ``max(stack([one slice for each tap]), axis=0)`` or ``Maximum()([...])``, else None."""
    slices = _slices_of_maximum(node)
    single = slices.elts[0] if isinstance(slices, ast.List) and len(slices.elts) == 1 else None
    taken = slices.elt if isinstance(slices, ast.ListComp) else single
    generators = list(slices.generators) if isinstance(slices, ast.ListComp) else []
    if not isinstance(taken, ast.Subscript):
        return None
    data, ranges = taken.value, {}
    if generators and isinstance(first := generators[0].iter, ast.List) and len(first.elts) == 1:
        data, generators = first.elts[0], generators[1:]
    for generator in generators:
        if (taps := _range(generator.iter)) is None or not isinstance(generator.target, ast.Name):
            return None
        ranges[generator.target.id] = taps
    entries = taken.slice.elts if isinstance(taken.slice, ast.Tuple) else [taken.slice]
    lead = 0
    while lead < len(entries) and ast.dump(entries[lead]) == ast.dump(ast.Slice()):
        lead += 1
    windows = [_window(entry, ranges) for entry in entries[lead:]]
    if lead not in (1, 2) or not windows or len(windows) > 3 or None in windows:
        return None
    found = [window for window in windows if window is not None]
    by_method = isinstance(node.func, ast.Attribute) and node.func.attr == "max" and not node.args
    stacked = node.func.value if by_method and isinstance(node.func, ast.Attribute) else None
    function = dotted(stacked.func) if isinstance(stacked, ast.Call) else dotted(node.func)
    framework = {**MAXIMA, **STACKS}.get(function) or ("MXNet" if lead == 2 else "Equinox" if by_method else "Keras")
    last, one = framework in ("Keras", "MLX"), framework == "Equinox"
    layer = Layer(framework, (dotted(node.func),), "max_pool", len(found), (), channels_last=last, unbatched=one)
    fields = ("kernel", "stride", "dilation")
    asked = {field: tuple(getattr(window, field) for window in found) for field in fields}
    core = Core(node, Bound(source, layer.names[0], layer, len(found), {**asked, "padding": 0}, {}, {}))
    some = tuple(slice(window.outputs) for window in found)
    steps: tuple[Step, ...] = (core,)
    return Maxima(data, steps if all(end == slice(None) for end in some) else (*steps, Slice(node, some, lead)))


def _slices_of_maximum(node: ast.Call) -> ast.AST | None:
    """Return the list of slices, one for each tap, whose maximum a call returns; None if it is another call."""
    if isinstance(node.func, ast.Attribute) and node.func.attr != "max":
        return None
    inside: ast.AST | None = None
    if isinstance(node.func, ast.Call) and dotted(node.func.func).endswith("Maximum") and len(node.args) == 1:
        inside = node.args[0]
    elif (dotted(node.func) in MAXIMA or dotted(node.func).endswith("ops.max")) and len(node.args) == 1:
        inside = _stacked(node.args[0])
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "max" and not node.args:
        inside = _stacked(node.func.value)
    return inside


def _stacked(node: ast.AST) -> ast.AST | None:
    stacks = isinstance(node, ast.Call) and dotted(node.func).endswith(".stack") and len(node.args) == 1
    return node.args[0] if stacks and isinstance(node, ast.Call) else None


def _range(node: ast.AST) -> range | None:
    if not isinstance(node, ast.Call) or dotted(node.func) != "range" or len(node.args) != 3:
        return None
    start, stop, step = map(number, node.args)
    if isinstance(start, int) and start == 0 and isinstance(stop, int) and isinstance(step, int) and step:
        return range(0, stop, step)
    return None


def _window(entry: ast.expr, ranges: dict[str, range]) -> _Window | None:
    """Return the window of one axis, whose slice is ``i:END + i:stride``, or ``::stride`` of a kernel of 1."""
    if not isinstance(entry, ast.Slice):
        return None
    stride = 1 if entry.step is None else number(entry.step)
    if not isinstance(stride, int) or stride < 1:
        return None
    if entry.lower is None and entry.upper is None:
        return _Window(1, stride, 1, None)
    taps = ranges.get(dotted(entry.lower)) if entry.lower is not None else None
    upper = entry.upper
    if taps is None or not taps or not isinstance(upper, ast.BinOp) or not isinstance(upper.op, ast.Add):
        return None
    ends = [end for end in (upper.left, upper.right) if dotted(end) != dotted(entry.lower or upper)]
    if len(ends) != 1:
        return None
    if isinstance(length := number(ends[0]), int):
        return _Window(len(taps), stride, taps.step, -(-length // stride))
    last = isinstance(ends[0], ast.BinOp) and isinstance(ends[0].op, ast.Sub) and number(ends[0].right)
    sized = isinstance(ends[0], ast.BinOp) and isinstance(ends[0].left, ast.Subscript)
    return _Window(len(taps), stride, taps.step, None) if sized and last == taps[-1] else None


def taken(source: Source, node: ast.Call) -> Pad:
    """Return the padding in ``take(x, np.pad(np.arange(x.shape[i]), (before, after), mode), axis=i)``."""
    indices = node.args[1] if len(node.args) > 1 else None
    if isinstance(indices, ast.Call) and dotted(indices.func) == "mx.array" and len(indices.args) == 1:
        indices = indices.args[0]  # which is what MLX takes elements by
    if isinstance(indices, ast.Call) and dotted(indices.func).endswith(".pad") and len(indices.args) == 3:
        _, sides, mode = indices.args
        before, after = (
            map(number, sides.elts) if isinstance(sides, ast.Tuple) and len(sides.elts) == 2 else (None, None)
        )
        word = mode.value if isinstance(mode, ast.Constant) else None
        axis = _axis(node)
        named = isinstance(word, str) and word in ("reflect", "edge", "wrap", "symmetric")
        if named and axis is not None and isinstance(before, int) and isinstance(after, int):
            return Pad(node, ((before, after),), axis, MODE_NAMES[str(word)])
    raise source.error(
        f"layer: {source.quoted(node)} takes elements by indices that are not read; expected a pad", node
    )


def mirrored(source: Source, node: ast.Call) -> tuple[ast.expr, Pad]:
    """Return the input and the padding in ``cat([x[:, :, :before].flip(2), x, x[:, :, -after:].flip(2)], 2)``."""
    parts = node.args[0].elts if len(node.args) == 2 and isinstance(node.args[0], ast.List) else []
    axis = number(node.args[1]) if len(node.args) == 2 else None
    data = [part for part in parts if not isinstance(part, ast.Call)]
    if len(data) == 1 and isinstance(axis, int) and len(parts) in (2, 3):
        at = parts.index(data[0])
        ends = [_reversed_end(part, data[0], axis) for part in (*parts[:at], *parts[at + 1 :])]
        sides = [end for end in ends if end is not None]
        before, after = sum(sides[:at]), -sum(sides[at:])
        if at < 2 and len(sides) == len(parts) - 1 and before >= 0 and after >= 0:
            return data[0], Pad(node, ((before, after),), axis, "symmetric")
    raise source.error(f"layer: {source.quoted(node)} is not handled by this version; expected a pad", node)


def mirrored_text(step: Pad, data: str) -> str:
    """Return the text of what :func:`mirrored` read, with ``data`` in place of its input."""
    ((before, after),), axis = step.pads, step.first or 0
    along = ":, " * axis
    parts = [f"{data}[{along}:{before}].flip({axis})"] if before else []
    parts += [data, *([f"{data}[{along}-{after}:].flip({axis})"] if after else [])]
    return f"{CATS[cat_of(step.node)]}([{', '.join(parts)}], {axis})"


def cat_of(node: ast.expr) -> str:
    """Return the framework whose ``cat`` a call is; PyTorch's if its name does not say."""
    name = dotted(node.func) if isinstance(node, ast.Call) else ""
    return next((framework for framework, cat in CATS.items() if cat == name), "PyTorch")


def _reversed_end(node: ast.expr, data: ast.expr, axis: int) -> int | None:
    """Return k of ``x[..., :k].flip(axis)``, or -k of ``x[..., -k:].flip(axis)``; None for anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "flip":
        return None
    end = node.func.value
    flips = len(node.args) == 1 and number(node.args[0]) == axis
    if not flips or not isinstance(end, ast.Subscript) or ast.dump(end.value) != ast.dump(data):
        return None
    entries = end.slice.elts if isinstance(end.slice, ast.Tuple) else [end.slice]
    last = entries[-1]
    whole = all(ast.dump(entry) == ast.dump(ast.Slice()) for entry in entries[:-1])
    if len(entries) != axis + 1 or not whole or not isinstance(last, ast.Slice) or last.step is not None:
        return None
    low, high = (None if bound is None else number(bound) for bound in (last.lower, last.upper))
    if low is None and isinstance(high, int) and high > 0:
        return high
    return low if high is None and isinstance(low, int) and low < 0 else None


def wrapped(source: Source, node: ast.Call) -> Pad:
    """Return the padding in ``x.take(np.arange(-before, x.shape[i] + after), axis=i, mode='wrap')``."""
    indices, axis = node.args[0] if node.args else None, _axis(node)
    modes = [keyword.value for keyword in node.keywords if keyword.arg == "mode"]
    wraps = [isinstance(mode, ast.Constant) and mode.value == "wrap" for mode in modes] == [True]
    if isinstance(indices, ast.Call) and dotted(indices.func).endswith(".arange") and len(indices.args) == 2:
        start, end = number(indices.args[0]), indices.args[1]
        after = number(end.right) if isinstance(end, ast.BinOp) and isinstance(end.op, ast.Add) else None
        if wraps and axis is not None and isinstance(start, int) and isinstance(after, int):
            return Pad(node, ((-start, after),), axis, "circular")
    raise source.error(
        f"layer: {source.quoted(node)} takes elements by indices that are not read; expected a pad", node
    )


def _unread(source: Source, node: ast.Call) -> InputError:
    what = f"{source.quoted(node)} takes elements by indices that are not read; expected a pad"
    return source.error(f"layer: {what}", node)


def _axis(node: ast.Call) -> int | None:
    axes = [number(keyword.value) for keyword in node.keywords if keyword.arg == "axis"]
    return axes[0] if len(axes) == 1 and isinstance(axes[0], int) and axes[0] >= 0 else None
