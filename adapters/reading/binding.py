"""A call bound to a layer's signature: the catalog value and the syntax node of each field that its arguments set."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...cases.errors import InputError
from ...cases.text import did_you_mean, printable, several
from ..signature import AXES, Argument, Layer, Parameters, Unfit
from .literals import dotted, is_named, literal, number, same
from .source import Source

COUNTS = ("in_channels", "out_channels", "groups")  # these move no window, so they may be names
NOT_OF_CASES = ("layout", AXES)  # these are about arrays
RANKS = {1: 1, 2: 2, 3: 2, 4: 3}  # the rank of an input by the number of its sizes, if nothing else says it
# Functions whose arguments are the shape of the array that they make.
FILLED = ("randn", "rand", "zeros", "ones", "empty", "normal", "uniform")


@dataclass(frozen=True)
class Bound:
    """A layer as it was read."""

    source: Source
    name: str
    signature: Layer
    rank: int
    asked: Parameters
    nodes: dict[str, ast.expr]
    named: dict[str, ast.expr]  # the names that stand for numbers of channels or groups, by field
    data: ast.expr | None = None  # the input, if it is an argument of the call
    given: Parameters = field(default_factory=dict)  # the values of the arguments, before the signature prepares them
    depthwise: bool = False  # whether the groups have the same name as the channels
    one_number: bool = False  # whether the rank is that of a kernel which is one number
    written: Mapping[str, ast.expr] = field(default_factory=dict)  # every argument of the call, by name
    applied: Mapping[str, ast.expr] = field(default_factory=dict)  # every argument of a call of the layer itself

    def parameters(self, in_channels: int, input: tuple[int, ...] = ()) -> Parameters:
        """Return the catalog parameters of this layer on this number of channels and these sizes. Raises InputError."""
        try:
            asked = self.signature.complete(self.asked_on(in_channels), self.rank, in_channels)
            asked = self.signature.fit(asked, input)
        except Unfit as wrong:
            raise unfit(self.source, self.nodes, self.names(), wrong) from None
        return {"op": self.signature.op, **{name: value for name, value in asked.items() if name not in NOT_OF_CASES}}

    @property
    def channels_last(self) -> bool:
        """Whether the channels are the last axis of the layer's input."""
        return bool(self.asked.get("layout", "last" if self.signature.channels_last else "first") == "last")

    @property
    def kernel_axes(self) -> str:
        """The axes of the layer's kernel in the letters of ``signature.weighed``; empty if it has none."""
        return self.signature.kernel(self.asked)

    @property
    def in_two(self) -> bool:
        """Whether a pointwise convolution is a part of the same call: not where slim is given no number of outputs."""
        outputs = self.written.get("num_outputs")
        alone = isinstance(outputs, ast.Constant) and outputs.value is None
        return bool(self.signature.first_part) and not alone

    def asked_on(self, in_channels: int) -> Parameters:
        """Return the parameters on this number of channels, where the groups of a depthwise layer are known."""
        if not self.depthwise:
            return self.asked
        outputs = {"out_channels": in_channels} if "out_channels" in self.named else {}
        return {**self.asked, **outputs, "groups": in_channels}

    def names(self) -> dict[str, str]:
        """Return the layer's own name for each catalog field."""
        arguments = (*self.signature.arguments.values(), *self.signature.applied)
        known = {argument.field: argument.name for argument in arguments if argument.field}
        return {**{field: known["weights"] for field in self.nodes if "weights" in known}, **known}


def unfit(source: Source, nodes: dict[str, ast.expr], names: dict[str, str], wrong: Unfit) -> InputError:
    """Return the error that a field does not go with the others, at its argument."""
    node = nodes[wrong.field]
    return source.error(f"{names[wrong.field]}: {source.quoted(node)} {wrong}", node)


