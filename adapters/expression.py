"""The reader of a layer as it appears in source code, ``nn.Conv2d(3, 64, 7, stride=2, padding=3)``, as a :class:`Case`.

The text is parsed and never evaluated: arguments that move a window must be literals, and all others are ignored. The
names and allowed values of a layer's arguments are in :mod:`convparity.adapters.layers`.
"""

from __future__ import annotations

import ast
import contextlib
import operator
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..cases.arithmetic import AXIS_NAMES
from ..cases.case import Case
from ..cases.catalog.validate import LIMIT, Problem, check
from ..cases.errors import InputError
from ..cases.text import did_you_mean, printable, several
from .layers import BY_NAME, BY_OP_TYPE, NAMES, PREFIXES, READS, UNHANDLED
from .onnx.signatures import MAKERS
from .signature import Argument, Layer, Parameters, Unfit, per_axis

LONGEST = 10_000
WIDTH = 100
HIGHEST_POWER = 64  # so that arithmetic is fast, whatever a user pastes
COUNTS = ("in_channels", "out_channels", "groups")  # these move no window, so they may be names
EXAMPLE = "nn.Conv2d(3, 64, 7, stride=2, padding=3)"


def _power(base: int, exponent: int) -> int:
    if not 0 <= exponent <= HIGHEST_POWER:
        raise ArithmeticError("a fraction, or too large a number")
    return int(base**exponent)


ARITHMETIC: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: _power,
}
PRINTED_NAME = re.compile(r"\([\w.]+\):\s*")  # the prefix of each layer when PyTorch prints a model

Placed = ast.expr | ast.keyword | ast.stmt


def read_layer(text: str, input: tuple[int, ...]) -> tuple[Case, list[str]]:
    """Return the case of a layer on an input, and asides.

    ``input`` holds the spatial sizes, optionally after the channels, or the batch and the channels: for a layer with
    two axes, ``(512, 512)``, ``(3, 512, 512)`` or ``(1, 3, 512, 512)``. The asides are sentences about what the layer's
    framework does that the case does not show, or shows differently. Raises InputError.
    """
    layer = _read(text)
    beside = len(input) - layer.rank
    if not 0 <= beside <= 2:
        spatial = ", ".join(AXIS_NAMES[layer.rank])
        allowed = f"({spatial}) or (channels, {spatial}) for a kernel of rank {layer.rank}, or a batch of the latter"
        raise InputError([f"input: {printable(str(input), 60)} has the wrong number of sizes; expected {allowed}"])
    stated = layer.asked.get("in_channels")
    channels = input[beside - 1] if beside else _own_channels(layer)
    if stated is not None and stated != channels:
        what = f"{stated} does not fit an input of {printable('x'.join(map(str, input)), 60)}; expected {channels}"
        raise layer.text.error(f"in_channels: {what}", layer.nodes["in_channels"])
    case = _case(layer, input[beside:], channels, input[0] if beside == 2 else 1)
    own = layer.signature.asides(layer.asked, case)
    return case, [*_read_as(layer), *_order(input, case), *_stand_for(layer, case), *own]


def _read_as(layer: _Layer) -> list[str]:
    """Return an aside on the framework that was assumed, if the layer's name alone does not identify it."""
    known, read = BY_NAME.get(layer.name), layer.signature
    if layer.name.endswith(MAKERS) or (known and known[0].framework == read.framework):
        return []
    return [f"{printable(layer.name, 60)} is read as {read.names[0]} of {read.framework}."]


def _order(input: tuple[int, ...], case: Case) -> list[str]:
    """Return an aside on an input whose channels seem to come last."""
    *first, last = input
    if len(input) != case.rank + 1 or last not in (1, 3, 4) or min(first) <= 4:
        return []
    read = f"{input[0]} channels on {'x'.join(map(str, input[1:]))}"
    return [f"The input is read as {read}; channels come first, as in {'x'.join(map(str, (last, *first)))}."]


