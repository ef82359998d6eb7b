"""PyTorch: the layers of ``torch.nn``. Padding is one number per axis, for both sides, or 'same' at stride 1 only.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ...cases.dtypes import INTEGERS
from ...cases.operations import Op
from ..conventions import (
    crops,
    lacking,
    numbers,
    plain,
    pool_pads,
    rescaled,
    split,
    symmetric,
    together,
)
from ..input_padding import by_mode, edge_repeated, input_pads, of_padded_input, one_mode
from ..nearest import CROPS_ALIKE, ONE_NUMBER, PADS_ALIKE, SAME, conv_padding, crop, pool_padding
from ..spelling import Code, Inexpressible, Literal, Spelling, arguments, compact, kernel_size, unless

POOLS: dict[Op, str] = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}
NOT_STRIDED = "padding='same' is not supported for strided convolutions"
NO_SYMMETRIC = "torch's layers do not mirror the edge itself, unless by one element, which repeats it"
PAD_LAYERS = {"zeros": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    return PORTS[case.op](case)


def _conv_written(case: Case) -> Spelling | Inexpressible:
    case = edge_repeated(one_mode(case))
    mode = case.padding_mode
    if "symmetric" in case.modes:
        return Inexpressible(NO_SYMMETRIC)
    if not isinstance(mode, str):
        return Inexpressible("torch's convolutions have one padding mode for all axes")
    if case.padding in SAME:
        return _same_written(case)
    if isinstance(case.padding, str):
        if lacking(case.padding, ("valid",)):
            return Inexpressible(f"torch has no word for {case.padding!r}")
        return Spelling(_conv(case, case.padding, mode), words=repr(case.padding))
    if not symmetric(case.padding):
        return Spelling(_conv(case, unless(0, conv_padding(case)), mode), note=PADS_ALIKE)
    return Spelling(_conv(case, _one_side(case.padding), mode))


def _same_written(case: Case) -> Spelling:
    upper, strided = case.padding == "same", any(s != 1 for s in case.stride)
    note = f"there is no {case.padding!r}" + (" with a stride" if upper else "")
    mode = case.modes[0]
    word = _conv(case, "same", mode)
    if not strided:
        return Spelling(word, words="'same'", note="" if upper else note)
    numbers = _conv(case, unless(0, conv_padding(case)), mode)
    return Spelling(numbers, words=ONE_NUMBER, note=note, literal=Literal(word, NOT_STRIDED) if upper else None)


def _conv_port(case: Case) -> Spelling:
    case = edge_repeated(one_mode(case))
    pads = numbers(case)
    # torch 2.13's convolutions refuse an input without elements, even if padding gives it some.
    padded_first = 0 in case.input and any(map(any, pads))
    own = isinstance(case.padding_mode, str) and case.padding_mode != "symmetric"
    if plain(pads) and not padded_first and own:
        return Spelling(_conv(case, _one_side(pads), case.modes[0]))
    if case.pads_zeros:
        return Spelling(_sequential(_pad_layer(case, "zeros", pads), _conv(case, None)))
    more, cut = split(pads)
    layers = _pad_layers(case, more)
    if any(map(any, cut)):
        layers.append(_pad_layer(case, "zeros", tuple((-before, -after) for before, after in cut)))
    return Spelling(_sequential(*layers, _conv(case, None)))


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("torch's transposed convolutions do not pad their input")
    if isinstance(case.padding, str) and case.padding not in SAME:
        if lacking(case.padding, ("valid",)):
            return Inexpressible(f"torch's transposed convolution has no word for {case.padding!r}")
        padding = None if case.padding == "valid" else case.padding
        return Spelling(_transposed(case, padding, case.output_padding), words="padding left out")
    if not isinstance(case.padding, str) and symmetric(case.padding):
        return Spelling(_transposed(case, _one_side(case.padding), case.output_padding))
    near, extra = crop(case, [max(s, d) for s, d in zip(case.stride, case.dilation)])
    source = _transposed(case, unless(0, near), unless(0, extra))
    if not isinstance(case.padding, str):
        return Spelling(source, note=CROPS_ALIKE)
    error = f"conv_transpose{case.rank}d(): argument 'padding' (position 5) must be tuple of ints"
    literal = _literal(case, _transposed(case, "same", case.output_padding), error)
    return Spelling(source, ONE_NUMBER, f"there is no {case.padding!r}", literal)


def _transposed_port(case: Case) -> Spelling:
    return transposed_port(case, [max(s, d) for s, d in zip(case.stride, case.dilation)])


def transposed_port(case: Case, below: Sequence[int]) -> Spelling:
    """Return the port of a transposed convolution whose output padding has to be below these numbers."""
    case = edge_repeated(case)
    first = _pad_layers(case, input_pads(case))
    return Spelling(_sequential(*first, *_transposed_layers(of_padded_input(case), below)))


def _transposed_layers(case: Case, below: Sequence[int]) -> list[str]:
    """Return the layers that reproduce a transposed convolution whose input is not padded."""
    cut = crops(case)
    extra = [before - after for before, after in cut]
    if all(before >= 0 and 0 <= more < most for (before, _), more, most in zip(cut, extra, below)):
        return [_transposed(case, _one_side(cut), unless(0, extra))]
    more, less = split(tuple((-before, -after) for before, after in cut))  # crop last, or nothing might be left
    sizes = [step for step in (more, tuple((-before, -after) for before, after in less)) if any(map(any, step))]
    resize = [f"nn.ZeroPad{case.rank}d({_flat(step)!r})" for step in sizes]
    return [_transposed(case, None, None), *resize]


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        return Spelling(_adaptive(case))
    if case.op == "avg_pool" and max(case.dilation) > 1:
        return Inexpressible("torch's average pool has no dilation")
    if _lacks_divisor(case):
        return Inexpressible("torch's AvgPool1d has no divisor_override")
    if isinstance(case.padding, str) and case.padding not in SAME:
        if lacking(case.padding, ("valid",)):
            return Inexpressible(f"torch's pools have no word for {case.padding!r}")
        padding = None if case.padding == "valid" else case.padding
        return Spelling(_pool(case, padding, case.count_include_pad), words="padding left out")
    if not isinstance(case.padding, str) and symmetric(case.padding):
        return Spelling(_pool(case, _one_side(case.padding), case.count_include_pad))
    near, ceil = pool_padding(case, [k // 2 for k in case.kernel])
    source = _pool(replace(case, ceil_mode=ceil), unless(0, near), case.count_include_pad)
    if not isinstance(case.padding, str):
        return Spelling(source, note=PADS_ALIKE)
    error = f"{case.op}{case.rank}d(): argument 'padding' (position 4) must be tuple of ints"
    literal = _literal(case, _pool(case, "same", case.count_include_pad), error)
    return Spelling(source, ONE_NUMBER, f"there is no {case.padding!r}", literal)


def _literal(case: Case, source: str, error: str) -> Literal | None:
    """Return the line with the word that people try first; nobody expects 'same_lower' in torch."""
    return Literal(source, error) if case.padding == "same" else None


def _pool_port(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        return Spelling(_adaptive(case))
    pads, over = pool_pads(case)
    whole = numbers(case)
    fits = all(2 * before <= k for (before, _), k in zip(whole, case.kernel))
    if case.rank == 1 and case.dtype in INTEGERS:
        return Inexpressible("torch has no MaxPool1d of integers")
    own = case.op == "max_pool" or not (_by_hand(case) or _lacks_divisor(case))
    if plain(whole) and fits and own:
        return Spelling(_pool(case, _one_side(whole), _counted(case, whole)))
    if case.dtype in INTEGERS:
        return Inexpressible("integers have no minus infinity to pad a max pool with")
    crops_first = any(after < 0 < beyond for (_, after), (_, beyond) in zip(pads, over))
    steps = [step for step in ([pads, over] if crops_first else [together(pads, over)]) if any(map(any, step))]
    if case.op == "max_pool":
        low = [f"nn.ConstantPad{case.rank}d({_flat(step)!r}, float('-inf'))" for step in steps]
        return Spelling(_sequential(*low, _pool(case, None, None, ceil=False)))
    uneven = any(map(any, over)) or (any(map(any, pads)) and not case.counts_padding)
    uneven = uneven and case.divisor_override is None
    if not uneven and own:
        zeros = [f"nn.ZeroPad{case.rank}d({_flat(step)!r})" for step in steps]
        return Spelling(_sequential(*zeros, _pool(case, None, None, ceil=False)))
    padded = _padded(_padded("x", pads), over)
    if not uneven:
        return Spelling(f"lambda x: {_mean(case, padded)}")
    ones = _padded(_padded("torch.ones_like(x)", pads, "1" if case.counts_padding else "0"), over)
    return Spelling(f"lambda x: {_mean(case, padded)} / {_mean(case, ones)}")


def divided_port(case: Case) -> Spelling:
    """Return the port of an average with a divisor of its own by a pool without one: a mean, multiplied and divided."""
    pads, over = pool_pads(case)
    mean = _mean(replace(case, divisor_override=None), _padded(_padded("x", pads), over))
    return Spelling(f"lambda x: {mean}{rescaled(case)}")


def _counted(case: Case, pads: Pads) -> bool | None:
    """Return whether an average counts its padding, or None if that makes no difference."""
    return case.counts_padding if any(map(any, pads)) and case.divisor_override is None else None


def _lacks_divisor(case: Case) -> bool:
    """Return whether torch's average pool cannot be given the divisor that this case asks for."""
    return case.rank == 1 and case.divisor_override is not None


