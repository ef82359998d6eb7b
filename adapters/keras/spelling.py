"""Keras 3 on any backend: layers of ``keras.layers``. Padding is a word, never a number.

The subclasses of Backend describe the limits of each backend, and ports work around them.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ...cases.dtypes import INTEGERS
from ...cases.operations import Op
from ..adaptive import by_hand, is_global, outputs, sliding
from ..conventions import (
    WORDS,
    crops,
    lacking,
    numbers,
    pool_pads,
    rescaled,
    same_pads,
    slices,
    split,
    symmetric,
    together,
    too_narrow,
)
from ..input_padding import by_mode, input_pads, of_padded_input, one_mode
from ..spelling import Code, Inexpressible, Spelling, arguments, compact, kernel_size, unless

POOLS: dict[Op, str] = {"max_pool": "MaxPooling", "avg_pool": "AveragePooling"}
MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}  # np.pad's


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    return WRITTEN[case.op](case)


class Backend:
    """The limits of Keras on every backend, which ports work around; a subclass adds the limits of one backend."""

    as_written = staticmethod(as_written)

    @classmethod
    def port(cls, case: Case) -> Spelling | Inexpressible:
        """Return the layer that reproduces a case exactly on this backend, or why none can."""
        return port(case, cls)

    @classmethod
    def lacks(cls, case: Case) -> str:
        """Return why nothing on this backend reproduces a case; empty if a port does."""
        return ""

    @classmethod
    def feasible(cls, case: Case) -> Case:
        """Return an equivalent case for which a port on this backend can be written."""
        # Keras 3.15 rejects strides with dilation.
        return undilated(case) if case.op == "conv_transpose" and max(case.stride) > 1 else case

    @classmethod
    def strides(cls, case: Case) -> bool:
        """Return whether a convolution layer accepts the case's strides."""
        return max(case.stride) == 1 or max(case.dilation) == 1  # Keras 3.15 rejects both together

    @classmethod
    def pools(cls, case: Case) -> bool:
        """Return whether Keras has a pool for this case."""
        return max(case.dilation) == 1


