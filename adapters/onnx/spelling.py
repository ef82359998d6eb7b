"""ONNX Runtime on the CPU: nodes of ``onnx.helper``. Padding is a pair of numbers per axis, or ``auto_pad``.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ...cases.case import Case, Pads
from ..adaptive import Ends, ends, is_global, sliding
from ..conventions import (
    crops,
    lacking,
    numbers,
    pool_pads,
    split,
    together,
)
from ..input_padding import by_mode, edge_repeated, input_pads, of_padded_input, one_mode
from ..spelling import Code, Inexpressible, Literal, Spelling, arguments

OPERATORS = {"conv": "Conv", "conv_transpose": "ConvTranspose", "max_pool": "MaxPool", "avg_pool": "AveragePool"}
TYPES = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "FLOAT16", "bfloat16": "BFLOAT16"}
TYPES |= {"int8": "INT8", "uint8": "UINT8", "int32": "INT32", "int64": "INT64"}
OPSET, IR_VERSION = 21, 10  # those of ONNX 1.16, which ONNX Runtime supports from 1.18 on
AUTO_PAD = {"valid": "VALID", "same": "SAME_UPPER", "same_lower": "SAME_LOWER"}
PAD_MODES = {"zeros": None, "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
DILATED = "Dilation not supported for AutoPadType::SAME_UPPER or AutoPadType::SAME_LOWER"
Step = Callable[[str, str], list[str]]  # makes the source text of the nodes from one tensor to another


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    if case.out_channels < 0:
        return Inexpressible("ONNX takes the number of filters from the weights, and no array has fewer than 0")
    if any(map(any, case.input_padding or ())):
        return Inexpressible("ONNX's ConvTranspose does not pad its input")
    case = edge_repeated(one_mode(case))
    if not case.pads_zeros and (not set(case.modes) <= set(PAD_MODES) or (case.op == "conv" and _pads_at_all(case))):
        return Inexpressible("ONNX's Conv pads with zeros only")
    if case.divisor_override is not None:
        return Inexpressible("ONNX's AveragePool has no divisor of its own")
    if case.output_size is not None:
        if not is_global(case):
            return Inexpressible("ONNX has global pools, and no other adaptive pools")
        return Spelling(_source([_node(f"Global{OPERATORS[case.op]}", ["x"], "y")]))
    asked: dict[str, Any] = {
        "output_padding": None if case.output_padding is None else list(case.output_padding),
        "ceil_mode": 1 if case.ceil_mode else None,
        "count_include_pad": None if case.count_include_pad is None else int(case.count_include_pad),
    }
    if not isinstance(case.padding, str):
        return Spelling(_source(_layer(case, case.padding, **asked)("x", "y")))
    if lacking(case.padding, tuple(AUTO_PAD)):
        return Inexpressible(f"ONNX's {OPERATORS[case.op]} has no auto_pad for {case.padding!r}")
    word = AUTO_PAD.get(case.padding, case.padding)
    source = _source(_layer(case, auto_pad=word, **asked)("x", "y"))
    if case.op == "conv" and case.padding in ("same", "same_lower") and max(case.dilation) > 1:
        in_numbers = _source(_layer(case, numbers(case), **asked)("x", "y"))
        return Spelling(in_numbers, note="there is no auto_pad with a dilation", literal=Literal(source, DILATED))
    return Spelling(source, words=f"auto_pad={word!r}")


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    if case.dtype == "float64" and case.op != "max_pool":  # a cast to float32 would round
        return Inexpressible(f"ONNX Runtime 1.32 has no float64 kernel for {OPERATORS[case.op]} on the CPU")
    if case.dtype in ("int32", "int64"):
        return Inexpressible(f"ONNX's MaxPool has no {case.dtype}")
    case = edge_repeated(one_mode(case))
    if case.batch == 0 and "circular" in case.modes:
        return Inexpressible("ONNX Runtime 1.32 fails if Pad wraps an empty batch around")
    steps = PORTS[case.op](case)
    if case.dtype != "bfloat16":
        return Spelling(_source(_chain(steps, "x", "y")))
    # ONNX Runtime 1.32 has no bfloat16 kernel for any of these on the CPU.
    weights = [] if case.pools else _cast("float32")("w", _weights(case))
    return Spelling(_source([*weights, *_chain([_cast("float32"), *steps, _cast("bfloat16")], "x", "y")]))


def _pads_at_all(case: Case) -> bool:
    return case.padding != "valid" if isinstance(case.padding, str) else any(map(any, case.padding))


def _conv_port(case: Case) -> list[Step]:
    pads, w = numbers(case), _weights(case)
    if not case.pads_zeros:
        more, cut = split(pads)
        return [*_padded_input(case, more), *_pad(_negative(cut)), _layer(case, w=w)]
    if min(map(min, pads)) < 0:  # ONNX 1.23's shape inference rejects negative pads
        return [*_pad(pads), _layer(case, w=w)]
    return [_layer(case, pads, w)]


def _padded_input(case: Case, pads: Pads) -> list[Step]:
    """Return the steps that pad the input by the padding mode of each axis."""
    steps: list[Step] = []
    for mode, part in by_mode(case, pads):
        steps += _mirrored(part) if mode == "symmetric" else _pad(part, mode=PAD_MODES[mode])
    return steps


def _mirrored(pads: Pads) -> list[Step]:
    """Return one step for each axis that is padded, which puts its ends beside it in reverse; Pad has no such mode."""

    def step(axis: int, before: int, after: int) -> Step:
        def nodes(x: str, y: str) -> list[str]:
            made, inputs = [], [x]
            for name, places in (("first", list(range(before))[::-1]), ("last", [-1 - i for i in range(after)])):
                if places:
                    made.append(_node("Constant", [], f"{y}_{name}_places", value_ints=places))
                    made.append(_node("Gather", [x, f"{y}_{name}_places"], f"{y}_{name}", axis=axis))
                    inputs.insert(0 if name == "first" else len(inputs), f"{y}_{name}")
            return [*made, _node("Concat", inputs, y, axis=axis)]

        return nodes

    return [step(axis, *pad) for axis, pad in enumerate(pads, 2) if any(pad)]


def _transposed_port(case: Case) -> list[Step]:
    return [*_padded_input(case, input_pads(case)), *_transposed_steps(of_padded_input(case))]


def _transposed_steps(case: Case) -> list[Step]:
    """Return the steps that reproduce a transposed convolution whose input is not padded."""
    cut, w = crops(case), _weights(case)
    within, extra = split(cut)
    # ONNX Runtime 1.32 needs an output padding below the stride, though its message says max(stride, dilation).
    if all(before == 0 and after < stride for (before, after), stride in zip(extra, case.stride)):
        beyond = [after for _, after in extra]
        return [_layer(case, within, w, output_padding=beyond if any(beyond) else None)]
    return [_layer(case, w=w), *_pad(_negative(cut))]


def _pool_port(case: Case) -> list[Step]:
    if case.output_size is None:
        return _sliding_port(case)
    if plain := sliding(case):
        return _sliding_port(plain)
    return [step for i, along in enumerate(ends(case)) for step in _gathered(case, i, along)]


def _gathered(case: Case, i: int, along: Ends) -> list[Step]:
    """Return the steps that reduce the windows along one axis, whose elements are gathered into an axis of their own.

    A smaller window is filled up: for a maximum with its own first element, for an average with a zero after the end.
    """
    average, longest = case.op == "avg_pool", max(end - start for start, end in along)
    fill = [case.input[i] if average else start for start, _ in along]
    places = [[*range(start, end), *[more] * (longest - end + start)] for (start, end), more in zip(along, fill)]
    sides = tuple((0, int(average and j == i)) for j in range(case.rank))

    def reduced(x: str, y: str) -> list[str]:
        shape, flat = [len(along), longest], [place for window in places for place in window]
        indices = Code(f"helper.make_tensor('places', onnx.TensorProto.INT64, {shape}, {flat})")
        return [
            _node("Constant", [], f"{y}_places", value=indices),
            _node("Gather", [x, f"{y}_places"], f"{y}_windows", axis=2 + i),
            _node("Constant", [], f"{y}_axis", value_ints=[3 + i]),
            _node("ReduceSum" if average else "ReduceMax", [f"{y}_windows", f"{y}_axis"], y, keepdims=0),
        ]

    def divided(x: str, y: str) -> list[str]:
        shape, counts = [len(along), *[1] * (case.rank - 1 - i)], [end - start for start, end in along]
        tensor = Code(f"helper.make_tensor('counts', onnx.TensorProto.{_computed(case)}, {shape}, {counts})")
        return [_node("Constant", [], f"{y}_counts", value=tensor), _node("Div", [x, f"{y}_counts"], y)]

    return [*_pad(sides), reduced, *([divided] if average else [])]


def _sliding_port(case: Case) -> list[Step]:
    pads, over = pool_pads(case)
    more, cut = split(pads)
    average = case.op == "avg_pool"
    if case.divisor_override is not None:
        wide = together(more, over)
        if _fits(case, wide):
            pool = [_layer(case, wide, count_include_pad=1 if any(map(any, wide)) else None)]
        else:
            pool = [*_pad(wide), _layer(case)]
        return [*_pad(_negative(cut)), *pool, *_rescaled(case)]
    if average and case.counts_padding:
        if not any(map(any, over + cut)) and _fits(case, more):
            return [_layer(case, more, count_include_pad=1 if any(map(any, more)) else None)]
        return [*_pad(pads), _over(case, over)]
    return [*_pad(_negative(cut)), _over(case, together(more, over))]


def _over(case: Case, pads: Pads) -> Step:
    """Return a pool with padding that has no effect on the values."""
    if _fits(case, pads):
        return _layer(case, pads)
    if case.op == "max_pool":
        lowest = {"int8": "-128", "uint8": "0"}.get(case.dtype, "float('-inf')")
        lowest = f"helper.make_tensor('lowest', onnx.TensorProto.{_computed(case)}, [], [{lowest}])"
        return lambda x, y: _chain([*_pad(pads, fill=lowest), _layer(case)], x, y)
    return _ratio([*_pad(pads), _layer(case)], _computed(case))


def _fits(case: Case, pads: Pads) -> bool:
    """Return whether a pool accepts the pads: ONNX Runtime 1.32 needs them below the kernel size, dilated or not."""
    return all(side < k for pair, k in zip(pads, case.kernel) for side in pair)


def _negative(cut: Pads) -> Pads:
    return tuple((-before, -after) for before, after in cut)


def _weights(case: Case) -> str:
    """Return the name of the tensor that a port reads its weights from."""
    return "w_float32" if case.dtype == "bfloat16" else "w"


def _computed(case: Case) -> str:
    """Return ONNX's name for the dtype that a port computes in."""
    return TYPES["float32" if case.dtype == "bfloat16" else case.dtype]


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
    return f"helper.make_node({arguments(operator, list(inputs), [output], **attributes)})"


