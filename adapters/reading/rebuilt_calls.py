"""The text of one call, from the signature that it was read by: names of the framework's own, and literals."""

from __future__ import annotations

import ast
import math

from ...cases.case import Case
from ..signature import Argument
from .binding import Bound
from .literals import dotted, number
from .source import Source

PREFIXES = {  # of layers, as adapters import them
    **{"PyTorch": "nn", "Keras": "layers", "Flax": "nn", "MXNet": "nn"},
    **{"Equinox": "eqx.nn", "Haiku": "hk", "MLX": "mlx.nn", "PaddlePaddle": "paddle.nn"},
}
# Arguments that move no window, and are kept if they are True or False.
KEPT = ("bias", "bias_attr", "use_bias", "with_bias")


class NotRebuilt(ValueError):
    """A line cannot be rebuilt; the message says why."""


def call(bound: Bound, node: ast.Call, case: Case, data: str = "") -> str:
    """Return the text of a call, with ``data`` as its input if it is the call of a function. Raises NotRebuilt."""
    parts: list[str] = []
    by_name = False
    for argument, value in zip(bound.signature.positional, node.args):
        text = _value(bound, argument, value, case, data)
        if text:
            parts.append(f"{argument.name}={text}" if by_name else text)
        else:
            by_name = True
    for keyword in node.keywords:
        text = _value(bound, bound.signature.arguments[keyword.arg or ""], keyword.value, case, data)
        parts += [f"{keyword.arg}={text}"] if text else []
    if "key" in bound.signature.arguments:
        parts.append("key=key")  # without which a layer of Equinox cannot be made; the name is its adapter's own
    name = _name(bound)
    if name.startswith("nnx."):
        parts.append("rngs=rngs")
    return f"{name}({', '.join(parts)})"


def literal_call(source: Source, node: ast.Call) -> str:
    """Return the text of a call of a function of @ and literals. Raises NotRebuilt for anything else."""
    return f"{dotted(node.func)}({', '.join(['@', *(literal_text(source, part) for part in node.args[1:])])})"


def literal_text(source: Source, node: ast.expr) -> str:
    """Return the text of a literal, in which arithmetic is worked out. Raises NotRebuilt for anything else."""
    if isinstance(node, (ast.Tuple, ast.List)):
        inside = ", ".join(literal_text(source, item) for item in node.elts)
        if isinstance(node, ast.List):
            return f"[{inside}]"
        return f"({inside},)" if len(node.elts) == 1 else f"({inside})"
    found = number(node)
    if found is not None:
        return repr(found) if math.isfinite(found) else f"float('{found}')"
    if isinstance(node, ast.Constant):
        return repr(node.value)
    raise NotRebuilt(f"{source.quoted(node)} is not a literal")


def _name(bound: Bound) -> str:
    """Return the name under which an adapter knows a layer or function. Raises NotRebuilt."""
    own, framework = bound.signature.first_part or bound.signature.names[0], bound.signature.framework
    if not bound.signature.positional:
        raise NotRebuilt("its window is written out by hand")
    if own.startswith("nnx."):
        return f"nn.{own.rpartition('.')[2]}" if bound.signature.data else own  # linen has the same functions
    return own if bound.signature.data else f"{PREFIXES[framework]}.{own.rpartition('.')[2]}"


def _value(bound: Bound, argument: Argument, node: ast.expr, case: Case, data: str) -> str:
    """Return the text of an argument; empty if it is left out."""
    if argument.name == bound.signature.data:
        return data
    if argument.field == "weights":
        return "w"
    if argument.form is None or (bound.signature.printed and argument.name == "in_channels" and not argument.field):
        plain = isinstance(node, ast.Constant) and isinstance(node.value, bool)
        return str(node.value) if plain and argument.name in KEPT and isinstance(node, ast.Constant) else ""
    if argument.field in bound.named:
        return str(_count(bound, argument.field, case))
    if argument.field == "dtype":
        dtype = bound.given.get("dtype")
        if dtype is None:
            return ""
        return f"torch.{dtype}" if bound.signature.framework == "PyTorch" else repr(dtype)
    if argument.form.symbols:
        return "lax.max"  # the only other symbol that is read
    if argument.form.unquoted and isinstance(node, ast.Name) and node.id in argument.form.words:
        return repr(node.id)
    return literal_text(bound.source, node)


def _count(bound: Bound, field: str, case: Case) -> int:
    """Return the number that a name of channels or groups stands for."""
    return case.in_channels if field == "in_channels" else int(bound.asked_on(case.in_channels)[field])
