"""Reads a text as a chain of steps: modules in a row, functions of functions, lambdas and assignments alike.

Whatever an expression is, it stands for the steps from the layer's input to its value. A module stands for its own
steps, a call of a module on a value for the steps of the value and then of the module, and any other name for the
input itself.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from ...cases.errors import InputError
from ..layers import CONTAINERS, INPUTS, LEFT, TIME, WRAPPERS
from . import lookup, taps, tensors
from .binding import Bound, applied
from .literals import dotted, literal, number
from .nodes import NodeList
from .scaling import scaled
from .separable import without_pointwise
from .source import EXAMPLE, Source
from .steps import Bias, Cast, Core, Given, Left, Pad, Pointwise, Slice, Step, Steps, Wrapper

# Methods that change no value that a case is about.
METHODS = """
to cuda cpu eval train half float double bfloat16 type requires_grad_ contiguous detach clone astype build compile
initialize hybridize init apply bind init_with_output numpy as_nd_ndarray as_np_ndarray
"""
PLAIN = frozenset(METHODS.split())


def read_steps(source: Source) -> Steps:
    """Return the steps of a text, exactly one of which is a convolution or pool. Raises InputError."""
    statements = source.statements
    if not statements:
        raise source.unreadable("holds no layer")
    chains = _Chains(source)
    made = [chains.statement(statement) for statement in statements]
    steps = without_pointwise(made[-1])
    cores = [step for step in steps if isinstance(step, Core)]
    for statement, before in zip(statements, made):
        if any(not any(step.node is other.node for other in steps) for step in before):
            what = f"{source.quoted(statement)} is not used by the last statement; expected one layer, or one chain"
            raise source.error(f"layer: {what}", statement)
    if len(cores) > 1:
        raise source.error(f"layer: {source.quoted(cores[1].node)} is a second layer; expected only one", cores[1].node)
    if not cores:
        what = f"{source.quoted(statements[-1])} holds no convolution or pool; expected one, such as {EXAMPLE}"
        raise source.error(f"layer: {what}", statements[-1])
    return steps


class _Chains:
    """The steps that names stand for, so far."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names: dict[str, Steps] = {}

    def statement(self, statement: ast.stmt) -> Steps:
        """Return the steps of a statement's value, and keep them under the names that it assigns them to."""
        if not isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)) or statement.value is None:
            raise self._no_call(statement)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        names = [dotted(target) for target in targets if dotted(target)]
        for name in names:
            whole, _, attribute = name.rpartition(".")
            if whole in self.names and attribute == "dtype_policy":
                return self.names[whole]
        value = statement.value
        while isinstance(value, ast.Tuple) and len(value.elts) == 1:
            value = value.elts[0]
        layers = isinstance(value, (ast.Call, ast.Lambda, ast.List, ast.Subscript)) or scaled(value) is not None
        if not layers and dotted(value) not in self.names:
            raise self._no_call(value)
        if isinstance(value, ast.Lambda) and not value.args.args:
            raise self._no_call(value)
        steps = self.value(value)
        self.names.update(dict.fromkeys(names, steps))
        return steps

    def _no_call(self, at: ast.expr | ast.stmt) -> InputError:
        what = f"{self.source.quoted(at)} is not a layer's call; expected a call such as {EXAMPLE}"
        return self.source.error(f"layer: {what}", at)

    def value(self, node: ast.expr) -> Steps:
        """Return the steps that an expression stands for. Raises InputError."""
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Lambda) and node.args.args:
            hidden = {argument.arg: () for argument in node.args.args}
            outer, self.names = self.names, {**self.names, **hidden}
            steps = self.value(node.body)
            self.names = outer
            return steps
        if isinstance(node, ast.List) and node.elts and all(map(_is_node, node.elts)):
            return NodeList(self.source).read([item for item in node.elts if isinstance(item, ast.Call)])
        if isinstance(node, ast.List) and node.elts:
            return self._elements(node.elts)
        if isinstance(node, ast.Subscript):
            return self._part(node)
        if product := scaled(node):
            return (*self.value(product[0]), product[1])
        if dotted(node):
            return self.names.get(dotted(node), ())
        raise lookup.unknown(self.source, node)

    def _part(self, node: ast.Subscript) -> Steps:
        """Return the steps of a slice of a value; a value under another key is the value itself."""
        whole = self.value(node.value)
        entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not any(isinstance(entry, ast.Slice) for entry in entries):
            if whole or len(entries) > 1:
                raise self.source.error(f"layer: {self.source.quoted(node)} takes one element; expected slices", node)
            return whole
        first = 0
        if isinstance(entries[0], ast.Constant) and entries[0].value is Ellipsis:
            entries = entries[1:]
            first = -len(entries)
        return (*whole, Slice(node, tuple(map(self._slice, entries)), first))

    def _slice(self, node: ast.expr) -> slice:
        if not isinstance(node, ast.Slice):
            raise self.source.error(f"layer: {self.source.quoted(node)} is not a slice; expected one, as in 1:-1", node)
        ends: list[int | None] = []
        for end in (node.lower, node.upper, node.step):
            ends.append(None if end is None else literal(self.source, "slice", end, "a whole number"))
            if end is not None and (not isinstance(ends[-1], int) or (end is node.step and ends[-1] < 1)):
                raise self.source.error(f"slice: {self.source.quoted(end)} is not allowed; expected a number", end)
        return slice(*ends)

    def _call(self, node: ast.Call) -> Steps:
        func, name = node.func, dotted(node.func)
        if (taken := tensors.steps_of(self.source, node, self._data)) is not None:
            return taken
        if by_hand := taps.maxima(self.source, node):
            return (*self.value(by_hand.data), *by_hand.steps)
        if isinstance(func, (ast.Call, ast.Lambda)) or name in self.names:
            steps = self._applied(self.names[name] if name in self.names else self.value(func), node)
            return (*self._data(node.args[0]), *steps) if node.args else steps
        if isinstance(func, ast.Attribute) and (not name or name.rpartition(".")[0] in self.names):
            return self._method(node, func)
        own = name.rpartition(".")[2]
        if own in SPECIAL and not lookup.is_maker(name):
            return SPECIAL[own](self, node)
        if own in LEFT:
            data = self._data(node.args[0]) if own[:1].islower() and node.args else ()
            return (*data, Left(node, own))
        found = lookup.bound(self.source, node)
        if lookup.is_maker(name):
            return NodeList(self.source).read([node])
        data = self._data(found.data) if found.data is not None else ()
        if found.in_two:
            return (*data, Core(node, found), Pointwise(node, "", found))
        if found.signature.op != "pad":
            return (*data, Core(node, found))
        return (*data, _pad(node, found))

    def _applied(self, steps: Steps, call: ast.Call) -> Steps:
        """Return the steps of a layer or chain as a call of it applies them, such as to an output of a given size."""
        if len(steps) == 1 and isinstance(core := steps[0], Core) and core.layer.signature.applied:
            return (replace(core, layer=applied(core.layer, call)),)
        for keyword in call.keywords:
            if keyword.arg == "output_size":
                what = "is an argument of a call of PyTorch's transposed convolutions alone; leave it out"
                raise self.source.error(f"output_size: {self.source.quoted(keyword.value)} {what}", keyword)
        return steps

    def _partial(self, call: ast.Call) -> Steps:
        """Return the steps of ``partial(layer, output_size=...)``."""
        return self._applied(self._elements(call.args[:1]), call)

    def _data(self, node: ast.expr) -> Steps:
        """Return the steps of a call's input; a call of a user's own function is the input itself."""
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        own = name.rpartition(".")[2]
        if name and own not in KNOWN and name.partition(".")[0] not in self.names and not lookup.is_known(name):
            return self.names.get(name, (Given(node, self.source.quoted(node)),))
        return self.value(node)

    def _method(self, node: ast.Call, func: ast.Attribute) -> Steps:
        """Return the steps of a method's value, which has to be the object's own value, or a known change of it."""
        name = dotted(func.value)
        if func.attr in ("add", "append") and name in self.names:
            self.names[name] = (*self.names[name], *self._elements(node.args))
            return self.names[name]
        steps = self.value(func.value)
        if func.attr == "cast" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            return (*steps, Cast(node, str(node.args[0].value)))
        if func.attr == "take":
            return (*steps, taps.wrapped(self.source, node))
        if func.attr in PLAIN:
            return steps
        what = f"{func.attr} of {self.source.quoted(func.value)} is not handled by this version"
        raise self.source.error(f"layer: {what}; expected a layer, a pad or a slice", node)

    def _added(self, node: ast.Call) -> Steps:
        """Return the steps of the layers in ``model.add(...)``, of a model that is made elsewhere; or add a bias."""
        if dotted(node.func) in ("ops.add", "tf.add") and len(node.args) == 2 and _is_bias(node.args[1]):
            return (*self.value(node.args[0]), Bias(node))
        if not any(isinstance(item, (ast.Call, ast.Lambda)) for item in node.args):
            raise lookup.unknown(self.source, node.func)
        return self._elements(node.args)

    def _chain(self, node: ast.Call) -> Steps:
        """Return the steps of the layers in a container, in order."""
        named = [keyword.value for keyword in node.keywords if keyword.arg in ("layers", "function", "args")]
        return self._elements([*node.args, *named])

    def _wrapped(self, node: ast.Call) -> Steps:
        """Return the steps of a layer inside a function of its weights."""
        named = [keyword.value for keyword in node.keywords if keyword.arg in ("module", "layer", "layer_instance")]
        inside = [*node.args[:1], *named]
        if not inside:
            raise self.source.error(f"layer: {self.source.quoted(node)} wraps no layer; expected one", node)
        steps = self._elements(inside[:1])
        return (Wrapper(node, dotted(node.func).rpartition(".")[2]), *steps)

    def _elements(self, nodes: list[ast.expr]) -> Steps:
        steps: list[Step] = []
        for node in nodes:
            name = dotted(node)
            if isinstance(node, ast.Starred):
                what = f"{self.source.quoted(node)} cannot be read; write the layers themselves"
                raise self.source.error(f"layer: {what}", node)
            if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[0], ast.Constant):
                steps += self._elements([node.elts[1]])  # a layer with its name, as in an OrderedDict
            elif isinstance(node, (ast.List, ast.Tuple)):
                steps += self._elements(node.elts)
            elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "OrderedDict":
                steps += self._elements(node.args)
            elif name.rpartition(".")[2] in LEFT and name not in self.names:
                steps.append(Left(node, name.rpartition(".")[2]))
            elif isinstance(node, (ast.Call, ast.Lambda)) or name in self.names:
                steps += self.value(node)
            else:
                what = f"{self.source.quoted(node)} is not a layer; expected a call such as {EXAMPLE}"
                raise self.source.error(f"layer: {what}", node)
        return tuple(steps)

    def _taken(self, node: ast.Call) -> Steps:
        """Return the steps of ``take(x, indices, axis)``, whose indices are those of a padded axis."""
        return (*self.value(node.args[0]), taps.taken(self.source, node)) if node.args else ()

    def _mirrored(self, node: ast.Call) -> Steps:
        """Return the steps of ``cat([...], axis)``, which puts the ends of its input beside it in reverse."""
        data, pad = taps.mirrored(self.source, node)
        return (*self.value(data), pad)

    def _lowest(self, node: ast.Call) -> Steps:
        """Return the steps of ``where(pad(ones_like(x)) > 0, pad(x), -inf)``, which pads with minus infinity."""
        if len(node.args) == 3 and isinstance(node.args[0], ast.Compare) and number(node.args[2]) == float("-inf"):
            inside, values = self._like(node.args[0].left), self.value(node.args[1])
            if inside == values and values and isinstance(values[-1], Pad) and values[-1].mode == "zeros":
                last = values[-1]
                return (*values[:-1], Pad(last.node, last.pads, last.first, fill=float("-inf")))
        raise lookup.unknown(self.source, node)

    def _like(self, node: ast.expr) -> Steps:
        """Return the steps of a mask: a padded ``ones_like`` of a value."""
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "ones_like" and len(node.args) == 1:
            return self.value(node.args[0])
        if isinstance(node, ast.Call) and node.args and dotted(node.func) not in self.names:
            found = lookup.bound(self.source, node)
            if found.signature.op == "pad" and found.data is not None:
                return (*self._like(found.data), _pad(node, found))
        raise lookup.unknown(self.source, node)