def _chain(steps: Sequence[Step], x: str, y: str) -> list[str]:
    """Return the nodes of several steps in sequence."""
    names = [x, *(f"{x}{i}" for i in range(1, len(steps))), y]
    return [node for step, before, after in zip(steps, names, names[1:]) for node in step(before, after)]


def _source(nodes: Sequence[str]) -> str:
    return nodes[0] if len(nodes) == 1 else f"[{', '.join(nodes)}]"


def _cast(dtype: str) -> Step:
    return lambda x, y: [_node("Cast", [x], y, to=Code(f"onnx.TensorProto.{TYPES[dtype]}"))]


def _pad(pads: Pads, mode: str | None = None, fill: str = "") -> list[Step]:
    """Return a Pad that adds or crops, if there is anything to do; ``fill`` is source text of a tensor, empty for 0."""

    def nodes(x: str, y: str) -> list[str]:
        constants = [_node("Constant", [], f"{y}_pads", value_ints=_sides(((0, 0), (0, 0), *pads)))]
        if fill:
            constants.append(_node("Constant", [], f"{y}_fill", value=Code(fill)))
        return [*constants, _node("Pad", [x, f"{y}_pads", *([f"{y}_fill"] if fill else [])], y, mode=mode)]

    return [nodes] if any(map(any, pads)) else []


