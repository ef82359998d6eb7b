"""Haiku on JAX: the modules of ``haiku``. Padding is a word or a pair per axis; pools have the words alone.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ..adaptive import by_hand, is_global, sliding
from ..conventions import (
    WORDS,
    crops,
    lacking,
    numbers,
    pool_pads,
    rescaled,
    same_pads,
    split,
    together,
    too_narrow,
)
from ..input_padding import input_pads, of_padded_input, one_mode
from ..jax_text import CHANNELS_LAST
from ..spelling import Inexpressible, Literal, Spelling, arguments, kernel_size, unless

POOLS = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}
REDUCTIONS = {"max_pool": ("-jnp.inf", "lax.max"), "avg_pool": ("0.0", "lax.add")}
NO_LOWER = "String padding is not implemented"


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    return PORTS[case.op](case)


def _conv_written(case: Case) -> Spelling | Inexpressible:
    if not one_mode(case).pads_zeros and case.padding != "valid":
        return Inexpressible("Haiku's layers pad with zeros only")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"Haiku has no word for {case.padding!r}")
    if isinstance(case.padding, str):
        word = case.padding.upper()
        return Spelling(_conv(case, word), words=repr(word))
    return Spelling(_conv(case, _pads(case.padding)))


def _conv_port(case: Case) -> Spelling:
    more, cut = split(numbers(case))
    if not case.pads_zeros:
        more, x = ((0, 0),) * case.rank, CHANNELS_LAST.sliced(CHANNELS_LAST.padded(case, more), cut)
    else:  # XLA's CPU backend reads outside an input that is both cropped and padded along one axis
        x = CHANNELS_LAST.sliced("x", cut)
    return Spelling(_after(x, _conv(case, _pads(more))))


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("Haiku's transposed convolutions do not pad their input")
    if case.groups > 1:
        return Inexpressible("Haiku's transposed convolution has no groups")
    if max(case.dilation) > 1:
        return Inexpressible("Haiku's transposed convolution has no dilation")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"Haiku's transposed convolution has no word for {case.padding!r}")
    lacks = ["no output padding"] if any(case.output_padding or ()) else []
    if case.padding == "same_lower" and max(case.stride) > 1:
        note = "Haiku has " + " and ".join([*lacks, "no transposed 'SAME_LOWER' with a stride"])
        literal = Literal(_transposed(case, "SAME_LOWER"), NO_LOWER)
        return Spelling(_transposed(case, "SAME"), words="'SAME'", note=note, literal=literal)
    note = "Haiku has no output padding" if lacks else ""
    if isinstance(case.padding, str) or not any(map(any, case.padding)):
        word = case.padding.upper() if isinstance(case.padding, str) else "VALID"
        return Spelling(_transposed(case, word), words=repr(word), note=note)
    words = f"padding={case.padding!r}, of the stretched input"
    return Spelling(_transposed(case, case.padding), words=words, note=note)


def _transposed_port(case: Case) -> Spelling:
    padded, case = CHANNELS_LAST.padded(case, input_pads(case)), of_padded_input(case)
    comment = "  # its kernel mirrored"
    comment += ", the groups' kernels as one block-diagonal kernel" if case.groups > 1 else ""
    cut = crops(case)
    if max(case.dilation) > 1:
        comment += ", spread with zeros"
        wide = tuple(d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation))
        case = replace(case, kernel=wide, dilation=(1,) * case.rank)
    pads = tuple((k - 1 - before, k - 1 - after) for k, (before, after) in zip(case.kernel, cut))
    more, less = split(pads)
    last = CHANNELS_LAST.sliced("x", less)
    return Spelling(_after(padded, _transposed(case, more), last) + comment)


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        if not is_global(case):
            return Inexpressible("Haiku has no adaptive pools")
        return Spelling(_pool(replace(case, kernel=case.input, stride=(1,) * case.rank), "VALID"))
    if max(case.dilation) > 1:
        return Inexpressible("Haiku's pools have no dilation")
    if case.divisor_override is not None:
        return Inexpressible("Haiku's average pool has no divisor of its own")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"Haiku's pools have no word for {case.padding!r}")
    word = _word(case)
    literal = Literal(_pool(case, "SAME_LOWER"), "Invalid padding") if case.padding == "same_lower" else None
    return Spelling(_pool(case, word), repr(word), _note(case), literal)


def _word(case: Case) -> str:
    """Return the word that a user would choose for a pool: SAME if the pads look like it, else VALID."""
    known = min(case.stride) > 0 and (not isinstance(case.padding, str) or case.padding in WORDS)
    if known and case.ceil_mode and any(map(any, pool_pads(case)[1])):
        return "SAME"
    if isinstance(case.padding, str):
        return "SAME" if case.padding == "same_lower" else case.padding.upper()
    if not known or not any(map(any, case.padding)):
        return "VALID"
    half = tuple(((k - 1) / 2, (k - 1) / 2) for k in case.kernel)
    return "SAME" if case.padding in (half, same_pads(case)) else "VALID"


def _note(case: Case) -> str:
    """Return a sentence about the parts of a pool that Haiku cannot express; empty if there are none."""
    lacks = ["no 'SAME_LOWER' for pools"] if case.padding == "same_lower" else []
    if not isinstance(case.padding, str) and any(map(any, case.padding)):
        lacks.append("no numbers of padding for pools")
    if case.ceil_mode:
        lacks.append("no ceil mode")
    if case.count_include_pad:
        lacks.append("no way to count padding in an average")
    return f"Haiku has {' and '.join(lacks)}" if lacks else ""


def _pool_port(case: Case) -> Spelling:
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
    x, wide = CHANNELS_LAST.sliced("x", cut), together(more, over)
    if case.op == "max_pool":
        if not any(map(any, wide)) and max(case.dilation) == 1:
            return Spelling(_after(x, _pool(case, "VALID")))
        return Spelling(f"lambda x: {_reduced(case, x, wide)}")
    dilated = max(case.dilation) > 1
    if case.divisor_override is not None:
        divided = f"{_reduced(case, x, wide)} / {case.divisor_override}"
        return Spelling(f"lambda x: {divided if dilated else _mean(case, x, wide) + rescaled(case)}")
    mean = _reduced if dilated else _mean
    if not any(map(any, over)) and (case.counts_padding or not any(map(any, more))) and not dilated:
        return Spelling(_after(CHANNELS_LAST.filled(x, more), _pool(case, "VALID")))
    if not dilated and not case.counts_padding and case.padding == "same" and not any(map(any, over)):
        return Spelling(_pool(case, "SAME"))
    ones = f"jnp.ones_like({x})"
    if case.counts_padding:
        return Spelling(f"lambda x: {mean(case, x, wide)} / {mean(case, CHANNELS_LAST.filled(ones, more, '1'), over)}")
    return Spelling(f"lambda x: {mean(case, x, wide)} / {mean(case, ones, wide)}")


def _mean(case: Case, x: str, pads: Pads) -> str:
    """Return source text for the averages over whole windows of ``x`` padded with zeros."""
    return f"{_pool(case, 'VALID')}({CHANNELS_LAST.filled(x, pads)})"


def _reduced(case: Case, x: str, pads: Pads) -> str:
    """Return source text for the maxima or sums over windows of ``x``, which may be dilated."""
    start, reduction = REDUCTIONS[case.op]
    padding = repr(CHANNELS_LAST.every(pads)) if any(map(any, pads)) else "'VALID'"
    window, strides, dilation = ((1, *sizes, 1) for sizes in (case.kernel, case.stride, case.dilation))
    dilated = f", window_dilation={dilation}" if max(case.dilation) > 1 else ""
    return f"lax.reduce_window({x}, {start}, {reduction}, {window}, {strides}, {padding}{dilated})"


def _pads(pads: Pads) -> Any:
    """Return pads as Haiku's convolutions take them."""
    return pads if any(map(any, pads)) else "VALID"


def _after(x: str, layer: str, last: str = "x") -> str:
    """Return a layer of a changed ``x``, and another change of its output."""
    steps = [*([f"lambda x: {x}"] if x != "x" else []), layer, *([f"lambda x: {last}"] if last != "x" else [])]
    return layer if len(steps) == 1 else f"hk.Sequential([{', '.join(steps)}])"


def _conv(case: Case, padding: Any) -> str:
    given = arguments(
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        rate=unless(1, case.dilation),
        padding=None if padding == "SAME" else padding,
        with_bias=False,
        feature_group_count=unless(1, [case.groups]),
    )
    return f"hk.Conv{case.rank}D({given})"


def _transposed(case: Case, padding: Any) -> str:
    given = arguments(
        case.out_channels,
        kernel_size(case),
        stride=unless(1, case.stride),
        padding=None if padding == "SAME" else padding,
        with_bias=False,
    )
    return f"hk.Conv{case.rank}DTranspose({given})"


def _pool(case: Case, padding: str) -> str:
    window, strides = ((1, *sizes, 1) for sizes in (case.kernel, case.stride))
    return f"hk.{POOLS[case.op]}({window!r}, {strides!r}, {padding!r})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