def _by_hand(case: Case) -> bool:
    """Return whether torch's own average pool cannot compute this case.

    AvgPool3d of torch 2.13 compares the kernel with the unpadded input, and has no narrow dtypes on the CPU.
    """
    small = any(n < k for n, k in zip(case.input, case.kernel))
    return max(case.dilation) > 1 or (case.rank == 3 and (small or case.dtype in ("float16", "bfloat16")))


def _padded(x: str, pads: Pads, fill: str = "0") -> str:
    """Return source text for ``x`` padded and cropped."""
    value = "" if fill == "0" else f", value={fill}"
    return f"F.pad({x}, {_flat(pads)!r}{value})" if any(map(any, pads)) else x


def _mean(case: Case, x: str) -> str:
    """Return source text for the means, or sums by the case's own divisor, over the windows of a padded ``x``."""
    if not _by_hand(case):
        return f"{_pool(case, None, None, ceil=False)}({x}){rescaled(case) if _lacks_divisor(case) else ''}"
    for i, (k, s, d) in enumerate(zip(case.kernel, case.stride, case.dilation)):
        x += f".unfold({2 + i}, {d * (k - 1) + 1}, {s})"
    steps = ", ".join(f"::{d}" for d in case.dilation)
    axes = tuple(range(-case.rank, 0))
    if case.divisor_override is not None:
        return f"{x}[..., {steps}].sum({axes!r}) / {case.divisor_override}"
    return f"{x}[..., {steps}].mean({axes!r})"


