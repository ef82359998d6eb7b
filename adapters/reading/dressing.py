"""Reads the bias of a line, the parts after its layer, and its name, all of which its ports keep."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...cases.case import Case
from ..dressed import BY_FOLDER
from ..dressing import Activation, After, Dressing, PointwiseConv, Reads, identifier, plain
from ..registry import folder, reader
from .binding import Bound
from .literals import dotted, number
from .source import Source
from .steps import Bias, Core, Left, Pointwise, Steps

BIASES = ("bias", "use_bias", "with_bias", "bias_attr", "biases_initializer")
OWN_BIASES = ("use_bias", "biases_initializer")  # of functions that make their own weights, as those of TensorFlow 1
RELU = [Activation("relu")]  # what slim applies by default
HARMLESS = frozenset({"inplace", "name", "prefix", "doc_string"})  # arguments that change no value
OURS = "net"  # the name that convparity itself assigns a layer to, which no user chose


class Beside(NamedTuple):
    """The dressing of a line, the steps that are in it, and sentences about assumptions and omissions."""

    dressing: Dressing
    steps: tuple[Left, ...]
    asides: list[str]


def read_dressing(source: Source, steps: Steps, core: Core, case: Case) -> Beside:
    """Return the dressing of a line, whose layer is that of a case. A pool has no more than a name."""
    layer = core.layer
    name = _name(source, core)
    if layer.signature.op.endswith("pool"):
        return Beside(Dressing(name=name), (), [])
    whole = layer.in_two  # its bias and its activation come after its pointwise part
    bias, asides = (False, []) if whole else _bias(layer)
    bias = bias or any(isinstance(step, Bias) for step in steps)
    after: list[After] = []
    taken: list[Left] = []
    for step in steps[steps.index(core) :]:
        found: Sequence[After] | None
        if isinstance(step, Pointwise):
            found, said = _pointwise(step.layer, case)
        elif isinstance(step, Core):
            found, said = ([], []) if whole else _own_activation(step.layer)
        elif isinstance(step, Left):
            found, said = _activation(step, layer), []
        else:
            continue
        asides += said
        if found is None:
            break  # whatever follows does not come directly after this layer
        after += found
        if isinstance(step, Left):
            taken.append(step)
    return Beside(Dressing(bias, tuple(after), name), tuple(taken), asides)


def _own_activation(layer: Bound) -> tuple[Sequence[After] | None, list[str]]:
    """Return the activation that a layer has as an argument; None, and an aside, if it is no known one."""
    node = layer.written.get("activation", layer.written.get("activation_fn"))
    if node is None and "activation_fn" in layer.signature.arguments:
        return (None, ["Its normalizer_fn and its ReLU are left aside."]) if _normalized(layer) else ([*RELU], [])
    found = [] if node is None else _named(node, layer)
    return found, [f"{layer.source.quoted(node)} is left aside."] if found is None and node else []


def _normalized(layer: Bound) -> bool:
    """Return whether a layer of slim has a norm in place of its bias."""
    node = layer.written.get("normalizer_fn")
    return node is not None and not (isinstance(node, ast.Constant) and node.value is None)


def _pointwise(layer: Bound, case: Case) -> tuple[Sequence[After] | None, list[str]]:
    """Return the pointwise convolution after a depthwise one, and its activation; None if one of them is unknown."""
    node = _filters(layer) if layer.in_two else layer.nodes.get("out_channels")
    outputs = None if node is None else number(node)
    if not isinstance(outputs, int):
        return None, []
    bias, said = _bias(layer)
    found, asides = _own_activation(layer)
    if found is None:
        return None, asides
    return [PointwiseConv(case.rank, case.out_channels, outputs, bias), *found], said


def _filters(layer: Bound) -> ast.expr | None:
    """Return the argument of a separable convolution that holds its number of outputs."""
    return layer.written.get("filters", layer.written.get("num_outputs"))


def _bias(layer: Bound) -> tuple[bool, list[str]]:
    """Return whether a layer has a bias, and an aside if that is not known."""
    signature = layer.signature
    if signature.framework == "ONNX":
        inputs = layer.written["inputs"]
        return isinstance(inputs, (ast.List, ast.Tuple)) and len(inputs.elts) > 2, []
    known = [name for name in BIASES if name in signature.arguments]
    if _normalized(layer):
        return False, []
    name = next((name for name in known if name in layer.written), None)
    if name is None:
        return bool(known) and (not signature.data or known[0] in OWN_BIASES), []  # others only if it is given
    node = layer.written[name]
    if isinstance(node, ast.Constant):
        return bool(node.value) or (node.value is None and name == "bias_attr"), []  # None is its default
    said = f"{name}={layer.source.quoted(node)} is taken as True."
    return True, [] if signature.data else [said]


def _name(source: Source, core: Core) -> str:
    """Return the name that a layer has as an argument, or else that of the variable it is assigned to; or empty."""
    for argument in ("name", "prefix"):
        node = core.layer.written.get(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return identifier(node.value)
    named = "name" in source.text  # most lines have no such argument, and their nodes need not be looked through
    for statement in source.statements:
        if not _holds(statement, core.node):
            continue
        nodes = ast.walk(statement) if named else ()
        calls = [node for node in nodes if isinstance(node, ast.Call) and _holds(node, core.node)]
        for keyword in (keyword for call in calls for keyword in call.keywords if keyword.arg == "name"):
            if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, str):
                return identifier(keyword.value.value)  # that of a chain with the layer in it
        if not isinstance(statement, ast.Assign):
            continue
        target = dotted(statement.targets[0]).rpartition(".")[2]
        if source.javascript and isinstance(statement.value, ast.Lambda):
            return identifier(target)
        if not isinstance(statement.value, ast.Call):
            continue
        if dotted(statement.value.func) and not core.layer.signature.data and target != OURS:
            return identifier(target)
    return ""


def _holds(outer: ast.expr | ast.stmt, inner: ast.expr) -> bool:
    """Return whether one node is in another, or is the other, by their places in the text."""
    at = inner.lineno, inner.col_offset
    end = outer.end_lineno or outer.lineno, outer.end_col_offset or outer.col_offset
    return (outer.lineno, outer.col_offset) <= at < end


def _activation(step: Left, layer: Bound) -> list[Activation] | None:
    """Return the activation that a step is, none for the identity; None if it is no known one."""
    node, name = step.node, step.name
    arguments, keywords = [], {}
    if isinstance(node, ast.Call):
        is_node = layer.signature.framework == "ONNX"
        first = 3 if is_node else 1 if name[:1].islower() else 0  # a function's first argument is the input
        arguments = node.args[first:]
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if name == "Activation":
        word = next(iter([*arguments, *keywords.values()]), None)
        return None if word is None else _named(word, layer)
    reads = _reads(name, layer)
    return None if reads is None else _with_value(reads, arguments, keywords)


def _named(node: ast.expr, layer: Bound) -> list[Activation] | None:
    """Return the activation that an argument names, by a word or a function; none for None and the identity."""
    word = node.value if isinstance(node, ast.Constant) else dotted(node).rpartition(".")[2]
    if word is None or word == "linear":
        return []
    reads = _reads(word, layer) if isinstance(word, str) else None
    return None if reads is None else _with_value(reads, [], {})


def _reads(name: str, layer: Bound) -> Reads | None:
    known = BY_FOLDER[folder(reader(layer.signature.framework))].reads
    return known.get(name) or known.get(plain(name))


def _with_value(
    reads: Reads, arguments: list[ast.expr], keywords: dict[str | None, ast.expr]
) -> list[Activation] | None:
    """Return an activation with the value that a call gives its argument; None if it has others that matter."""
    value: Any = reads.default
    if reads.argument and (arguments or reads.argument in keywords):
        node = arguments[0] if arguments else keywords[reads.argument]
        value = node.value if isinstance(node, ast.Constant) else number(node)
        arguments = arguments[1:]
    flags = [node for node in arguments if isinstance(node, ast.Constant) and isinstance(node.value, bool)]
    if len(flags) < len(arguments) or keywords.keys() - HARMLESS - {reads.argument}:
        return None
    found = reads.activation(value)
    return None if found is None else [found]