def port(case: Case, backend: type[Backend]) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly on a backend, or why nothing can."""
    if reason := backend.lacks(case):
        return Inexpressible(reason)
    ours = backend.feasible(case)
    chain = CHAINS[case.op](ours, backend)
    if case.dtype in INTEGERS and len(chain) > 1:
        return Inexpressible("a Sequential of Keras casts its input to floating point")
    return Spelling(_sequential(chain, case.dtype) + _comment(case, ours))


def _conv_written(case: Case) -> Spelling | Inexpressible:
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower", "causal")):
        return Inexpressible(f"Keras has no word for {case.padding!r}")
    if not one_mode(case).pads_zeros and _asks_padding(case):
        return Inexpressible("Keras's layers pad with zeros only")
    word = _word(case)
    return Spelling(_conv(case, word), words=repr(word), note=_note(case))


def _conv_port(case: Case, backend: type[Backend]) -> list[str]:
    more, cut = split(numbers(case))
    chain = _cropped(case, cut) + _zeros(case, more)
    if not case.pads_zeros:
        chain = _padded_input(case, more) + _cropped(case, cut)
    if backend.strides(case):
        return chain + [_conv(case, None)]
    every = _function(case, f"x[:, {', '.join(f'::{s}' for s in case.stride)}]")
    return chain + [_conv(replace(case, stride=(1,) * case.rank), None), every]


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, input_pads(case))):
        return Inexpressible("Keras's transposed convolutions do not pad their input")
    if case.groups > 1:
        return Inexpressible("Keras's transposed convolution has no groups")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"Keras's transposed convolution has no word for {case.padding!r}")
    if (extra := _output_padding(case)) is not None:
        return Spelling(_transposed(case, "same", extra), words=f"'same', output_padding={compact(extra)!r}")
    word = _transposed_word(case)
    settled = word == "same" and not isinstance(case.padding, str)  # the word fixes the output at n * s elements
    source = _transposed(case, word, None if settled else case.output_padding)
    return Spelling(source, words=repr(word), note=_note(case))


def _transposed_port(case: Case, backend: type[Backend]) -> list[str]:
    first, case = _padded_input(case, input_pads(case)), of_padded_input(case)
    # With 'valid', Keras returns n * s elements even if the kernel is narrower than the stride.
    longer = [max(s - e, 0) for s, e in zip(case.stride, extents(case))]
    pads = tuple((-before, -after - beyond) for (before, after), beyond in zip(crops(case), longer))
    more, cut = split(pads)
    return first + [_transposed(case, None, None)] + _zeros(case, more) + _cropped(case, cut)


def _comment(case: Case, ours: Case) -> str:
    """Return a source comment on how a port's kernel is made from the case's own; empty if it is the same."""
    blocks, zeros = case.op == "conv_transpose" and case.groups > 1, ours.kernel != case.kernel
    if blocks and zeros:
        return "  # the groups' kernels as one block-diagonal kernel and spread with zeros"
    if blocks:
        return "  # the groups' kernels as one block-diagonal kernel"
    return "  # its kernel spread with zeros" if zeros else ""


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        return Spelling(_adaptive(case))
    if max(case.dilation, default=1) > 1:
        return Inexpressible("Keras's pools have no dilation")
    if case.divisor_override is not None:
        return Inexpressible("Keras's average pools have no divisor of their own")
    if isinstance(case.padding, str) and lacking(case.padding, ("valid", "same", "same_lower")):
        return Inexpressible(f"Keras's pools have no word for {case.padding!r}")
    word = "same" if _rounds_up(case) else _word(case)
    return Spelling(_pool(case, word), words=repr(word), note=_note(case))


def _pool_port(case: Case, backend: type[Backend]) -> list[str]:
    if case.output_size is not None and (plain := sliding(case)) is None:
        return [_function(case, by_hand(case, "keras.ops.stack", 1, _reduced(case)))]
    case = plain if case.output_size is not None and plain is not None else case
    if not too_narrow(case):
        return _pooled(case, backend.pools(case))
    wide = _pooled(replace(case, dtype="float32"), backend.pools(case))
    return [*wide, f"layers.Activation('linear', dtype={case.dtype!r})"]


def _pooled(case: Case, pools: bool) -> list[str]:
    pads, over = pool_pads(case)
    more, cut = split(pads)
    pool = _pool(case, None) if pools else _function(case, _by_hand(case))
    if case.op == "max_pool":
        low = _padded("x", together(more, over), 'float("-inf")')
        return _cropped(case, cut) + ([_function(case, low)] if low != "x" else []) + [pool]
    if case.divisor_override is not None:
        scaled = [_function(case, f"x{rescaled(case)}")] if pools else []
        return _cropped(case, cut) + _zeros(case, together(more, over)) + [pool, *scaled]
    if not any(map(any, over)) and (case.counts_padding or not any(map(any, more))):
        return _cropped(case, cut) + _zeros(case, more) + [pool]
    x = f"x[:, {slices(cut)}]" if any(map(any, cut)) else "x"
    ones = _padded(_padded(f"keras.ops.ones_like({x})", more, "1" if case.counts_padding else "0"), over)

    def mean(values: str) -> str:
        # Keras 3.15 fails on JAX if it has to take the strides from a pool size of one number.
        given = arguments(Code(values), kernel_size(case), strides=compact(case.stride))
        return f"keras.ops.average_pool({given})" if pools else f"(lambda x: {_by_hand(case)})({values})"

    return [_function(case, f"{mean(_padded(x, together(more, over)))} / {mean(ones)}")]


def _asks_padding(case: Case) -> bool:
    if isinstance(case.padding, str):
        return case.padding != "valid"
    return any(side > 0 for pair in case.padding for side in pair)


def _rounds_up(case: Case) -> bool:
    """Return whether ceil mode gives one more window, as only 'same' does in Keras."""
    means_something = min(case.stride, default=0) > 0 and (not isinstance(case.padding, str) or case.padding in WORDS)
    return case.ceil_mode and means_something and any(map(any, pool_pads(case)[1]))


def _note(case: Case) -> str:
    """Return a sentence about the parts of a case that Keras cannot express; empty if there are none."""
    lacks = ["no 'same_lower'"] if case.padding == "same_lower" else []
    if not isinstance(case.padding, str) and any(map(any, case.padding)):
        lacks.append("no explicit padding")
    if case.ceil_mode:
        lacks.append("no ceil mode")
    if case.count_include_pad:
        lacks.append("no way to count padding in an average")
    return f"Keras has {' and '.join(lacks)}" if lacks else ""


def extents(case: Case) -> tuple[int, ...]:
    """Return the extent of the kernel along each axis, d(k-1)+1."""
    return tuple(d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation))


def undilated(case: Case) -> Case:
    """Return the same layer with its dilation as zeros between the taps of a larger kernel."""
    return replace(case, kernel=extents(case), dilation=(1,) * case.rank)


def _word(case: Case) -> str:
    """Return the word that a user would choose: 'same' if the pads look like it, else 'valid'."""
    if isinstance(case.padding, str):
        return "same" if case.padding == "same_lower" else case.padding
    if not any(map(any, case.padding)) or min(case.stride, default=0) < 1:
        return "valid"
    return "same" if case.padding in (_centred(case), same_pads(case)) else "valid"


def _output_padding(case: Case) -> tuple[int, ...] | None:
    """Return the output padding with which 'same' makes exactly the crops of a case; None if there is none.

    With output padding o, Keras 3.15 crops e - e%2 - o elements, the smaller half first. Without it, 'same' leaves
    n * s elements, which needs no output padding to be said.
    """
    if isinstance(case.padding, str):
        return None
    cut = crops(case)
    valid = all(e >= s for e, s in zip(extents(case), case.stride))  # else 'valid' leaves n * s elements
    if (valid and not any(map(any, cut))) or cut == crops(replace(case, padding="same", output_padding=None)):
        return None
    totals = [before + after for before, after in cut]
    extra = tuple(e - e % 2 - total for e, total in zip(extents(case), totals))
    fits = all(0 <= o < s for o, s in zip(extra, case.stride)) and min(totals) >= 0
    return extra if fits and all(before == total // 2 for (before, _), total in zip(cut, totals)) else None


def _transposed_word(case: Case) -> str:
    """Return the word that a user would choose: 'same' if half the kernel is cropped or n * s is left, else 'valid'."""
    if isinstance(case.padding, str):
        return "same" if case.padding == "same_lower" else case.padding
    if not any(map(any, case.padding)):
        return "valid"
    fits = all(before + after == e - s for (before, after), e, s in zip(crops(case), extents(case), case.stride))
    return "same" if fits or case.padding == _centred(case) else "valid"


def _centred(case: Case) -> tuple[tuple[float, float], ...]:
    """Return pads of half the kernel on both sides of each axis."""
    return tuple(((e - 1) / 2,) * 2 for e in extents(case))


def _sequential(chain: list[str], dtype: str) -> str:
    if len(chain) == 1:
        return chain[0]
    net = f"keras.Sequential([{', '.join(chain)}])"
    # In Keras 3.15, a Sequential casts its input to its own dtype, float32, before its layers cast it to theirs.
    return f"net = {net}; net.dtype_policy = {dtype!r}" if dtype == "float64" else net


def _dtype(case: Case) -> str | None:
    # A pool takes integers as they are, and Keras 3.15 has no policy for int8.
    return None if case.dtype == "float32" or case.dtype in INTEGERS else case.dtype


def _layer(kind: str, case: Case, *values: Any, **keywords: Any) -> str:
    return f"layers.{kind}{case.rank}D({arguments(*values, **keywords, dtype=_dtype(case))})"


def _function(case: Case, expression: str) -> str:
    """Return source text of a layer that computes an expression of ``x``."""
    return f"layers.Lambda({arguments(Code(f'lambda x: {expression}'), dtype=_dtype(case))})"


def _cropped(case: Case, cut: Pads) -> list[str]:
    return [_layer("Cropping", case, _sides(cut))] if any(map(any, cut)) else []


def _zeros(case: Case, pads: Pads) -> list[str]:
    return [_layer("ZeroPadding", case, _sides(pads))] if any(map(any, pads)) else []


def _sides(pads: Pads) -> Any:
    """Return pads as ZeroPadding1D to ZeroPadding3D accept them, in the shortest form."""
    if not symmetric(pads):
        return pads if len(pads) > 1 else pads[0]
    return compact([before for before, _ in pads])


def _padded_input(case: Case, pads: Pads) -> list[str]:
    """Return layers that pad the input by the padding mode of each axis."""
    chain: list[str] = []
    for mode, part in by_mode(case, pads):
        chain += _zeros(case, part) if mode == "zeros" else _extended(case, part, MODES[mode])
    return chain


def _extended(case: Case, pads: Pads, mode: str) -> list[str]:
    """Return layers that pad with the input's own elements, one for each axis."""
    return [
        _function(case, f"keras.ops.take(x, np.pad(np.arange(x.shape[{i}]), {pair!r}, {mode!r}), axis={i})")
        for i, pair in enumerate(pads, 1)
        if any(pair)
    ]


