"""MXNet 1.9: the layers of ``gluon.nn`` with the NumPy interface. Padding is one number per axis, for both sides.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ...cases.dtypes import INTEGERS
from ..adaptive import by_hand, is_global, outputs, sliding
from ..conventions import (
    crops,
    numbers,
    plain,
    pool_pads,
    rescaled,
    slices,
    split,
    symmetric,
    together,
)
from ..input_padding import by_mode, input_pads, of_padded_input, one_mode
from ..nearest import CROPS_ALIKE, ONE_NUMBER, PADS_ALIKE, SAME, conv_padding, crop, pool_padding
from ..spelling import Inexpressible, Literal, Spelling, arguments, compact, kernel_size, unless

NO_BFLOAT16 = "MXNet's arrays have no bfloat16"
WORD_REFUSED = "Invalid Parameter format for pad expect Shape(tuple) but value='same'"
POOLS = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}
REDUCTIONS = {"max_pool": "max", "avg_pool": "mean"}
SPREAD = "  # its kernel spread with zeros"


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    if case.dtype == "bfloat16":
        return Inexpressible(NO_BFLOAT16)
    if isinstance(case.padding, str) and case.padding not in ("valid", *SAME):
        return Inexpressible(f"gluon takes padding only in numbers; it has no word for {case.padding!r}")
    if any(map(any, case.input_padding or ())):
        return Inexpressible("gluon's transposed convolutions do not pad their input")
    if case.op != "conv_transpose" and case.padding != "valid" and not one_mode(case).pads_zeros:
        return Inexpressible("gluon's layers pad with zeros only")
    if case.pools and max(case.dilation) > 1:
        return Inexpressible("gluon's pools have no dilation")
    if case.divisor_override is not None:
        return Inexpressible("gluon's average pools have no divisor of their own")
    if case.output_size is not None:
        return _adaptive(case)
    if case.padding == "valid":
        return Spelling(_written(case, None), words="padding left out")
    if not isinstance(case.padding, str):
        if symmetric(case.padding):
            return Spelling(_written(case, _one_side(case.padding)))
        return Spelling(_nearest(case), note=CROPS_ALIKE if case.op == "conv_transpose" else PADS_ALIKE)
    literal = Literal(_written(case, "same"), WORD_REFUSED) if case.padding == "same" else None
    return Spelling(_nearest(case), ONE_NUMBER, f"there is no {case.padding!r}", literal)


def _written(case: Case, padding: Any) -> str:
    """Return source text of a layer with this padding."""
    if case.pools:
        return _pool(case, padding, case.ceil_mode, case.count_include_pad)
    if case.op == "conv_transpose":
        return _net(case, _transposed(case, padding, case.output_padding))
    return _net(case, _conv(case, padding))


def _nearest(case: Case) -> str:
    """Return source text of a layer with the padding that is nearest to the request."""
    if case.pools:
        padding, ceil = pool_padding(case, [k - 1 for k in case.kernel])
        return _written(replace(case, ceil_mode=ceil), unless(0, padding))
    if case.op == "conv_transpose":
        padding, extra = crop(case, case.stride)
        return _net(case, _transposed(case, unless(0, padding), unless(0, extra)))
    return _written(case, unless(0, conv_padding(case)))


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    if reason := _lacks(case):
        return Inexpressible(reason)
    return PORTS[case.op](case)


def _lacks(case: Case) -> str:
    """Return why nothing in MXNet reproduces a case; empty if a port does."""
    if case.dtype == "bfloat16":
        return NO_BFLOAT16
    if case.dtype in INTEGERS:
        return "MXNet 1.9.1's pools have no integers"
    if case.op == "conv_transpose" and case.rank == 3 and case.dtype == "float64":
        return "MXNet 1.9.1 has three-dimensional transposed convolutions only through oneDNN, in float32"
    in_float32 = case.dtype == "float32" or (case.dtype == "float16" and not case.pools)
    by_slices = case.pools and max(case.dilation) > 1
    if case.batch == 0 and (case.op == "avg_pool" if by_slices else in_float32):
        return "MXNet 1.9.1's means and its float32 layers, which use oneDNN, do not accept an empty batch"
    return ""


def _conv_port(case: Case) -> Spelling:
    pads = numbers(case)
    if plain(pads) and (case.pads_zeros or not any(map(any, pads))):
        return Spelling(_chain(case, _conv(case, _one_side(pads))))
    more, cut = split(pads)
    x = _padded_input(case, more)
    if any(map(any, cut)):
        x = f"{x}[:, :, {slices(cut)}]"
    return Spelling(_chain(case, f"nn.Lambda(lambda x: {x})", _conv(case, None)))


def _transposed_port(case: Case) -> Spelling:
    padded, case = _padded_input(case, input_pads(case)), of_padded_input(case)
    first = [f"nn.Lambda(lambda x: {padded})"] if padded != "x" else []
    cut, comment = crops(case), ""
    if max(case.dilation) > 1 and (case.rank == 3 or case.dtype != "float32"):
        # MXNet 1.9.1 has no dilation in three dimensions, and its own kernel, unlike oneDNN's, misplaces dilated taps.
        wide = tuple(d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation))
        case, comment = replace(case, kernel=wide, dilation=(1,) * case.rank), SPREAD
    extra = [before - after for before, after in cut]
    if all(before >= 0 and 0 <= more < s for (before, _), more, s in zip(cut, extra, case.stride)):
        return Spelling(_chain(case, *first, _transposed(case, _one_side(cut), unless(0, extra))) + comment)
    resized = _padded("x", tuple((-before, -after) for before, after in cut))
    return Spelling(_chain(case, *first, _transposed(case, None, None), f"nn.Lambda(lambda x: {resized})") + comment)


def _adaptive(case: Case) -> Spelling | Inexpressible:
    """Return an adaptive pool as a user would write it, or why it cannot be expressed."""
    if is_global(case):
        return Spelling(f"nn.Global{POOLS[case.op]}{case.rank}D()")
    if case.op == "max_pool" or case.rank != 2:
        return Inexpressible("MXNet has an adaptive average pool in two dimensions, and no other adaptive pool")
    size = compact(outputs(case))
    pooled = f"mx.nd.contrib.AdaptiveAvgPooling2D(x.as_nd_ndarray(), output_size={size!r})"
    return Spelling(f"lambda x: {pooled}.as_np_ndarray()")


def _pool_port(case: Case) -> Spelling:
    if case.output_size is None:
        return _sliding_port(case)
    if plain := sliding(case):
        return _sliding_port(plain)
    reduction = {"max_pool": "max", "avg_pool": "mean"}[case.op]
    pooled = by_hand(case, "np.stack", 2, lambda window, axes, count: f"{window}.{reduction}({axes})")
    return Spelling(f"lambda x: {pooled}")


def _sliding_port(case: Case) -> Spelling:
    whole = numbers(case)
    pads, over = pool_pads(case)
    more, cut = split(pads)
    # In ceil mode gluon keeps a last window that starts in the far padding.
    kept = case.ceil_mode and any(
        (n + sum(pad) + beyond - k) // s != -(-(n + sum(asked) - k) // s)
        for n, k, s, pad, (_, beyond), asked in zip(case.input, case.kernel, case.stride, pads, over, whole)
    )
    sizes = zip(case.input, case.kernel, whole)
    fits = plain(whole) and not kept and all(before < k <= n + 2 * before for n, k, (before, _) in sizes)
    scaled = case.divisor_override is not None
    if fits and not scaled and max(case.dilation) == 1 and not (case.op == "avg_pool" and any(map(any, over))):
        counted = case.counts_padding if any(map(any, whole)) else None
        return Spelling(_pool(case, _one_side(whole), case.ceil_mode, counted))
    x, wide = _padded("x", tuple((-b, -a) for b, a in cut)), together(more, over)
    if case.op == "max_pool":
        # MXNet 1.9.1's np.pad ignores constant_values and always pads with 0.
        low = f"np.where({_padded(f'np.ones_like({x})', wide)} > 0, {_padded(x, wide)}, -np.inf)"
        return Spelling(f"lambda x: {_windows(case, low if any(map(any, wide)) else x, wide)}")
    ones = f"np.ones_like({_padded(x, more)})" if case.counts_padding else _padded(f"np.ones_like({x})", more)
    mean = _windows(case, _padded(x, wide), wide)
    if scaled:
        return Spelling(f"lambda x: {mean}{rescaled(case)}")
    if (case.counts_padding or not any(map(any, more))) and not any(map(any, over)):
        return Spelling(f"lambda x: {mean}")
    return Spelling(f"lambda x: {mean} / {_windows(case, _padded(ones, over), wide)}")


def _windows(case: Case, x: str, wide: Pads) -> str:
    """Return source text for the pool of a padded ``x``: gluon's, or with dilation one slice of ``x`` per tap."""
    if max(case.dilation) == 1:
        return f"{_pool(case, None, False, None)}({x})"
    _, cut = split(numbers(case))
    ends = [
        (n - sum(less) + sum(pad) - d * (k - 1) - 1) // s * s + 1
        for n, less, pad, k, s, d in zip(case.input, cut, wide, case.kernel, case.stride, case.dilation)
    ]
    names = "ijk"[: case.rank]
    parts = ", ".join(f"{i}:{i} + {end}:{s}" for i, end, s in zip(names, ends, case.stride))
    loops = " ".join(f"for {i} in range(0, {d * k}, {d})" for i, k, d in zip(names, case.kernel, case.dilation))
    return f"np.stack([y[:, :, {parts}] for y in [{x}] {loops}]).{REDUCTIONS[case.op]}(axis=0)"