def bind(source: Source, call: ast.Call, signature: Layer) -> Bound:
    """Return the layer that a call makes if it has this signature. Raises InputError."""
    bound = _arguments(source, call, signature)
    shape = _weights(source, signature, bound)
    rank, one_number = _rank(source, call, signature, bound, shape)
    asked: Parameters = {}
    nodes, named = {}, {}
    for name, argument in signature.arguments.items():
        node = bound.get(name)
        if node and argument.field in COUNTS and is_named(node):
            named[argument.field] = node
            continue
        value = shape if argument.field == "weights" else _value(source, argument, node, rank)
        if argument.field and value is not None:
            asked[argument.field] = value
            if node:
                nodes[argument.field] = node
    asked.update({field: asked.get("groups", 1) for field in ("groups", "out_channels") if field in named})
    channels = named.get("in_channels", None if "in_channels" in asked else named.get("out_channels"))
    depthwise = channels is not None and "groups" in named and same(named["groups"], channels)
    if depthwise:
        nodes["groups"] = named["groups"]
    try:
        prepared = signature.prepare(asked, rank)
    except Unfit as wrong:
        known = {argument.field: argument.name for argument in signature.arguments.values()}
        raise unfit(source, {wrong.field: call, **nodes}, known, wrong) from None
    if "weights" in nodes and _split(nodes["weights"]):
        before = prepared[AXES].replace("G", "").replace("IM", "iO")  # as the weights are before that
        prepared = {**prepared, AXES: before}
    if "weights" in nodes:
        nodes = {**dict.fromkeys((field for field in prepared if field not in asked), nodes["weights"]), **nodes}
    data = bound.get(signature.data) if signature.data else None
    name = dotted(call.func)
    return Bound(source, name, signature, rank, prepared, nodes, named, data, asked, depthwise, one_number, bound)


def applied(bound: Bound, call: ast.Call) -> Bound:
    """Return a layer as a call of the layer itself applies it, whose first argument is not read. Raises InputError."""
    known = {argument.name: argument for argument in bound.signature.applied}
    given = {**dict(zip(known, call.args[1:])), **{word.arg: word.value for word in call.keywords if word.arg in known}}
    asked, nodes = dict(bound.asked), dict(bound.nodes)
    for name, node in given.items():
        value = _value(bound.source, known[name], node, bound.rank)
        if value is not None:
            asked[known[name].field], nodes[known[name].field] = value, node
    return replace(bound, asked=asked, nodes=nodes, applied=given)


def _rank(
    source: Source, call: ast.Call, signature: Layer, bound: dict[str, ast.expr], shape: tuple[int, ...] | None
) -> tuple[int, bool]:
    """Return the rank of a layer, and whether it is that of a kernel of one number, which has rank 1."""
    if signature.rank:
        return signature.rank, False
    kernel = next((argument for argument in signature.arguments.values() if argument.field == "kernel"), None)
    if kernel is None and signature.rank_of_input:
        return source.rank or RANKS.get(source.input_sizes, 2), False
    if kernel is None or kernel.name not in bound:
        if shape is None and kernel is not None:
            what = "give it, or the shape of the weights, as in --weights 64x3x7x7"
            raise source.error_at(f"layer: {kernel.name} is missing; {what}", source.end(call) - 1)
        return max(len(shape or ()) - signature.beside, 0), False
    value = _value(source, kernel, bound[kernel.name], 0)
    if isinstance(value, tuple):
        return len(value), False
    return (RANKS.get(source.input_sizes, 2), False) if signature.rank_of_input else (1, True)


def _weights(source: Source, signature: Layer, bound: dict[str, ast.expr]) -> tuple[int, ...] | None:
    """Return the shape of the weights in a call; None if it has none. Raises InputError if their shape is not known."""
    argument = next((argument for argument in signature.arguments.values() if argument.field == "weights"), None)
    if argument is None or argument.name not in bound:
        return None
    node = bound[argument.name]
    shape = _split(node) or _filled(node) or source.weights
    if shape is None and not signature.optional_weights:
        what = f"the shape of {source.quoted(node)} is not known; give it, as in --weights {_example(signature)}"
        raise source.error(f"{argument.name}: {what}", node)
    ranks = (signature.rank,) if signature.rank else (1, 2, 3)
    if shape is not None and len(shape) - signature.beside not in ranks:
        sizes = " or ".join(str(rank + signature.beside) for rank in ranks)
        what = f"{'x'.join(map(str, shape))} has {len(shape)} sizes; expected {sizes}"
        raise source.error(f"{argument.name}: {what}", node)
    return shape


