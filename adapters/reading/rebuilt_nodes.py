"""The text of a list of ONNX nodes, from the steps that it was read as, from the tensor ``x`` to ``y``."""

from __future__ import annotations

import ast

from ..padding_forms import MODE_NAMES
from .rebuilt_calls import NotRebuilt, literal_text
from .source import Source
from .steps import Core, Pad, Scale, Steps

WORDS = {mode: word for word, mode in reversed(MODE_NAMES.items()) if word in ("constant", "reflect", "edge", "wrap")}


def nodes(source: Source, steps: Steps) -> str:
    """Return the text of one node, or of a list of nodes in order."""
    kept = [step for step in steps if isinstance(step, (Core, Pad, Scale))]
    made: list[str] = []
    for i, step in enumerate(kept):
        given, result = f"t{i}" if i else "x", "y" if i == len(kept) - 1 else f"t{i + 1}"
        if isinstance(step, Core):
            made.append(_core(source, step, given, result))
        else:
            made += _pad(step, i, given, result) if isinstance(step, Pad) else _scale(step, i, given, result)
    return made[0] if len(made) == 1 else f"[{', '.join(made)}]"


def _pad(step: Pad, i: int, given: str, result: str) -> list[str]:
    if step.mode == "symmetric":
        return _mirrored(step, i, given, result)
    if step.mode not in WORDS:
        raise NotRebuilt("its padding is written out by hand")
    sides = [before for before, _ in step.pads] + [after for _, after in step.pads]
    value = repr(step.fill) if abs(step.fill) < float("inf") else f"float('{step.fill}')"
    return [
        f'helper.make_node("Constant", [], ["pads{i}"], value_ints={sides})',
        f'helper.make_node("Constant", [], ["value{i}"], value_float={value})',
        f'helper.make_node("Pad", ["{given}", "pads{i}", "value{i}"], ["{result}"], mode="{WORDS[step.mode]}")',
    ]


def _mirrored(step: Pad, i: int, given: str, result: str) -> list[str]:
    """Return the nodes that put a tensor between its own ends in reverse, along one axis."""
    ((before, after),), axis = step.pads, step.first
    made, joined = [], [given]
    for name, places in (("first", list(range(before))[::-1]), ("last", [-1 - place for place in range(after)])):
        if places:
            made += [
                f'helper.make_node("Constant", [], ["{name}places{i}"], value_ints={places})',
                f'helper.make_node("Gather", ["{given}", "{name}places{i}"], ["{name}{i}"], axis={axis})',
            ]
            joined.insert(0 if name == "first" else len(joined), f"{name}{i}")
    names = ", ".join(f'"{name}"' for name in joined)
    return [*made, f'helper.make_node("Concat", [{names}], ["{result}"], axis={axis})']


def _scale(step: Scale, i: int, given: str, result: str) -> list[str]:
    factor = step.times if float(step.times) == step.times else 1 / step.times  # a third is no float
    return [
        f'helper.make_node("Constant", [], ["factor{i}"], value_float={float(factor)})',
        f'helper.make_node("{"Mul" if factor == step.times else "Div"}", ["{given}", "factor{i}"], ["{result}"])',
    ]


def _core(source: Source, step: Core, given: str, result: str) -> str:
    layer = step.layer
    assert isinstance(step.node, ast.Call)
    known = layer.signature.arguments
    attributes = [
        f", {keyword.arg}={literal_text(source, keyword.value)}"
        for keyword in step.node.keywords
        if keyword.arg and known[keyword.arg].form and known[keyword.arg].field not in ("", "weights")
    ]
    inputs = f'["{given}"]' if layer.signature.op.endswith("pool") else f'["{given}", "w"]'
    return f'helper.make_node("{layer.signature.names[0]}", {inputs}, ["{result}"]{"".join(attributes)})'
