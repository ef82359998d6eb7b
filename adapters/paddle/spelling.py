"""PaddlePaddle: the layers of ``paddle.nn``. Padding is a number for each axis, both sides in one list, or a word.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from typing import Any

from ...cases.case import Case, Pads
from ...cases.dtypes import INTEGERS
from ..adaptive import outputs
from ..conventions import crops, lacking, numbers, plain, pool_pads, rescaled, split, symmetric, together
from ..input_padding import by_mode, edge_repeated, input_pads, of_padded_input, one_mode
from ..nearest import ONE_NUMBER, conv_padding
from ..spelling import Inexpressible, Literal, Spelling, arguments, compact, kernel_size, unless

POOLS = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}
REDUCTIONS = {"max_pool": "max", "avg_pool": "mean"}
WORDS = ("valid", "same")
NARROW = ("float16", "bfloat16")
SIDES = "a number for each side"
ALL_ALIKE = "with a padding_mode, padding is one number for all sides of all axes"
ONE_WHOLE = "when padding_mode in ['reflect', 'replicate', 'circular'], type of padding must be int"
NOT_ROUNDED_UP = 'When Attr(padding) is "VALID", Attr(ceil_mode) must be False.'


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    if isinstance(case.padding, str) and lacking(case.padding, (*WORDS, "same_lower")):
        return Inexpressible(f"PaddlePaddle has no word for {case.padding!r}")
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    return PORTS[case.op](case)


def _conv_written(case: Case) -> Spelling | Inexpressible:
    case = edge_repeated(one_mode(case))
    mode = case.padding_mode
    if "symmetric" in case.modes:
        return Inexpressible("PaddlePaddle's layers do not mirror the edge itself, unless by one element")
    if not isinstance(mode, str):
        return Inexpressible("PaddlePaddle's convolutions have one padding mode for all axes")
    if mode != "zeros":
        return _padded_written(case, mode)
    if case.padding == "same_lower":
        return Spelling(_conv(case, _sides(numbers(case))), SIDES, "there is no 'same_lower'")
    if isinstance(case.padding, str):
        return Spelling(_conv(case, case.padding), words=repr(case.padding))
    return Spelling(_conv(case, _sides(case.padding)))


def _padded_written(case: Case, mode: str) -> Spelling | Inexpressible:
    """Return a convolution that pads with elements of its input, as a user would write it, or why nothing is near."""
    if case.padding == "valid":
        return Spelling(_conv(case, None, mode), words="padding left out")
    if not isinstance(case.padding, str) and plain(case.padding) and len(set(case.padding)) == 1:
        return Spelling(_conv(case, unless(0, [case.padding[0][0]]), mode))
    nearest = compact(conv_padding(case))
    if not isinstance(nearest, int):
        return Inexpressible("PaddlePaddle's padding modes pad all axes alike")
    literal = Literal(_conv(case, "same", mode), ONE_WHOLE) if case.padding == "same" else None
    words = ONE_NUMBER if isinstance(case.padding, str) else ""
    return Spelling(_conv(case, unless(0, [nearest]), mode), words, ALL_ALIKE, literal)


def _conv_port(case: Case) -> Spelling:
    case = edge_repeated(one_mode(case))
    pads = numbers(case)
    more, cut = split(pads)
    if case.pads_zeros:
        return _row(case, *_zeros(case, _negative(cut)), _conv(case, _sides(more)))
    if plain(pads) and len(set(pads)) == 1 and isinstance(case.padding_mode, str) and "symmetric" not in case.modes:
        return _row(case, _conv(case, unless(0, [pads[0][0]]), case.padding_mode))
    return _row(case, *_pad_layers(case, more), *_zeros(case, _negative(cut)), _conv(case, None))


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("PaddlePaddle's transposed convolutions do not pad their input")
    if case.padding == "same_lower":
        cut = crops(case)
        extra = [max(-after, 0) for _, after in cut]
        source = _transposed(case, _sides(split(cut)[0]), unless(0, extra))
        return Spelling(source, SIDES, "there is no 'same_lower'")
    if isinstance(case.padding, str):
        return Spelling(_transposed(case, case.padding, case.output_padding), words=repr(case.padding))
    return Spelling(_transposed(case, _sides(case.padding), case.output_padding))


def _transposed_port(case: Case) -> Spelling:
    case = edge_repeated(case)
    first = _pad_layers(case, input_pads(case))
    case = of_padded_input(case)
    cut = crops(case)
    extra = [max(-after, 0) for _, after in cut]
    if all(before >= 0 and more < s for (before, _), more, s in zip(cut, extra, case.stride)):
        return _row(case, *first, _transposed(case, _sides(split(cut)[0]), unless(0, extra)))
    less, more = split(cut)  # crop last, or nothing might be left
    return _row(case, *first, _transposed(case, None, None), *_zeros(case, more), *_zeros(case, _negative(less)))


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        return Spelling(_adaptive(case))
    if max(case.dilation) > 1:
        return Inexpressible("PaddlePaddle's pools have no dilation")
    if case.rank == 1 and case.divisor_override is not None:
        return Inexpressible("PaddlePaddle's AvgPool1D has no divisor_override")
    counts = case.op == "avg_pool" and case.counts_padding
    if case.padding == "same_lower":
        pads = numbers(case)
        return Spelling(_pool(case, _sides(pads), counts and any(map(any, pads))), SIDES, "there is no 'same_lower'")
    if case.padding == "valid" and case.ceil_mode:
        literal = Literal(_pool(case, "valid"), NOT_ROUNDED_UP)
        return Spelling(_pool(case, None), "padding left out", "'valid' does not round up", literal)
    if isinstance(case.padding, str):
        source = _pool(case, case.padding, counts and case.padding != "valid")
        return Spelling(source, words=repr(case.padding))
    return Spelling(_pool(case, _sides(case.padding), counts and any(map(any, case.padding))))


def _pool_port(case: Case) -> Spelling | Inexpressible:
    if case.dtype in INTEGERS:
        return Inexpressible("PaddlePaddle has no pools of integers on a CPU")
    if case.output_size is not None:
        return _row(case, _adaptive(case))
    pads, over = pool_pads(case)
    more, cut = split(pads)
    first = _zeros(case, _negative(cut))
    if max(case.dilation) > 1:
        return _row(case, *first, _by_hand(case, more, over))
    if case.op == "max_pool":
        return _row(case, *first, _pool(case, _sides(together(more, over)), ceil=False))
    if case.divisor_override is not None:
        return _scaled_port(case, first, together(more, over))
    if not case.counts_padding or not any(map(any, more)):
        return _row(case, *first, _pool(case, _sides(together(more, over)), ceil=False))
    if symmetric(more) and not any(map(any, over)):
        return _row(case, *first, _pool(case, _sides(more), True, ceil=False))
    # AvgPool of PaddlePaddle 3.3 counts the padding after an axis only as far as that before it.
    return _row(case, *first, *_zeros(case, more), _pool(case, _sides(over), ceil=False))


def _scaled_port(case: Case, first: list[str], pads: Pads) -> Spelling:
    """Return an average that is divided by a number of its own, of an input that is padded before it."""
    layers = [*first, *_zeros(case, pads)]
    if case.rank > 1:
        return _row(case, *layers, _pool(case, None, ceil=False))
    return _row(case, *layers, f"lambda x: {_pool(case, None, ceil=False)}(x){rescaled(case)}")


def _by_hand(case: Case, pads: Pads, over: Pads) -> str:
    """Return a function that reduces one slice of its input for each tap of a dilated window."""
    wide = together(pads, over)
    if case.op == "max_pool":
        return f"lambda x: {_taps(case, _on('x', case, wide, low=True), wide)}"
    mean = _taps(case, _on("x", case, wide), wide)
    if case.divisor_override is not None:
        return f"lambda x: {mean}{rescaled(case)}"
    if not any(map(any, over)) and (case.counts_padding or not any(map(any, pads))):
        return f"lambda x: {mean}"
    ones = f"paddle.ones_like({_on('x', case, pads)})" if case.counts_padding else "paddle.ones_like(x)"
    counted = over if case.counts_padding else wide
    return f"lambda x: {mean} / {_taps(case, _on(ones, case, counted), wide)}"


def _taps(case: Case, x: str, wide: Pads) -> str:
    """Return source text for the reduction of one slice of ``x`` for each tap."""
    cut = split(numbers(case))[1]
    ends = [
        (n - sum(less) + sum(pad) - d * (k - 1) - 1) // s * s + 1
        for n, less, pad, k, s, d in zip(case.input, cut, wide, case.kernel, case.stride, case.dilation)
    ]
    names = "ijk"[: case.rank]
    parts = ", ".join(f"{i}:{i} + {end}:{s}" for i, end, s in zip(names, ends, case.stride))
    loops = " ".join(f"for {i} in range(0, {d * k}, {d})" for i, k, d in zip(names, case.kernel, case.dilation))
    return f"paddle.stack([y[:, :, {parts}] for y in [{x}] {loops}]).{REDUCTIONS[case.op]}(axis=0)"


def _on(x: str, case: Case, pads: Pads, low: bool = False) -> str:
    """Return source text for ``x`` padded with zeros, or with minus infinity."""
    return "".join(f"{layer}({x})" for layer in _zeros(case, pads, low)) or x


def _sides(pads: Pads) -> Any:
    """Return pads for a layer: a number for each axis, or both sides of each axis in one list; None for no padding."""
    if symmetric(pads):
        return unless(0, [before for before, _ in pads])
    return [side for pair in pads for side in pair]


def _negative(cut: Pads) -> Pads:
    return tuple((-before, -after) for before, after in cut)


def _pad_layers(case: Case, pads: Pads) -> list[str]:
    """Return one layer for each padding mode that pads anything; functions for that of which there is no layer."""
    layers: list[str] = []
    for mode, part in by_mode(case, pads):
        if mode == "symmetric":
            layers += _mirrored(part)
        else:
            layers += [_pad(case, part, f", mode={mode!r}")] if mode != "zeros" else _zeros(case, part)
    return layers


def _mirrored(pads: Pads) -> list[str]:
    """Return one function for each axis that is padded, which puts its ends beside it in reverse."""
    functions = []
    for axis, (before, after) in enumerate(pads, 2):
        along = ":, " * axis
        ends = [f"x[{along}:{before}].flip({axis})"] if before else []
        ends += ["x", *([f"x[{along}-{after}:].flip({axis})"] if after else [])]
        functions += [f"lambda x: paddle.cat([{', '.join(ends)}], {axis})"] if len(ends) > 1 else []
    return functions


def _zeros(case: Case, pads: Pads, low: bool = False) -> list[str]:
    """Return a layer that pads with zeros or minus infinity, or crops by negative pads; none if there is no padding."""
    return [_pad(case, pads, ", value=float('-inf')" if low else "")] if any(map(any, pads)) else []


def _pad(case: Case, pads: Pads, more: str) -> str:
    flat = [side for pair in reversed(pads) for side in pair]
    return f"paddle.nn.Pad{case.rank}D({flat}{more})"


def _row(case: Case, *layers: str) -> Spelling:
    """Return layers in a row: a list to apply in order if there are functions, which no layer of PaddlePaddle holds.

    PaddlePaddle 3.3 has hardly any layers of narrow dtypes on a CPU, so those of a port work in float32.
    """
    if case.dtype in NARROW:
        layers = ("lambda x: x.astype('float32')", *layers, f"lambda x: x.astype({case.dtype!r})")
    if len(layers) == 1:
        return Spelling(layers[0])
    inside = ", ".join(layers)
    functions = any(layer.startswith("lambda") for layer in layers)
    return Spelling(f"[{inside}]" if functions else f"paddle.nn.Sequential({inside})")


def _conv(case: Case, padding: Any, mode: str = "zeros") -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        padding_mode=None if mode == "zeros" else mode,
        bias_attr=False,
    )
    return f"paddle.nn.Conv{case.rank}D({given})"


def _transposed(case: Case, padding: Any, output_padding: Any) -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        output_padding=compact(output_padding) if isinstance(output_padding, tuple) else output_padding,
        groups=unless(1, [case.groups]),
        dilation=unless(1, case.dilation),
        bias_attr=False,
    )
    return f"paddle.nn.Conv{case.rank}DTranspose({given})"


def _adaptive(case: Case) -> str:
    return f"paddle.nn.Adaptive{POOLS[case.op]}{case.rank}D({compact(outputs(case))!r})"


def _pool(case: Case, padding: Any, counted: bool = False, ceil: bool = True) -> str:
    given = arguments(
        kernel_size(case),
        stride=unless(case.kernel, case.stride),
        padding=padding,
        ceil_mode=True if ceil and case.ceil_mode else None,
        exclusive=False if counted else None,
        divisor_override=case.divisor_override if case.rank > 1 else None,
    )
    return f"paddle.nn.{POOLS[case.op]}{case.rank}D({given})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