def _example(signature: Layer) -> str:
    """Return the shape of weights for 3 channels in the axes of a function, such as ``7x7x3x64`` of TensorFlow."""
    rank = signature.rank or 2
    given = {argument.field: argument.default for argument in signature.arguments.values() if argument.field}
    given["weights"] = (1,) * (rank + signature.beside)
    layout = signature.prepare({name: value for name, value in given.items() if value is not None}, rank)[AXES]
    sizes = {"#": "x".join("7" * rank), "O": "64", "o": "64", "I": "3", "i": "3"}
    return "x".join(sizes.get(axis, "1") for axis in layout)


def _split(node: ast.expr) -> tuple[int, ...] | None:
    """Return the shape in ``ops.reshape(w, [2, 3, 1, 3, 3], False)``, which puts the groups of weights apart."""
    if not isinstance(node, ast.Call) or not dotted(node.func).endswith(".reshape") or len(node.args) < 2:
        return None
    sizes = node.args[1].elts if isinstance(node.args[1], ast.List) else []
    shape = tuple(size for size in map(number, sizes) if isinstance(size, int))
    return shape if shape and len(shape) == len(sizes) else None


def _filled(node: ast.expr) -> tuple[int, ...] | None:
    """Return the shape in ``torch.randn(64, 3, 7, 7)`` or ``np.ones((7, 7, 3, 64))``; None for any other expression."""
    if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] not in FILLED:
        return None
    sizes = node.args
    for item in node.args:
        if isinstance(item, (ast.Tuple, ast.List)):
            sizes = item.elts
            break
    shape = tuple(size for size in map(number, sizes) if isinstance(size, int))
    return shape if shape and len(shape) == len(sizes) else None


def _arguments(source: Source, call: ast.Call, signature: Layer) -> dict[str, ast.expr]:
    """Return the node of each given argument by name, bound as Python would bind them. Raises InputError."""
    name, known = dotted(call.func), signature.arguments
    allowed = f"{name} takes {', '.join(known)}"
    for node in call.args:
        if isinstance(node, ast.Starred):
            raise source.error(f"layer: {source.quoted(node)} cannot be read; write the arguments themselves", node)
    if len(call.args) > len(signature.positional):
        first = call.args[len(signature.positional)]
        count = f"is one argument too many; at most {len(signature.positional)} may be given by position"
        raise source.error(f"layer: {source.quoted(first)} {count}; {allowed}", first)
    bound = {argument.name: node for argument, node in zip(signature.positional, call.args)}
    for keyword in call.keywords:
        if keyword.arg is None:
            what = f"{source.quoted(keyword)} cannot be read; write the arguments themselves"
            raise source.error(f"layer: {what}", keyword)
        if keyword.arg not in known:
            what = f"{printable(keyword.arg, 60)}: unknown argument; {allowed}{did_you_mean(keyword.arg, known)}"
            raise source.error(what, keyword)
        if keyword.arg in bound:
            what = f"{source.quoted(keyword.value)} comes after {source.quoted(bound[keyword.arg])}"
            raise source.error(f"{keyword.arg}: given twice: {what}; expected one value", keyword)
        bound[keyword.arg] = keyword.value
    missing = [argument.name for argument in known.values() if argument.required and argument.name not in bound]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise source.error_at(f"layer: {several(missing)} {are} missing; {allowed}", source.end(call) - 1)
    return bound


def _value(source: Source, argument: Argument, node: ast.expr | None, rank: int) -> Any:
    """Return the catalog value that an argument requests; None if it requests nothing."""
    if argument.form is None:
        return None
    if node is None:
        return argument.default
    allowed = argument.form.allows(rank)
    value: Any
    if argument.form.unquoted and isinstance(node, ast.Name) and node.id in argument.form.words:
        value = node.id
    elif argument.form.symbols:
        value = node.value if isinstance(node, ast.Constant) else dotted(node).rpartition(".")[2]
    else:
        value = literal(source, argument.name, node, allowed)
    try:
        return argument.form.read(value, rank)
    except ValueError as wrong:
        hint = did_you_mean(value, argument.form.words) if isinstance(value, str) else ""
        raise source.error(f"{argument.name}: {source.quoted(node)} {wrong}; expected {allowed}{hint}", node) from None