def _stand_for(layer: _Layer, case: Case) -> list[str]:
    """Return asides on the values assumed for names that stand for numbers of channels or groups."""
    named = {field: layer.text.quoted(node) for field, node in layer.named.items()}
    groups = named.pop("groups", None)
    said = []
    if named:
        counts = f"{case.in_channels} to {case.out_channels}"
        if layer.depthwise:
            counts += ", in 1 group" if case.groups == 1 else f", in {case.groups} groups"
        names = several(list(dict.fromkeys(named.values())))
        said.append(f"{names} may be any number of channels; here they are {counts}.")
    if groups and not layer.depthwise:
        said.append(f"{groups} may be any number of groups; here it is 1.")
    return said


class _Text:
    """The user's text, which errors quote."""

    def __init__(self, text: str) -> None:
        text = text.strip().replace("\r\n", "\n").replace("\r", "\n")
        self.text = PRINTED_NAME.sub("", text, count=1) if PRINTED_NAME.match(text) else text
        self.lines = self.text.split("\n")

    def quoted(self, node: Placed) -> str:
        """Return the source of a node on one short line."""
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return printable(_one_line(self.text[start:end]), 60)

    def offset(self, line: int, column: int) -> int:
        """Return the offset in the text of a position from ``ast``: lines from 1, columns in bytes of UTF-8 from 0."""
        in_line = len(self.lines[line - 1].encode()[:column].decode(errors="ignore"))
        return self.line_start(line) + in_line

    def line_start(self, line: int) -> int:
        return sum(len(before) + 1 for before in self.lines[: line - 1])

    def error(self, what: str, at: Placed) -> InputError:
        """Return an error with the text and a caret under the start of a node."""
        return self.error_at(what, self.offset(at.lineno, at.col_offset))

    def error_at(self, what: str, offset: int) -> InputError:
        """Return an error with the text and a caret under one of its characters."""
        line = _escaped(self.text)
        column = min(len(_escaped(self.text[:offset])), max(len(line) - 1, 0))
        start = max(0, min(column - WIDTH // 2, len(line) - WIDTH))
        cut = line[start : start + WIDTH]
        if start > 0:
            cut = "…" + cut[1:]
        if start + WIDTH < len(line):
            cut = cut[:-1] + "…"
        return InputError([f"{what}\n{cut}\n{' ' * (column - start)}^"])

    def unreadable(self, why: str) -> InputError:
        """Return an error about the text as a whole."""
        return InputError([f"layer: {printable(self.text, 60)} {why}; expected a layer such as {EXAMPLE}"])


def _one_line(text: str) -> str:
    return re.sub(r"[ \t\n]+", " ", text)


def _escaped(text: str) -> str:
    line = _one_line(text)
    return printable(line, len(line))


@dataclass(frozen=True)
class _Layer:
    """A layer as it was read: the catalog value and the syntax node of each field that its arguments set."""

    text: _Text
    name: str
    signature: Layer
    rank: int
    asked: Parameters
    nodes: dict[str, ast.expr]
    named: dict[str, ast.expr]  # the names that stand for numbers of channels or groups, by field
    depthwise: bool  # whether the groups have the same name as the channels

    def asked_on(self, in_channels: int) -> Parameters:
        """Return the requested parameters for this number of input channels."""
        if not self.depthwise:
            return self.asked
        outputs = {"out_channels": in_channels} if "out_channels" in self.named else {}
        return {**self.asked, **outputs, "groups": in_channels}


def _read(given: str) -> _Layer:
    text = _Text(given)
    if not text.text:
        raise InputError([f"layer: the text is empty; expected a layer such as {EXAMPLE}"])
    if len(text.text) > LONGEST:
        raise text.unreadable(f"has {len(text.text)} characters, more than {LONGEST}")
    try:
        return _understood(text)
    except InputError:
        raise
    except (RecursionError, MemoryError):
        raise text.unreadable("is nested too deeply") from None
    except ValueError as error:  # NUL, half a surrogate pair, a number with too many digits
        raise text.unreadable(f"cannot be read ({printable(str(error).split(';')[0])})") from None


def _understood(text: _Text) -> _Layer:
    call = _layer_call(text, _statements(text))
    refused = []
    for signature in _candidates(text, call):
        try:
            return _bound(text, call, signature)
        except InputError as error:
            refused.append(error)
    raise refused[0]


def _bound(text: _Text, call: ast.Call, signature: Layer) -> _Layer:
    """Return the layer that a call makes if it has this signature. Raises InputError."""
    bound = _bind(text, call, signature)
    rank = signature.rank or _rank(text, signature, bound)
    asked: Parameters = {}
    nodes, named = {}, {}
    for name, argument in signature.arguments.items():
        node = bound.get(name)
        if node and argument.field in COUNTS and _is_named(node):
            named[argument.field] = node
            continue
        value = _value(text, argument, node, rank)
        if argument.field and value is not None:
            asked[argument.field] = value
            if node:
                nodes[argument.field] = node
    asked |= {field: asked.get("groups", 1) for field in ("groups", "out_channels") if field in named}
    channels = named.get("in_channels", None if "in_channels" in asked else named.get("out_channels"))
    depthwise = channels is not None and "groups" in named and _same(named["groups"], channels)
    if depthwise:
        nodes["groups"] = named["groups"]
    return _Layer(text, _dotted(call.func), signature, rank, asked, nodes, named, depthwise)


def _same(one: ast.expr, other: ast.expr) -> bool:
    """Return whether two expressions are written alike, except for spaces."""
    return ast.dump(one) == ast.dump(other)


def _rank(text: _Text, signature: Layer, bound: dict[str, ast.expr]) -> int:
    """Return the rank of a layer that is set by its kernel; a single number is a kernel of rank 1."""
    kernel = next(argument for argument in signature.arguments.values() if argument.field == "kernel")
    return len(per_axis(_value(text, kernel, bound[kernel.name], 0), 1))


def _statements(text: _Text) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning about "\d" in a pasted string would not help the user
        try:
            return ast.parse(text.text).body
        except SyntaxError as error:
            what = f"cannot be read as Python ({printable(error.msg.split(';')[0])})"
            if not error.lineno or not error.offset or (error.text or "").strip("\n") not in text.lines:
                raise text.unreadable(what) from None  # no place, or one inside an f-string (before Python 3.12)
            offset = text.line_start(error.lineno) + error.offset - 1
            raise text.error_at(f"layer: {what}; expected a layer such as {EXAMPLE}", offset) from None


def _layer_call(text: _Text, statements: list[ast.stmt]) -> ast.Call:
    """Return the call that makes the layer, without assignment, ``lambda x:``, trailing comma or calls around it."""
    if not statements:
        raise text.unreadable("holds no layer")
    if len(statements) > 1:
        raise text.error(f"layer: {text.quoted(statements[1])} is a second statement; expected only one", statements[1])
    statement = statements[0]
    node: ast.AST | None = statement
    if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return):
        node = statement.value
    if isinstance(node, ast.Tuple) and len(node.elts) == 1:
        node = node.elts[0]
    if isinstance(node, ast.Lambda) and node.args.args:
        node = node.body
    while isinstance(node, ast.Call) and (inner := _call_inside(text, node)):
        node = inner
    if isinstance(node, ast.Call):
        return node
    at = node if isinstance(node, ast.expr) else statement
    raise text.error(f"layer: {text.quoted(at)} is not a layer's call; expected a call such as {EXAMPLE}", at)


def _call_inside(text: _Text, call: ast.Call) -> ast.Call | None:
    """Return the layer's call in ``layer(...)(x)``, ``layer(...).cuda()`` or ``model.add(layer(...))``, else None."""
    for keyword in call.keywords if isinstance(call.func, ast.Call) else ():
        if keyword.arg == "output_size":
            what = "is not handled by this version; write output_padding in the layer"
            raise text.error(f"output_size: {text.quoted(keyword.value)} {what}", keyword)
    if not isinstance(call.func, ast.Attribute):
        return call.func if isinstance(call.func, ast.Call) else None
    if isinstance(call.func.value, ast.Call):
        return call.func.value
    added = [node for node in call.args if isinstance(node, ast.Call)] if call.func.attr in ("add", "append") else []
    if len(added) > 1:
        raise text.error(f"layer: {text.quoted(added[1])} is a second layer; expected only one", added[1])
    return added[0] if added else None


def _candidates(text: _Text, call: ast.Call) -> list[Layer]:
    """Return the layers that a call may make, the likeliest first."""
    name = _dotted(call.func)
    prefix, _, own_name = name.rpartition(".")
    if name in UNHANDLED or own_name in UNHANDLED:
        what = f"{printable(name, 60)} is not handled by this version; expected {READS}"
        raise text.error(f"layer: {what}", call.func)
    if name in MAKERS or (prefix not in PREFIXES and own_name in MAKERS):
        return [_node_signature(text, call, name)]
    if name in BY_NAME:
        layers = BY_NAME[name]
    elif prefix not in PREFIXES and own_name[:1].isupper() and own_name in BY_NAME:
        layers = BY_NAME[own_name]
        if len(usual := {layer.framework: layer.names[0] for layer in layers}) > 1:
            ways = " or ".join(f"{usual_name} for {framework}" for framework, usual_name in usual.items())
            raise text.error(f"layer: {text.quoted(call.func)} is not known; write {ways}", call.func)
    else:
        what = f"{text.quoted(call.func)} is not known; expected {READS}{did_you_mean(name, NAMES)}"
        raise text.error(f"layer: {what}", call.func)
    given = {keyword.arg for keyword in call.keywords}
    # PyTorch prints a convolution with only its channels as positional arguments.
    printed = not prefix and len(call.args) == 2 and {"kernel_size", "stride"} <= given
    layers = tuple(layer for layer in layers if layer.printed == printed) or layers
    return sorted(layers, key=lambda layer: not given <= layer.arguments.keys())


def _node_signature(text: _Text, call: ast.Call, name: str) -> Layer:
    """Return the ONNX operator of a ``make_node`` call, which is its first argument."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "op_type"]
    allowed = " or ".join(map(repr, BY_OP_TYPE))
    for node in call.args[:1] or named[:1]:
        if isinstance(node, ast.Constant) and node.value in BY_OP_TYPE:
            return BY_OP_TYPE[node.value]
        raise text.error(f"op_type: {text.quoted(node)} is not handled by this version; expected {allowed}", node)
    what = f"op_type is missing; it is the first argument of {name}; expected {allowed}"
    raise text.error(f"layer: {what}", call.func)


def _dotted(node: ast.expr) -> str:
    """Return a dotted name such as ``nn.Conv2d``; empty for any other expression."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _bind(text: _Text, call: ast.Call, signature: Layer) -> dict[str, ast.expr]:
    """Return the node of each given argument by name, bound as Python would bind them. Raises InputError."""
    name, known = _dotted(call.func), signature.arguments
    allowed = f"{name} takes {', '.join(known)}"
    for node in call.args:
        if isinstance(node, ast.Starred):
            raise text.error(f"layer: {text.quoted(node)} cannot be read; write the arguments themselves", node)
    if len(call.args) > len(signature.positional):
        first = call.args[len(signature.positional)]
        count = f"is one argument too many; at most {len(signature.positional)} may be given by position"
        raise text.error(f"layer: {text.quoted(first)} {count}; {allowed}", first)
    bound = {argument.name: node for argument, node in zip(signature.positional, call.args, strict=False)}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise text.error(f"layer: {text.quoted(keyword)} cannot be read; write the arguments themselves", keyword)
        if keyword.arg not in known:
            what = f"{printable(keyword.arg, 60)}: unknown argument; {allowed}{did_you_mean(keyword.arg, known)}"
            raise text.error(what, keyword)
        if keyword.arg in bound:
            what = f"{text.quoted(keyword.value)} comes after {text.quoted(bound[keyword.arg])}"
            raise text.error(f"{keyword.arg}: given twice: {what}; expected one value", keyword)
        bound[keyword.arg] = keyword.value
    missing = [argument.name for argument in known.values() if argument.required and argument.name not in bound]
    if missing:
        end = text.offset(call.end_lineno or call.lineno, call.end_col_offset or 1) - 1
        are = "is" if len(missing) == 1 else "are"
        raise text.error_at(f"layer: {several(missing)} {are} missing; {allowed}", end)
    return bound


def _value(text: _Text, argument: Argument, node: ast.expr | None, rank: int) -> Any:
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
        value = node.value if isinstance(node, ast.Constant) else _dotted(node).rpartition(".")[2]
    else:
        value = _literal(text, argument.name, node, allowed)
    try:
        return argument.form.read(value, rank)
    except ValueError as wrong:
        hint = did_you_mean(value, argument.form.words) if isinstance(value, str) else ""
        raise text.error(f"{argument.name}: {text.quoted(node)} {wrong}; expected {allowed}{hint}", node) from None


def _literal(text: _Text, name: str, node: ast.expr, allowed: str) -> Any:
    """Return the value of a literal, or of arithmetic on whole numbers; tuples and lists both become tuples."""
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(_literal(text, name, item, allowed) for item in node.elts)
    found = _number(node)
    if isinstance(found, int) and abs(found) > LIMIT:
        # checked here because Python refuses to print a number with thousands of digits
        raise text.error(f"{name}: {text.quoted(node)} is out of range; expected at most 2**31", node)
    if found is not None:
        return found
    if isinstance(node, ast.Constant):
        return node.value
    what = f"{text.quoted(node)} is not a literal, and nothing is evaluated; expected {allowed}"
    raise text.error(f"{name}: {what}", node)


def _is_named(node: ast.expr) -> bool:
    """Return whether this is a name, or arithmetic with one, that may be any number."""
    return not isinstance(node, ast.Tuple | ast.List) and any(isinstance(part, ast.Name) for part in ast.walk(node))


def _number(node: ast.expr) -> int | float | None:
    """Return the value of a number, its negative, or arithmetic such as ``9 // 2``; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return None if isinstance(node.value, bool) else node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        operand = _number(node.operand)
        return -operand if operand is not None and isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        left, right = _number(node.left), _number(node.right)
        if isinstance(left, int) and isinstance(right, int) and max(abs(left), abs(right)) <= LIMIT:
            with contextlib.suppress(ArithmeticError):
                return ARITHMETIC[type(node.op)](left, right)
    return None


def _own_channels(layer: _Layer) -> int:
    """Return the input channels of a layer if the input does not give them: as few as its groups allow."""
    field = "in_channels" if "in_channels" in layer.asked else "groups"
    channels: int = layer.asked.get(field, 1)
    return channels


def _parameters(layer: _Layer, in_channels: int) -> Parameters:
    """Return the catalog parameters of a layer with this number of input channels. Raises InputError."""
    try:
        asked = layer.signature.complete(layer.asked_on(in_channels), layer.rank, in_channels)
    except Unfit as wrong:
        node = layer.nodes[wrong.field]
        name = _names(layer)[wrong.field]
        raise layer.text.error(f"{name}: {layer.text.quoted(node)} {wrong}", node) from None
    return {"op": layer.signature.op, **asked}


def _case(layer: _Layer, input: tuple[int, ...], in_channels: int, batch: int) -> Case:
    entry = {**_parameters(layer, in_channels), "input": input, "in_channels": in_channels, "batch": batch}
    case, problems = check({field: _as_lists(value) for field, value in entry.items()})
    if case is None:
        # Problems of the expression come first: groups = 0 would otherwise be reported as 0 input channels.
        raise _error(layer, min(problems, key=lambda problem: problem.path[0] not in layer.nodes))
    return case


def _as_lists(value: Any) -> Any:
    return list(map(_as_lists, value)) if isinstance(value, tuple | list) else value


def _names(layer: _Layer) -> dict[str, str]:
    """Return the layer's own name for each catalog field."""
    return {argument.field: argument.name for argument in layer.signature.arguments.values() if argument.field}


def _error(layer: _Layer, problem: Problem) -> InputError:
    """Return a problem with the case as an error about the argument that it came from."""
    field, *steps = problem.path
    names = _names(layer)
    what = problem.text.partition(": ")[2]
    if field not in layer.nodes:
        return InputError([f"{field if field in ('input', 'batch') else 'input channels'}: {what}"])
    node = layer.nodes[field]
    if "in_channels" not in layer.nodes:
        names["in_channels"] = "the number of input channels"
    what = re.sub(r"\b(in|out)_channels\b", lambda match: names[match[0]], what)
    for step in steps:
        node = node.elts[step] if isinstance(node, ast.Tuple | ast.List) else node
    return layer.text.error(f"{names[field]}: {what}", node)
