"""The dressing of a line of source, which a port has to keep: a bias, the parts after the layer, and a name.

Activations come after a layer, and the pointwise part of a separable convolution. Catalogs know none of these, and
spellings turn the bias off. Each framework's ``dressing.py`` says how they are read in
it and how they are written: ``READS`` by the framework's own names, and ``dress``.

Pure: the standard library only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

KEYWORDS = frozenset({"False", "None", "True", "class", "def", "del", "from", "global", "import", "in", "is", "lambda"})
# Names that a script with the line has for something else.
OTHERS = """
apply bias carry helper jax jnp keras kernel lax layers mx nn np npx numpy onnx onnxruntime ops ov paddle torch tf x y
"""
TAKEN = frozenset(OTHERS.split())


@dataclass(frozen=True)
class Activation:
    """An activation by its kind, in no framework's terms, and the slope of its negative side if that can differ."""

    kind: str
    slope: float | None = None


@dataclass(frozen=True)
class PointwiseConv:
    """The second part of a separable convolution: a kernel of 1 from ``inputs`` to ``outputs`` channels."""

    rank: int
    inputs: int
    outputs: int
    bias: bool

    @property
    def kind(self) -> str:
        """Its name in the tables of the frameworks."""
        return "pointwise" if self.bias else "pointwise without bias"

    def written(self, words: str) -> str:
        """Return a framework's words with the numbers filled in."""
        ones = (1,) * self.rank
        return words.format(rank=self.rank, inputs=self.inputs, outputs=self.outputs, ones=ones, listed=list(ones))


After = Union[Activation, PointwiseConv]


@dataclass(frozen=True)
class Dressing:
    """The bias of a layer, the parts after it in order, and its name, which is an identifier, or empty."""

    bias: bool = False
    after: tuple[After, ...] = ()
    name: str = ""


BARE = Dressing()
OF_WEIGHTS = "lambda x, w: "  # how a line that is a function of the input and the weights begins


@dataclass(frozen=True)
class Reads:
    """The reading of one name of an activation: its kind, which the value of one argument may decide.

    ``kinds`` are by the value of ``argument``, which comes first by position. Without them, the value is the slope.
    """

    kind: str
    argument: str = ""
    default: Any = None
    kinds: Mapping[Any, str] = field(default_factory=dict)

    def activation(self, value: Any) -> Activation | None:
        """Return the activation with this value of the argument; None if it is no known one."""
        if not self.argument:
            return Activation(self.kind)
        if self.kinds:
            return Activation(self.kinds[value]) if value in self.kinds else None
        return Activation(self.kind, float(value)) if isinstance(value, (int, float)) else None


# Activations that are the same everywhere, by their names in lower case and without underscores.
ALIKE = {
    name: Reads(kind)
    for kind, names in {
        "relu": "relu",
        "relu6": "relu6",
        "selu": "selu",
        "silu": "silu swish",
        "sigmoid": "sigmoid",
        "tanh": "tanh",
        "softplus": "softplus",
        "softsign": "softsign",
        "hard_sigmoid": "hardsigmoid",
        "hard_swish": "hardswish hardsilu",
        "mish": "mish",
    }.items()
    for name in names.split()
} | {"elu": Reads("elu", "alpha", 1.0, {1.0: "elu"})}


def plain(name: str) -> str:
    """Return the name of an activation as ``READS`` has it."""
    return name.rpartition(".")[2].lower().replace("_", "")


def identifier(name: str) -> str:
    """Return a name as an identifier: ``block1_conv`` for ``block1/conv``; empty if nothing is left of it."""
    found = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_")
    if found[:1].isdigit():
        found = f"layer_{found}"
    return f"{found}_" if found in KEYWORDS else found


class Line:
    """A spelled line, parsed so that arguments and layers can be added to it; a comment at its end is kept."""

    def __init__(self, source: str) -> None:
        code, mark, comment = source.partition("  # ")
        self.comment = mark + comment
        self.tree = ast.parse(code)

    @property
    def convolution(self) -> ast.Call | None:
        """The call that makes the convolution; None if there is none."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        return next((call for call in calls if "Conv" in ast.unparse(call.func).rpartition(".")[2]), None)

    @property
    def value(self) -> ast.expr:
        """The expression that is the line, or the one that its last statement calls or assigns."""
        last = self.tree.body[-1]
        assert isinstance(last, (ast.Expr, ast.Assign))
        return last.value

    @value.setter
    def value(self, node: ast.expr) -> None:
        last = self.tree.body[-1]
        assert isinstance(last, (ast.Expr, ast.Assign))
        last.value = node

    def append(self, container: str, layers: list[str], listed: bool) -> None:
        """Append layers to the line's container, which is made if the line is one layer; ``listed`` in a list."""
        more = [expression(layer) for layer in layers]
        value = self.value
        if isinstance(value, ast.List) and not listed:  # of layers and functions, to apply in order
            value.elts.extend(more)
            return
        if not (isinstance(value, ast.Call) and ast.unparse(value.func) == container):
            inside: list[ast.expr] = [ast.List([value], ast.Load())] if listed else [value]
            value = self.value = ast.Call(expression(container), inside, [])
        holder = value.args[0] if listed else value
        (holder.elts if isinstance(holder, ast.List) else value.args).extend(more)

    def __str__(self) -> str:
        return "; ".join(map(ast.unparse, self.tree.body)) + self.comment


def expression(source: str) -> ast.expr:
    """Return source text as a syntax node."""
    return ast.parse(source, mode="eval").body


def give(call: ast.Call, name: str, value: Any) -> None:
    """Give a call an argument by its name."""
    call.keywords.append(ast.keyword(name, ast.Constant(value)))


def take(call: ast.Call, name: str) -> None:
    """Take an argument from a call, which then has its default."""
    call.keywords = [keyword for keyword in call.keywords if keyword.arg != name]


def written(one: After, writes: Mapping[str, str]) -> str:
    """Return a part after a layer in a framework's words, in which {} is a slope. Raise KeyError for no word."""
    if isinstance(one, PointwiseConv):
        return one.written(writes[one.kind])
    return writes[one.kind].replace("{}", repr(one.slope))


def assigned(source: str, name: str) -> str:
    """Return source text of one expression as an assignment to a name, if there is one."""
    if not name or re.match(r"\w+ = ", source):
        return source
    return f"{name}_layer = {source}" if name in TAKEN else f"{name} = {source}"
