"""Flax on JAX: the layers and pools of ``flax.linen``. Padding is a word, a number, or a pair per axis.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ..adaptive import by_hand, is_global, sliding
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
from ..input_padding import input_pads, of_padded_input, one_mode
from ..jax_text import CHANNELS_LAST
from ..spelling import Inexpressible, Literal, Spelling, arguments, compact, unless

REDUCTIONS = {"max_pool": ("-jnp.inf", "lax.max"), "avg_pool": ("0.0", "lax.add")}
_VALID = "'VALID'"
ONE_BLOCK = "  # the groups' kernels as one block-diagonal kernel"


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    return PORTS[case.op](case)


def _conv_written(case: Case) -> Spelling | Inexpressible:
    case = one_mode(case)
    if not case.pads_zeros and case.padding != "valid":
        mode = case.padding_mode if isinstance(case.padding_mode, str) else ""
        word = {"reflect": "REFLECT", "circular": "CIRCULAR"}.get(mode)
        extents = [d * (k - 1) for k, d in zip(case.kernel, case.dilation)]
        if word is None or numbers(case) != tuple((e // 2, (e + 1) // 2) for e in extents):
            modes = "'REFLECT' or 'CIRCULAR'"
            return Inexpressible(f"flax pads with zeros, or by half the kernel with the words {modes}")
        return Spelling(_conv(case, word), words=repr(word))
    if isinstance(case.padding, str):
        return Spelling(_conv(case, case.padding.upper()), words=repr(case.padding.upper()))
    return Spelling(_conv(case, _pads(case.padding)))


def _conv_port(case: Case) -> Spelling:
    pads = numbers(case)
    more, cut = split(pads)
    if not case.pads_zeros and any(map(any, pads)):
        padded = CHANNELS_LAST.sliced(CHANNELS_LAST.padded(case, more), cut)
        return Spelling(f"nn.Sequential([lambda x: {padded}, {_conv(case, 'VALID')}])")
    if not any(map(any, cut)):
        return Spelling(_conv(case, _pads(pads)))
    # XLA's CPU backend (jaxlib 0.10.2) reads outside the input where one axis is both cropped and padded.
    return Spelling(f"nn.Sequential([lambda x: {CHANNELS_LAST.sliced('x', cut)}, {_conv(case, _pads(more))}])")


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("flax's transposed convolution does not pad its input")
    if case.groups > 1:
        return Inexpressible("flax's transposed convolution has no groups")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"flax's transposed convolution has no word for {case.padding!r}")
    note = "flax has no output padding" if any(case.output_padding or ()) else ""
    if case.padding == "same_lower" and any(s != 1 for s in case.stride):
        missing = "no transposed 'SAME_LOWER' with a stride"
        note = f"{note} and {missing}" if note else f"flax has {missing}"
        literal = Literal(_transposed(case, "SAME_LOWER"), "String padding is not implemented")
        return Spelling(_transposed(case, "SAME"), words="'SAME'", note=note, literal=literal)
    if isinstance(case.padding, str) or not any(map(any, case.padding)):
        word = case.padding.upper() if isinstance(case.padding, str) else "VALID"
        return Spelling(_transposed(case, word), words=repr(word), note=note)
    padding = _pads(case.padding)
    return Spelling(_transposed(case, padding), words=f"padding={padding!r}, of the stretched input", note=note)


def _transposed_port(case: Case) -> Spelling:
    padded, case = CHANNELS_LAST.padded(case, input_pads(case)), of_padded_input(case)
    first = [f"lambda x: {padded}"] if padded != "x" else []
    extents = [d * (k - 1) for k, d in zip(case.kernel, case.dilation)]
    cut = crops(case)
    pads = tuple((e - before, e - after) for e, (before, after) in zip(extents, cut))
    comment = ONE_BLOCK if case.groups > 1 else ""
    if min(map(min, pads)) >= 0:
        return Spelling(_sequential(*first, _transposed(case, _pads(pads), transpose_kernel=True)) + comment)
    fitting = tuple((max(before, 0), max(after, 0)) for before, after in pads)
    _, less = split(pads)
    layer = _transposed(case, _pads(fitting), transpose_kernel=True)
    return Spelling(_sequential(*first, layer, f"lambda x: {CHANNELS_LAST.sliced('x', less)}") + comment)


def _sequential(*layers: str) -> str:
    return layers[0] if len(layers) == 1 else f"nn.Sequential([{', '.join(layers)}])"


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        if not is_global(case):
            return Inexpressible("flax has no adaptive pools")
        return Spelling(f"lambda x: {_pool(replace(case, kernel=case.input, stride=(1,) * case.rank), 'x', _VALID)}")
    if max(case.dilation) > 1:
        return Inexpressible("flax's pools have no dilation")
    if case.divisor_override is not None:
        return Inexpressible("flax's average pool has no divisor of its own")
    word = repr(case.padding.upper()) if isinstance(case.padding, str) else ""
    note = "flax has no ceil mode" if case.ceil_mode else ""
    padding = word if isinstance(case.padding, str) else _all_pads(case.padding)
    return Spelling(f"lambda x: {_pool(case, 'x', padding, case.count_include_pad)}", word, note)


def _pool_port(case: Case) -> Spelling | Inexpressible:
    if case.output_size is None:
        return _sliding_port(case)
    if plain := sliding(case):
        return _sliding_port(plain)
    reduction = {"max_pool": "max", "avg_pool": "mean"}[case.op]
    pooled = by_hand(case, "jnp.stack", 1, lambda window, axes, count: f"{window}.{reduction}({axes})")
    return Spelling(f"lambda x: {pooled}")


def _sliding_port(case: Case) -> Spelling:
    if too_narrow(case):
        source = _sliding_port(replace(case, dtype="float32")).source
        return Spelling(f"lambda x: ({source})(x.astype(jnp.float32)).astype(x.dtype)")
    pads, over = pool_pads(case)
    more, cut = split(pads)
    x, padding = CHANNELS_LAST.sliced("x", cut), _all_pads(together(more, over))
    if case.op == "max_pool":
        return Spelling(
            f"lambda x: {_reduced(case, x, padding) if max(case.dilation) > 1 else _pool(case, x, padding)}"
        )
    if case.divisor_override is not None and max(case.dilation) > 1:
        return Spelling(f"lambda x: {_reduced(case, x, padding)} / {case.divisor_override}")
    if case.divisor_override is not None:
        return Spelling(f"lambda x: {_pool(case, x, padding)}{rescaled(case)}")
    mean = _reduced if max(case.dilation) > 1 else _pool
    wide = case.dtype in ("float32", "float64")  # flax 0.12 divides by counts in float32, and returns float32
    if wide and not case.counts_padding and not any(map(any, (*over, *cut))) and max(case.dilation) == 1:
        word = repr(case.padding.upper()) if isinstance(case.padding, str) else padding
        return Spelling(f"lambda x: {_pool(case, x, word, False)}")
    plain = not any(map(any, over)) and (case.counts_padding or not any(map(any, pads))) and max(case.dilation) == 1
    if plain:
        return Spelling(f"lambda x: {mean(case, x, padding)}")
    ones, beyond = f"jnp.ones_like({x})", padding
    if case.counts_padding and any(map(any, more)):
        ones, beyond = CHANNELS_LAST.filled(ones, more, "1"), _all_pads(over)
    return Spelling(f"lambda x: {mean(case, x, padding)} / {mean(case, ones, beyond)}")


def _pads(pads: Pads) -> Any:
    """Return pads in the shortest form that flax accepts."""
    return compact([before for before, _ in pads]) if symmetric(pads) else pads


def _all_pads(pads: Pads) -> str:
    """Return source text of pads for a pool, which accepts only pairs."""
    return repr(pads) if any(map(any, pads)) else "'VALID'"


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.out_channels,
        case.kernel,
        strides=unless(1, case.stride),
        padding=padding,
        kernel_dilation=unless(1, case.dilation),
        feature_group_count=unless(1, [case.groups]),
        use_bias=False,
    )
    return f"nn.Conv({given})"


def _transposed(case: Case, padding: Any, transpose_kernel: bool = False) -> str:
    given = arguments(
        case.out_channels,
        case.kernel,
        strides=unless(1, case.stride),
        padding=padding,
        kernel_dilation=unless(1, case.dilation),
        use_bias=False,
        transpose_kernel=transpose_kernel or None,
    )
    return f"nn.ConvTranspose({given})"


def _pool(case: Case, x: str, padding: str, counted: bool | None = None) -> str:
    """Return source text for flax's own pool of ``x``."""
    strides = "" if all(s == 1 for s in case.stride) else f", strides={case.stride!r}"
    padded = "" if padding == "'VALID'" else f", padding={padding}"
    said = f", count_include_pad={counted!r}" if case.op == "avg_pool" and counted is not None else ""
    return f"nn.{case.op}({x}, {case.kernel!r}{strides}{padded}{said})"


def _reduced(case: Case, x: str, padding: str) -> str:
    """Return source text for the maxima or sums over dilated windows of ``x``."""
    start, reduction = REDUCTIONS[case.op]
    pads = padding if padding.startswith("'") else f"((0, 0), {padding[1:-1].rstrip(',')}, (0, 0))"
    window, strides, dilation = ((1, *sizes, 1) for sizes in (case.kernel, case.stride, case.dilation))
    return f"lax.reduce_window({x}, {start}, {reduction}, {window}, {strides}, {pads}, window_dilation={dilation})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