def _padded(x: str, pads: Pads, fill: str = "0") -> str:
    """Return source text for ``x`` padded with a number."""
    value = "" if fill == "0" else f", constant_values={fill}"
    return f"keras.ops.pad({x}, {((0, 0), *pads, (0, 0))!r}{value})" if any(map(any, pads)) else x


def _by_hand(case: Case) -> str:
    """Return source text for the maxima or averages of the windows of ``x``, over one strided slice per tap."""
    steps, loops = [], []
    for i, s, d, e, axis in zip("ijk", case.stride, case.dilation, extents(case), range(1, 4)):
        steps.append(f"{i}:x.shape[{axis}] - {e - 1} + {i}:{s}" if e > 1 else f"::{s}")
        if e > 1:
            loops.append(f" for {i} in range(0, {e}, {d})")
    taps = f"[x[:, {', '.join(steps)}]{''.join(loops)}]"
    if case.op == "max_pool" and case.batch == 0:  # keras.ops.max fails on an empty batch
        return f"layers.Maximum({arguments(dtype=_dtype(case))})({taps})"
    if case.op == "max_pool":  # in Keras 3.15 on torch, layers.Maximum computes float64 in float32
        return f"keras.ops.max(keras.ops.stack({taps}), axis=0)"
    # In Keras 3.15 on torch and JAX, keras.ops.mean computes float64 in float32.
    return f"keras.ops.sum(keras.ops.stack({taps}), axis=0) / {case.divisor_override or math.prod(case.kernel)}"


