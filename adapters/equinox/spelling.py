"""Equinox on JAX: the layers of ``equinox.nn``, which take one example at a time, with its channels first.

Padding is a word, a number, one per axis, or a pair per axis; pools have no words.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ...cases.dtypes import INTEGERS
from ..adaptive import by_hand, outputs, sliding
from ..conventions import (
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
from ..input_padding import edge_repeated, input_pads, of_padded_input, one_mode
from ..jax_text import ONE_EXAMPLE
from ..nearest import ONE_NUMBER, SAME, pool_padding
from ..spelling import Code, Inexpressible, Literal, Spelling, arguments, compact, kernel_size, unless

POOLS = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}
REDUCTIONS = {"max_pool": "max", "avg_pool": "mean"}
KEY = Code("key")
MIRRORED = "  # its kernel mirrored"
COUNTS = "Equinox's averages count their padding"
NO_WORD = "`padding` must either be an int or tuple"


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    return PORTS[case.op](case)


def _conv_written(case: Case) -> Spelling | Inexpressible:
    case = edge_repeated(one_mode(case))
    if "symmetric" in case.modes:
        return Inexpressible("Equinox's convolutions do not mirror the edge itself, unless by one element")
    if not isinstance(case.padding_mode, str):
        return Inexpressible("Equinox's convolutions have one padding mode for all axes")
    if isinstance(case.padding, str):
        if lacking(case.padding, ("valid", "same", "same_lower")):
            return Inexpressible(f"Equinox has no word for {case.padding!r}")
        word = case.padding.upper()
        return Spelling(_conv(case, word, case.padding_mode), words=repr(word))
    return Spelling(_conv(case, _pads(case.padding), case.padding_mode))


def _conv_port(case: Case) -> Spelling:
    case = edge_repeated(one_mode(case))
    more, cut = split(numbers(case))
    own = isinstance(case.padding_mode, str) and case.padding_mode != "symmetric"
    if own and not any(map(any, cut)):
        return Spelling(_conv(case, _pads(more), case.modes[0] if any(map(any, more)) else "zeros"))
    if case.pads_zeros:  # XLA's CPU backend reads outside an input that is both cropped and padded along one axis
        return Spelling(_sequential(_function(ONE_EXAMPLE.sliced("x", cut)), _conv(case, _pads(more))))
    padded = ONE_EXAMPLE.sliced(ONE_EXAMPLE.padded(case, more), cut)
    return Spelling(_sequential(_function(padded), _conv(case, None)))


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("Equinox's transposed convolutions pad their input with zeros only")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"Equinox's transposed convolution has no word for {case.padding!r}")
    if isinstance(case.padding, str):
        word = case.padding.upper()
        return Spelling(_transposed(case, word, case.output_padding), words=repr(word))
    return Spelling(_transposed(case, _pads(case.padding), case.output_padding))


def _transposed_port(case: Case) -> Spelling:
    padded, case = ONE_EXAMPLE.padded(case, input_pads(case)), of_padded_input(case)
    reaches = [d * (k - 1) for k, d in zip(case.kernel, case.dilation)]
    cut = crops(case)
    least = tuple((min(before, e), min(after, e)) for e, (before, after) in zip(reaches, cut))
    less = tuple((b - near, a - far) for (b, a), (near, far) in zip(cut, least))
    last = ONE_EXAMPLE.sliced("x", less)
    layers = [*map(_function, [padded] * (padded != "x")), _transposed(case, _pads(least), None)]
    return Spelling(_sequential(*layers, *map(_function, [last] * (last != "x"))) + MIRRORED)


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        return Spelling(_adaptive(case))
    if max(case.dilation) > 1:
        return Inexpressible("Equinox's pools have no dilation")
    if case.divisor_override is not None:
        return Inexpressible("Equinox's average pool has no divisor of its own")
    uncounted = case.op == "avg_pool" and not case.counts_padding
    if not isinstance(case.padding, str):
        note = COUNTS if uncounted and any(map(any, case.padding)) else ""
        return Spelling(_pool(case, _pads(case.padding), case.ceil_mode), note=note)
    if case.padding not in SAME:
        if lacking(case.padding, ("valid",)):
            return Inexpressible(f"Equinox's pools have no word for {case.padding!r}")
        padding = None if case.padding == "valid" else case.padding
        return Spelling(_pool(case, padding, case.ceil_mode), words="padding left out")
    near, ceil = pool_padding(case, case.kernel)
    note = f"there is no {case.padding!r}" + (f", and {COUNTS}" if uncounted else "")
    literal = Literal(_pool(case, "SAME", case.ceil_mode), NO_WORD) if case.padding == "same" else None
    return Spelling(_pool(case, unless(0, near), ceil), ONE_NUMBER, note, literal)


def _pool_port(case: Case) -> Spelling | Inexpressible:
    if case.output_size is None:
        return _sliding_port(case)
    if plain := sliding(case):
        return _sliding_port(plain)
    reduction = REDUCTIONS[case.op]
    pooled = by_hand(case, "jnp.stack", 1, lambda window, axes, count: f"{window}.{reduction}({axes})")
    return Spelling(f"lambda x: {pooled}")


def _sliding_port(case: Case) -> Spelling | Inexpressible:
    if too_narrow(case):
        inner = _sliding_port(replace(case, dtype="float32"))
        if isinstance(inner, Inexpressible):
            return inner
        return Spelling(f"lambda x: ({inner.source})(x.astype(jnp.float32)).astype(x.dtype)")
    pads, over = pool_pads(case)
    more, cut = split(pads)
    x, wide = ONE_EXAMPLE.sliced("x", cut), together(more, over)
    whole = _whole(case, x, cut, wide)
    if case.op == "max_pool":
        if whole == "" and case.dtype in INTEGERS:
            return Inexpressible("integers have no minus infinity to pad a max pool with")
        return Spelling(whole or f"lambda x: {_windows(case, ONE_EXAMPLE.filled(x, wide, '-jnp.inf'), cut, wide)}")
    mean = _windows(case, ONE_EXAMPLE.filled(x, wide), cut, wide)
    if case.divisor_override is not None:
        return Spelling(f"lambda x: {mean}{rescaled(case)}")
    if (case.counts_padding or not any(map(any, more))) and not any(map(any, over)):
        return Spelling(whole or f"lambda x: {mean}")
    ones = ONE_EXAMPLE.filled(f"jnp.ones_like({x})", more, "1" if case.counts_padding else "")
    return Spelling(f"lambda x: {mean} / {_windows(case, ONE_EXAMPLE.filled(ones, over), cut, wide)}")


def _whole(case: Case, x: str, cut: Pads, wide: Pads) -> str:
    """Return a pool that pads by itself; empty if Equinox has none, which refuses pads above the kernel."""
    if max(case.dilation) > 1 or any(max(pad) > k for pad, k in zip(wide, case.kernel)):
        return ""
    pool = _pool(case, _pads(wide))
    return f"lambda x: {pool}({x})" if any(map(any, cut)) else pool


def _windows(case: Case, x: str, cut: Pads, wide: Pads) -> str:
    """Return source text for the pool of a padded ``x``: Equinox's, or with dilation one slice of ``x`` per tap."""
    if max(case.dilation) == 1:
        return f"{_pool(case, None)}({x})"
    ends = [
        (n - sum(less) + sum(pad) - d * (k - 1) - 1) // s * s + 1
        for n, less, pad, k, s, d in zip(case.input, cut, wide, case.kernel, case.stride, case.dilation)
    ]
    names = "ijk"[: case.rank]
    parts = ", ".join(f"{i}:{i} + {end}:{s}" for i, end, s in zip(names, ends, case.stride))
    loops = " ".join(f"for {i} in range(0, {d * k}, {d})" for i, k, d in zip(names, case.kernel, case.dilation))
    return f"jnp.stack([y[:, {parts}] for y in [{x}] {loops}]).{REDUCTIONS[case.op]}(axis=0)"


