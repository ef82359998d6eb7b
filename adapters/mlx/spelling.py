"""MLX: the layers of ``mlx.nn``, whose channels come last. Padding is one number per axis, for both sides.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ...cases.dtypes import INTEGERS, LOWEST
from ..adaptive import by_hand, is_global, sliding
from ..conventions import (
    WORDS,
    crops,
    lacking,
    numbers,
    pool_pads,
    rescaled,
    split,
    symmetric,
    together,
    too_narrow,
)
from ..input_padding import input_pads, of_padded_input, one_mode
from ..jax_text import Axes
from ..nearest import CROPS_ALIKE, ONE_NUMBER, PADS_ALIKE, conv_padding, crop
from ..spelling import Inexpressible, Literal, Spelling, arguments, compact, kernel_size, unless

LAST = Axes(1, 1, "mx")
POOLS = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}
REDUCTIONS = {"max_pool": "max", "avg_pool": "mean"}
NO_LIMIT = 2**31  # MLX takes any output_padding
REFUSED = {"conv": "incompatible function arguments", "conv_transpose": "incompatible function arguments"}
REFUSED |= {"max_pool": "'padding' must be an integer", "avg_pool": "'padding' must be an integer"}
COUNTS = "MLX's averages count their padding"
NO_CEIL = "MLX has no ceil mode"
BLOCKS = "  # the groups' kernels as one block-diagonal kernel"


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"MLX takes padding only in numbers; it has no word for {case.padding!r}")
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    if case.dtype == "float64" and not case.pools:
        return Inexpressible("MLX 0.32 computes convolutions of float64 in float32, or raises")
    return PORTS[case.op](case)


def _conv_written(case: Case) -> Spelling | Inexpressible:
    if case.padding != "valid" and not one_mode(case).pads_zeros:
        return Inexpressible("MLX's layers pad with zeros only")
    if case.rank == 3 and case.groups > 1:
        return Inexpressible("MLX's Conv3d has no groups")
    if case.padding == "valid":
        return Spelling(_conv(case, None), words="padding left out")
    if not isinstance(case.padding, str):
        if symmetric(case.padding):
            return Spelling(_conv(case, _one_side(case.padding)))
        return Spelling(_conv(case, unless(0, conv_padding(case))), note=PADS_ALIKE)
    near = conv_padding(case) if case.padding in WORDS else ()
    return _in_place_of_a_word(case, _conv(case, unless(0, near)), _conv(case, case.padding))


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("MLX's transposed convolutions do not pad their input")
    if case.groups > 1:
        return Inexpressible("MLX's transposed layers have no groups")
    if case.padding == "valid":
        return Spelling(_transposed(case, None, case.output_padding), words="padding left out")
    if not isinstance(case.padding, str) and symmetric(case.padding):
        return Spelling(_transposed(case, _one_side(case.padding), case.output_padding))
    padding, extra = crop(case, (NO_LIMIT,) * case.rank)
    near = _transposed(case, unless(0, padding), unless(0, extra))
    if not isinstance(case.padding, str):
        return Spelling(near, note=CROPS_ALIKE)
    return _in_place_of_a_word(case, near, _transposed(case, case.padding, case.output_padding))


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        if not is_global(case):
            return Inexpressible("MLX has no adaptive pools")
        return Spelling(_pool(replace(case, kernel=case.input, stride=case.input), None))
    if max(case.dilation) > 1:
        return Inexpressible("MLX's pools have no dilation")
    if case.divisor_override is not None:
        return Inexpressible("MLX's average pools have no divisor of their own")
    near, notes = _pool_padding(case)
    line = _pool(case, near)
    if case.padding in ("same", "same_lower"):
        return _in_place_of_a_word(case, line, _pool(case, case.padding), notes)
    words = "padding left out" if case.padding == "valid" else ""
    return Spelling(line, words=words, note=", and ".join(notes))


def _in_place_of_a_word(case: Case, near: str, literal: str, notes: tuple[str, ...] = ()) -> Spelling:
    """Return the nearest line to a word, which MLX does not know, and the line with the word beside it."""
    refused = Literal(literal, REFUSED[case.op]) if case.padding == "same" else None
    return Spelling(near, ONE_NUMBER, ", and ".join([f"there is no {case.padding!r}", *notes]), refused)


def _pool_padding(case: Case) -> tuple[Any, tuple[str, ...]]:
    """Return the padding that a user would write for a pool, and what MLX cannot express beside the word."""
    notes = [COUNTS] if case.op == "avg_pool" and _pads(case) and not case.counts_padding else []
    if min(case.stride) < 1 or (isinstance(case.padding, str) and case.padding not in WORDS):
        return case.padding if isinstance(case.padding, str) else _one_side(case.padding), tuple(notes)
    pads, over = pool_pads(case)
    longer = case.ceil_mode and any(map(any, over))
    if not longer and not isinstance(case.padding, str) and symmetric(case.padding):
        return _one_side(case.padding), tuple(notes)
    if longer:
        notes.insert(0, NO_CEIL)
    elif not isinstance(case.padding, str):
        notes.insert(0, PADS_ALIKE)
    whole = replace(case, padding=together(pads, over), ceil_mode=False)
    return unless(0, conv_padding(whole)), tuple(notes)


def _pads(case: Case) -> bool:
    return case.padding != "valid" if isinstance(case.padding, str) else any(map(any, case.padding))


def _conv_port(case: Case) -> Spelling:
    more, cut = split(numbers(case))
    comment = BLOCKS if case.rank == 3 and case.groups > 1 else ""
    own = case.pads_zeros or not any(map(any, more))
    if own and symmetric(more):
        return Spelling(_after(LAST.sliced("x", cut), _conv(case, _one_side(more))) + comment)
    x = LAST.filled("x", more) if case.pads_zeros else _padded(case, more)
    return Spelling(_after(LAST.sliced(x, cut), _conv(case, None)) + comment)


def _transposed_port(case: Case) -> Spelling:
    padded, case = _padded(case, input_pads(case)), of_padded_input(case)
    comment = BLOCKS if case.groups > 1 else ""
    cut = crops(case)
    reaches = [d * (k - 1) for k, d in zip(case.kernel, case.dilation)]
    # MLX 0.32.4 crops whole elements of its input where it should crop more of the output than the kernel reaches.
    padding = [min(before, reach) for (before, _), reach in zip(cut, reaches)]
    extra = [max(own - after, 0) for own, (_, after) in zip(padding, cut)]
    less = tuple((before - own, after - own + more) for (before, after), own, more in zip(cut, padding, extra))
    layer = _transposed(case, unless(0, padding), unless(0, extra))
    return Spelling(_after(padded, layer, LAST.sliced("x", less)) + comment)


def _pool_port(case: Case) -> Spelling | Inexpressible:
    if case.output_size is None:
        return _sliding_port(case)
    if plain := sliding(case):
        return _sliding_port(plain)
    reduction = REDUCTIONS[case.op]
    pooled = by_hand(case, "mx.stack", 1, lambda window, axes, count: f"{window}.{reduction}({axes})")
    return Spelling(f"lambda x: {pooled}")


def _sliding_port(case: Case) -> Spelling | Inexpressible:
    if too_narrow(case):
        inner = _sliding_port(replace(case, dtype="float32"))
        if isinstance(inner, Inexpressible):
            return inner
        return Spelling(f"lambda x: ({inner.source})(x.astype(mx.float32)).astype(x.dtype)")
    pads, over = pool_pads(case)
    more, cut = split(pads)
    x, wide = LAST.sliced("x", cut), together(more, over)
    pads_itself = max(case.dilation) == 1 and symmetric(wide)
    if case.op == "max_pool":
        # MLX 0.32.4 pads int8 with 0.
        if pads_itself and not (case.dtype == "int8" and any(map(any, wide))):
            return Spelling(_after(x, _pool(case, _one_side(wide))))
        if case.dtype == "int64" and any(map(any, wide)):
            return Inexpressible("MLX's pools pad both sides alike, and no line has a number as low as that of int64")
        lowest = repr(LOWEST[case.dtype]) if case.dtype in INTEGERS else 'float("-inf")'
        return Spelling(f"lambda x: {_windows(case, LAST.filled(x, wide, lowest))}")
    mean = _windows(case, LAST.filled(x, wide))
    if case.divisor_override is not None:
        return Spelling(f"lambda x: {mean}{rescaled(case)}")
    if (case.counts_padding or not any(map(any, more))) and not any(map(any, over)):
        return Spelling(_after(x, _pool(case, _one_side(wide))) if pads_itself else f"lambda x: {mean}")
    ones = LAST.filled(f"mx.ones_like({x})", more, "1" if case.counts_padding else "")
    return Spelling(f"lambda x: {mean} / {_windows(case, LAST.filled(ones, over))}")


def _windows(case: Case, x: str) -> str:
    """Return source text for the pool of a padded ``x``: MLX's, or with dilation one slice of ``x`` per tap."""
    if max(case.dilation) == 1:
        return f"{_pool(case, None)}({x})"
    more, over = pool_pads(case)
    ends = [
        (n + before + after + beyond - d * (k - 1) - 1) // s * s + 1
        for n, (before, after), (_, beyond), k, s, d in zip(
            case.input, more, over, case.kernel, case.stride, case.dilation
        )
    ]
    names = "ijk"[: case.rank]
    parts = ", ".join(f"{i}:{i} + {end}:{s}" for i, end, s in zip(names, ends, case.stride))
    loops = " ".join(f"for {i} in range(0, {d * k}, {d})" for i, k, d in zip(names, case.kernel, case.dilation))
    return f"mx.{REDUCTIONS[case.op]}(mx.stack([y[:, {parts}] for y in [{x}] {loops}]), axis=0)"