def depthwise(case: Case) -> bool:
    """Return whether this is a convolution in which each channel is a group and for which Keras has a layer."""
    each = case.groups == case.in_channels > 1 and case.out_channels % case.groups == 0
    return each and case.rank < 3 and case.padding != "causal"


def _conv(case: Case, word: str | None) -> str:
    by_channel = depthwise(case)
    filters = () if by_channel else (case.out_channels,)
    return _layer(
        "DepthwiseConv" if by_channel else "Conv",
        case,
        *filters,
        kernel_size(case),
        strides=unless(1, case.stride),
        padding=word,
        depth_multiplier=unless(1, [case.out_channels // case.groups]) if by_channel else None,
        dilation_rate=unless(1, case.dilation),
        groups=None if by_channel else unless(1, [case.groups]),
        use_bias=False,
    )


def _transposed(case: Case, word: str | None, output_padding: Any) -> str:
    given = arguments(
        case.out_channels,
        kernel_size(case),
        strides=unless(1, case.stride),
        padding=word,
        output_padding=None if output_padding is None else compact(output_padding),
        dilation_rate=unless(1, case.dilation),
        use_bias=False,
        dtype=_dtype(case),
    )
    return f"layers.Conv{case.rank}DTranspose({given})"


def _adaptive(case: Case) -> str:
    kind = POOLS[case.op]
    if is_global(case):
        return _layer(f"Global{kind}", case, keepdims=True)
    return _layer(f"Adaptive{kind}", case, compact(outputs(case)))


def _reduced(case: Case) -> Callable[[str, str, str], str]:
    """Return a function from a window, its axes and its size to the source text of its maximum or average."""
    if case.op == "max_pool":
        return lambda window, axes, count: f"keras.ops.max({window}, axis={axes})"
    # In Keras 3.15 on torch and JAX, keras.ops.mean computes float64 in float32.
    return lambda window, axes, count: f"keras.ops.sum({window}, axis={axes}) / ({count})"


def _pool(case: Case, word: str | None) -> str:
    return _layer(POOLS[case.op], case, kernel_size(case), strides=unless(case.kernel, case.stride), padding=word)


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
CHAINS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
