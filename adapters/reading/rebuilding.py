"""Rebuilds a line of source from the parts that were read of it, so that it can be run without evaluating its text.

Every name is one of a framework's own, and every argument a literal that was read: what moves no window, such as an
activation or the name of a layer, is left out, and names that stand for numbers of channels become these numbers.
Layers in a row are a ``Sequential`` of their framework, functions in a row a ``lambda`` of the input ``x`` and the
weights ``w``. Both together are a ``Sequential`` as well; in PyTorch, where none holds functions, a list to apply in
order. A layer that is called with an output size is a ``functools.partial`` of the call.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.text import several
from ..javascript import javascript_words
from ..line import Line
from ..tensorflowjs.signatures import FRAMEWORK as TENSORFLOWJS
from . import lookup
from .binding import Bound
from .literals import dotted
from .rebuilt_calls import NotRebuilt, call, literal_call, literal_text
from .rebuilt_nodes import nodes
from .source import Source
from .steps import Cast, Core, Pad, Scale, Slice, Steps
from .taps import cat_of, mirrored_text
from .tensors import is_read
from .weights_order import weights_order

CONTAINERS = {  # of layers in a row, of layers and functions, and what makes a function one of these
    "PyTorch": ("nn.Sequential({})", "[{}]", "lambda x: {}"),
    "Keras": ("keras.Sequential([{}])", "keras.Sequential([{}])", "layers.Lambda(lambda x: {})"),
    "Flax": ("nn.Sequential([{}])", "nn.Sequential([{}])", "lambda x: {}"),
    "nnx": ("nnx.Sequential({})", "nnx.Sequential({})", "lambda x: {}"),
    "Equinox": ("eqx.nn.Sequential([{}])", "eqx.nn.Sequential([{}])", "eqx.nn.Lambda(lambda x: {})"),
    "Haiku": ("hk.Sequential([{}])", "hk.Sequential([{}])", "lambda x: {}"),
    "MLX": ("mlx.nn.Sequential({})", "mlx.nn.Sequential({})", "lambda x: {}"),
    "PaddlePaddle": ("paddle.nn.Sequential({})", "[{}]", "lambda x: {}"),
    "MXNet": ("net = nn.Sequential(); net.add({})", "net = nn.Sequential(); net.add({})", "nn.Lambda(lambda x: {})"),
}
PARTIAL = "functools.partial"
ON_JAX = {"Equinox", "Haiku"}  # frameworks whose adapters have the functions of JAX as well
TOGETHER = ({"Keras", "TensorFlow"}, {"Flax", "JAX"})  # frameworks whose layers and functions go into one line


@dataclass(frozen=True)
class Rebuilt:
    """A line that can be run, and the frameworks that it needs; or the reason why it cannot be rebuilt."""

    line: Line | None = None
    frameworks: frozenset[str] = frozenset()
    why: str = ""


def rebuilt(source: Source, steps: Steps, case: Case) -> Rebuilt:
    """Return the line of a chain of steps that was read as this case."""
    layer = next(step.layer for step in steps if isinstance(step, Core))
    try:
        if layer.signature.framework == "ONNX":
            return Rebuilt(Line(nodes(source, steps), False), frozenset({"ONNX"}))
        chain = _Chain(source, steps, layer, case)
        text = chain.text()
        if "weights" not in layer.given:
            return Rebuilt(Line(text, layer.channels_last), frozenset(chain.frameworks))
        order = weights_order(layer, case)
        if order is None:
            raise NotRebuilt("the groups of a convolution of a stretched input are those of other channels")
        line = Line(text, layer.channels_last, order, layer.given["weights"])
        return Rebuilt(line, frozenset(chain.frameworks))
    except NotRebuilt as why:
        return Rebuilt(why=str(why))


@dataclass(frozen=True)
class _Part:
    """A part of a chain: a layer as text, or a function as text with @ for its input."""

    text: str
    layer: bool

    def of(self, data: str) -> str:
        return f"{self.text}({data})" if self.layer else self.text.replace("@", data)


class _Chain:
    """The parts of a chain, and the frameworks that they are of."""

    def __init__(self, source: Source, steps: Steps, layer: Bound, case: Case) -> None:
        self.source, self.layer, self.case = source, layer, case
        self.frameworks = {layer.signature.framework}
        self.parts = [self._part(step) for step in steps if isinstance(step, (Pad, Slice, Core, Scale))]
        casts = [step.dtype for step in steps if isinstance(step, Cast)]
        self.cast = casts[-1] if casts else ""
        if len(self.frameworks) > 1 and not any(self.frameworks <= together for together in TOGETHER):
            raise NotRebuilt(f"it mixes {several(sorted(self.frameworks))}")

    def text(self) -> str:
        """Return the whole line."""
        layers = [part.layer for part in self.parts]
        partial = any(part.text.startswith(PARTIAL) for part in self.parts)
        if self.layer.signature.data:
            text = "x"
            for part in self.parts:
                text = part.of(text)
            names = "x, w" if "weights" in self.layer.given else "x"
            if self.layer.signature.framework == TENSORFLOWJS:
                return f"({names}) => {javascript_words(text)}"
            return f"lambda {names}: {text}"
        framework = "nnx" if any(part.text.startswith("nnx.") for part in self.parts) else ""
        of_layers, of_both, function = CONTAINERS[framework or self.layer.signature.framework]
        inside = ", ".join(part.text if part.layer else function.format(part.of("x")) for part in self.parts)
        text = inside if len(layers) == 1 else (of_both if partial or not all(layers) else of_layers).format(inside)
        if self.cast:
            return f"{text if text.startswith('net = ') else f'net = {text}'}; net.cast({self.cast!r})"
        return text

    def _part(self, step: Pad | Slice | Core | Scale) -> _Part:
        if isinstance(step.node, ast.Call) and is_read(step.node):
            if isinstance(step, Core):
                raise NotRebuilt("it is written out with other functions")
            self.frameworks.add(TENSORFLOWJS)
            return _Part(literal_call(self.source, step.node), False)
        if isinstance(step, Scale):
            return _Part("@" + "".join(f" {sign} {by}" for sign, by in step.factors), False)
        if isinstance(step, Slice):
            leading = [":"] * step.first if step.first >= 0 else ["..."]
            return _Part(f"@[{', '.join([*leading, *map(_slice_text, step.slices)])}]", False)
        assert isinstance(step.node, ast.Call)
        if isinstance(step, Pad) and dotted(step.node.func).rpartition(".")[2] == "cat":
            self.frameworks.add(cat_of(step.node))
            return _Part(mirrored_text(step, "@"), False)
        bound = step.layer if isinstance(step, Core) else self._bound(step.node)
        text = call(bound, step.node, self.case, "@")
        if bound.applied:
            given = [f"{name}={literal_text(self.source, node)}" for name, node in bound.applied.items()]
            text = f"{PARTIAL}({text}, {', '.join(given)})"
        if bound.signature.framework == "JAX" and "MXNet" in self.frameworks:
            text = text.replace("jnp.", "np.")  # the functions of NumPy that both have
        elif not (bound.signature.framework == "JAX" and self.frameworks & ON_JAX):
            self.frameworks.add(bound.signature.framework)
        return _Part(text, not bound.signature.data)

    def _bound(self, node: ast.Call) -> Bound:
        try:
            return lookup.bound(self.source, node)
        except InputError:
            raise NotRebuilt("its padding is written out by hand") from None


def _slice_text(entry: slice) -> str:
    first, last = ("" if end is None else str(end) for end in (entry.start, entry.stop))
    return f"{first}:{last}" if entry.step is None else f"{first}:{last}:{entry.step}"