def _one_side(pads: Pads) -> Any:
    return unless(0, [before for before, _ in pads])


def _net(case: Case, *layers: str) -> str:
    """Return source text of one or more layers; in dtypes other than float32 the weights have to be cast."""
    if len(layers) == 1 and case.dtype == "float32":
        return layers[0]
    made = f"net = {layers[0]}" if len(layers) == 1 else f"net = nn.Sequential(); net.add({', '.join(layers)})"
    return made if case.dtype == "float32" else f"{made}; net.cast({case.dtype!r})"


def _chain(case: Case, *layers: str) -> str:
    """Return source text of a port; MXNet 1.9.1 has no float16 convolutions on the CPU, so those run in float32."""
    if case.dtype != "float16":
        return _net(case, *layers)
    to, back = (f"nn.Lambda(lambda x: x.astype({dtype!r}))" for dtype in ("float32", "float16"))
    return _net(replace(case, dtype="float32"), to, *layers, back)


def _padded(x: str, pads: Pads) -> str:
    """Return source text that pads ``x`` with zeros and crops it along its spatial axes."""
    more, cut = split(pads)
    if any(map(any, more)):
        x = f"np.pad({x}, {((0, 0), (0, 0), *more)!r})"
    return f"{x}[:, :, {slices(cut)}]" if any(map(any, cut)) else x