def _one_side(pads: Pads) -> Any:
    return unless(0, [before for before, _ in pads])


def _flat(pads: Pads) -> tuple[int, ...]:
    """Return pads as F.pad and the padding layers take them: the last axis first."""
    return tuple(side for pair in reversed(pads) for side in pair)


def _pad_layers(case: Case, pads: Pads) -> list[str]:
    """Return one layer for each padding mode that pads anything; functions for that of which torch has no layer."""
    layers: list[str] = []
    for mode, part in by_mode(case, pads):
        layers += _mirrored(part) if mode == "symmetric" else [_pad_layer(case, mode, part)]
    return layers


def _mirrored(pads: Pads) -> list[str]:
    """Return one function for each axis that is padded, which puts its ends beside it in reverse."""
    functions = []
    for axis, (before, after) in enumerate(pads, 2):
        along = ":, " * axis
        ends = [f"x[{along}:{before}].flip({axis})"] if before else []
        ends += ["x", *([f"x[{along}-{after}:].flip({axis})"] if after else [])]
        functions += [f"lambda x: torch.cat([{', '.join(ends)}], {axis})"] if len(ends) > 1 else []
    return functions


def _pad_layer(case: Case, mode: str, pads: Pads) -> str:
    return f"nn.{PAD_LAYERS[mode]}{case.rank}d({_flat(pads)!r})"


def _sequential(*layers: str) -> str:
    """Return layers in a row; with functions, which no module of torch holds, a list to apply in order."""
    if any(layer.startswith("lambda") for layer in layers):
        return f"[{', '.join(layers)}]"
    return layers[0] if len(layers) == 1 else f"nn.Sequential({', '.join(layers)})"


def _dtype(case: Case) -> Code | None:
    return None if case.dtype == "float32" else Code(f"torch.{case.dtype}")


def _conv(case: Case, padding: Any, mode: str = "zeros") -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        bias=False,
        padding_mode=None if mode == "zeros" else mode,
        dtype=_dtype(case),
    )
    return f"nn.Conv{case.rank}d({given})"


def _transposed(case: Case, padding: Any, output_padding: Any) -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        output_padding=compact(output_padding) if isinstance(output_padding, tuple) else output_padding,
        groups=unless(1, [case.groups]),
        bias=False,
        dilation=unless(1, case.dilation),
        dtype=_dtype(case),
    )
    return f"nn.ConvTranspose{case.rank}d({given})"


def _adaptive(case: Case) -> str:
    return f"nn.Adaptive{POOLS[case.op]}{case.rank}d({compact(case.output_size or ())!r})"


def _pool(case: Case, padding: Any, counted: bool | None, ceil: bool = True) -> str:
    average = case.op == "avg_pool"
    given = arguments(
        kernel_size(case),
        stride=unless(case.kernel, case.stride),
        padding=padding,
        dilation=None if average else unless(1, case.dilation),
        ceil_mode=True if ceil and case.ceil_mode else None,
        count_include_pad=counted if average else None,
        divisor_override=case.divisor_override if case.rank > 1 else None,
    )
    return f"nn.{POOLS[case.op]}{case.rank}d({given})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