def _rescaled(case: Case) -> list[Step]:
    """Return the steps that turn averages over whole windows into sums divided by the case's own divisor."""

    def step(operator: str, number: int) -> Step:
        tensor = Code(f"helper.make_tensor('number', onnx.TensorProto.{_computed(case)}, [], [{number}])")
        return lambda x, y: [
            _node("Constant", [], f"{y}_number", value=tensor),
            _node(operator, [x, f"{y}_number"], y),
        ]

    return [step("Mul", math.prod(case.kernel)), step("Div", case.divisor_override or 1)]


def _ratio(mean: Sequence[Step], kind: str) -> Step:
    """Return means of zero-padded values, divided by means of zero-padded ones, so that padding is not counted."""

    def nodes(x: str, y: str) -> list[str]:
        one = Code(f"helper.make_tensor('one', onnx.TensorProto.{kind}, [1], [1])")
        return [
            *_chain(mean, x, f"{y}_mean"),
            _node("Shape", [x], f"{y}_shape"),
            _node("ConstantOfShape", [f"{y}_shape"], f"{y}_ones", value=one),
            *_chain(mean, f"{y}_ones", f"{y}_share"),
            _node("Div", [f"{y}_mean", f"{y}_share"], y),
        ]

    return nodes


def _sides(pads: Pads) -> list[int]:
    """Return pads in ONNX's order: before every axis, then after every axis."""
    return [before for before, _ in pads] + [after for _, after in pads]


def _layer(case: Case, pads: Pads | None = None, w: str = "w", **attributes: Any) -> Step:
    """Return the layer itself, without attributes that have ONNX's default."""

    def unlike(default: list[int], numbers: Sequence[int]) -> list[int] | None:
        return None if list(numbers) == default else list(numbers)

    ones = [1] * case.rank
    given = {
        "kernel_shape": list(case.kernel),
        "strides": unlike(ones, case.stride),
        "pads": None if pads is None else unlike([0, 0] * case.rank, _sides(pads)),
        "dilations": unlike(ones, case.dilation),
        "group": None if case.groups == 1 else case.groups,
        **attributes,
    }
    return lambda x, y: [_node(OPERATORS[case.op], [x] if case.pools else [x, w], y, **given)]


PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