def _padded(case: Case, pads: Pads) -> str:
    """Return source text that pads ``x`` by the padding mode of each axis; MLX's own pad does not wrap around."""
    wraps = [pad if mode == "circular" else (0, 0) for mode, pad in zip(case.modes, pads)]
    others = tuple((0, 0) if mode == "circular" else pad for mode, pad in zip(case.modes, pads))
    x = LAST.padded(case, others)
    for axis, pair in enumerate(wraps, 1):
        if any(pair):
            indices = f"np.pad(np.arange(x.shape[{axis}]), {pair!r}, 'wrap')"
            x = f"mx.take({x}, mx.array({indices}), axis={axis})"
    return x


def _one_side(pads: Pads) -> Any:
    return unless(0, [before for before, _ in pads])


def _after(x: str, layer: str, last: str = "x") -> str:
    """Return a layer of a changed ``x``, and another change of its output."""
    steps = [*([f"lambda x: {x}"] if x != "x" else []), layer, *([f"lambda x: {last}"] if last != "x" else [])]
    return layer if len(steps) == 1 else f"mlx.nn.Sequential({', '.join(steps)})"


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]) if case.rank < 3 else None,
        bias=False,
    )
    return f"mlx.nn.Conv{case.rank}d({given})"


def _transposed(case: Case, padding: Any, output_padding: Any) -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        output_padding=compact(output_padding) if isinstance(output_padding, tuple) else output_padding,
        bias=False,
    )
    return f"mlx.nn.ConvTranspose{case.rank}d({given})"


def _pool(case: Case, padding: Any) -> str:
    given = arguments(kernel_size(case), stride=unless(case.kernel, case.stride), padding=padding)
    return f"mlx.nn.{POOLS[case.op]}{case.rank}d({given})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