def _pads(pads: Pads) -> Any:
    """Return pads in the shortest form that Equinox accepts; None for no padding."""
    return unless(0, [before for before, _ in pads]) if symmetric(pads) else pads


def _function(text: str) -> str:
    return f"eqx.nn.Lambda(lambda x: {text})"


def _sequential(*layers: str) -> str:
    return layers[0] if len(layers) == 1 else f"eqx.nn.Sequential([{', '.join(layers)}])"


def _conv(case: Case, padding: Any, mode: str = "zeros") -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        use_bias=False,
        padding_mode=None if mode == "zeros" else mode.upper(),
        key=KEY,
    )
    return f"eqx.nn.Conv{case.rank}d({given})"


def _transposed(case: Case, padding: Any, output_padding: Any) -> str:
    given = arguments(
        case.in_channels,
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        output_padding=compact(output_padding) if isinstance(output_padding, tuple) else output_padding,
        padding=padding,
        dilation=unless(1, case.dilation),
        groups=unless(1, [case.groups]),
        use_bias=False,
        key=KEY,
    )
    return f"eqx.nn.ConvTranspose{case.rank}d({given})"


def _adaptive(case: Case) -> str:
    return f"eqx.nn.Adaptive{POOLS[case.op]}{case.rank}d({compact(outputs(case))!r})"


def _pool(case: Case, padding: Any, ceil: bool = False) -> str:
    given = arguments(
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=padding,
        use_ceil=True if ceil else None,
    )
    return f"eqx.nn.{POOLS[case.op]}{case.rank}d({given})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