def _padded_input(case: Case, pads: Pads) -> str:
    """Return source text that pads ``x`` by the padding mode of each axis."""
    x = "x"
    for mode, part in by_mode(case, pads):
        if mode == "circular":  # np.pad does not support it
            for i, (before, after) in enumerate(part, 2):
                if before or after:
                    x += f".take(np.arange({-before}, x.shape[{i}] + {after}), axis={i}, mode='wrap')"
        else:
            named = "" if mode == "zeros" else f", {'edge' if mode == 'replicate' else mode!r}"
            x = f"np.pad({x}, {((0, 0), (0, 0), *part)!r}{named})"
    return x


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.out_channels,
        kernel_size(case),
        strides=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        use_bias=False,
    )
    return f"nn.Conv{case.rank}D({given})"


def _transposed(case: Case, padding: Any, output_padding: Any) -> str:
    given = arguments(
        case.out_channels,
        kernel_size(case),
        strides=unless(1, case.stride),
        padding=padding,
        output_padding=compact(output_padding) if isinstance(output_padding, tuple) else output_padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        use_bias=False,
    )
    return f"nn.Conv{case.rank}DTranspose({given})"


def _pool(case: Case, padding: Any, ceil: bool, counted: bool | None) -> str:
    average = case.op == "avg_pool"
    given = arguments(
        kernel_size(case),
        strides=unless(case.kernel, case.stride),
        padding=padding,
        ceil_mode=True if ceil else None,
        count_include_pad=counted if average else None,
    )
    return f"nn.{POOLS[case.op]}{case.rank}D({given})"


PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