SPECIAL: dict[str, Callable[[_Chains, ast.Call], Steps]] = {  # the calls that have a meaning of their own, by name
    **dict.fromkeys(CONTAINERS, _Chains._chain),
    **dict.fromkeys((*WRAPPERS, TIME), _Chains._wrapped),
    **dict.fromkeys(INPUTS, lambda chains, node: ()),
    **dict.fromkeys(("add", "append"), _Chains._added),
    **dict.fromkeys(("Lambda", "vmap"), _Chains._chain),
    "partial": _Chains._partial,
    **dict.fromkeys(("take", "gather"), _Chains._taken),
    "cat": _Chains._mirrored,
    "where": _Chains._lowest,
}
KNOWN = (
    CONTAINERS
    | WRAPPERS
    | INPUTS
    | LEFT
    | {TIME, "Lambda", "partial", "take", "gather", "cat", "where", "stack", "Maximum"}
)


def _pad(node: ast.expr, found: Bound) -> Pad:
    """Return the step of a layer that pads or crops."""
    asked = found.parameters(0)
    return Pad(node, **{field: asked[field] for field in ("pads", "first", "mode", "fill") if field in asked})


def _is_bias(node: ast.expr) -> bool:
    """Return whether an expression is the name ``b``, or ``ops.reshape(b, ...)`` of any, as OpenVINO takes a bias."""
    if dotted(node) == "b":
        return True
    shaped = isinstance(node, ast.Call) and dotted(node.func) == "ops.reshape" and bool(node.args)
    return shaped and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Name)


def _is_node(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and lookup.is_maker(dotted(node.func))
