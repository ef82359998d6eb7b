"""TensorFlow.js: functions of ``tf``, in JavaScript, with the channels last.

Padding is a word, one number for all sides, or a pair of numbers for every axis. The weights are (*kernel, in / groups,
out), or for a transposed convolution (*kernel, out / groups, in).

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ...cases.case import Case, Pads
from ..adaptive import is_global, sliding
from ..conventions import crops, lacking, numbers, pool_pads, split, together
from ..input_padding import by_mode, edge_repeated, input_pads, of_padded_input, one_mode
from ..javascript import BATCH, javascript_text
from ..spelling import Code, Inexpressible, Spelling, compact

POOLS = {"max_pool": "maxPool", "avg_pool": "avgPool"}
KINDS = {"max_pool": "max", "avg_pool": "avg"}
LAYOUTS = {1: "NWC", 2: "NHWC", 3: "NDHWC"}
WORDS = ("valid", "same")
PAIRS = "a pair of numbers for every axis"
NOT_COUNTED = "TensorFlow.js' averages leave their padding out"
MOST_GROUPS = 32
ONE_SIZE = "its output shape is that of this input size"


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    if case.out_channels < 0 or case.groups < 1 or case.out_channels % case.groups or case.in_channels % case.groups:
        return Inexpressible("TensorFlow.js takes its filters from the shape of the weights, and no array has that")
    if why := _of_dtype(case):
        return Inexpressible(why)
    if isinstance(case.padding, str) and lacking(case.padding, WORDS):
        return Inexpressible(f"TensorFlow.js has no word for {case.padding!r}")
    return WRITTEN[case.op](case)


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    if why := _of_dtype(case):
        return Inexpressible(why)
    if case.dtype == "int32" and case.rank == 3:
        return Inexpressible("TensorFlow.js 4.22 returns float32 from a max pool of int32 along three axes")
    return PORTS[case.op](case)


def _of_dtype(case: Case) -> str:
    known = ("float32", "int32") if case.op == "max_pool" else ("float32",)
    return "" if case.dtype in known else f"TensorFlow.js has no {case.op.replace('_', ' ')} of {case.dtype}"


def _conv_written(case: Case) -> Spelling | Inexpressible:
    if case.padding != "valid" and not one_mode(case).pads_zeros:
        return Inexpressible("TensorFlow.js' convolutions pad with zeros only")
    if case.groups > 1 and not _depthwise(case):
        return Inexpressible("TensorFlow.js has no convolution in groups, unless each channel is one, along two axes")
    pad = _pad(case)
    if pad is None:
        return Inexpressible("TensorFlow.js' conv3d takes one number for all sides")
    return Spelling(_function(case, _conv(case, "x", "w", pad)), words=_words(case, pad))


def _transposed_written(case: Case) -> Spelling | Inexpressible:
    if any(map(any, case.input_padding or ())):
        return Inexpressible("TensorFlow.js' transposed convolutions do not pad their input")
    if case.groups > 1:
        return Inexpressible("TensorFlow.js' transposed convolutions have no groups")
    if max(case.dilation, default=1) > 1:
        return Inexpressible("TensorFlow.js' transposed convolutions have no dilation")
    if case.rank == 1:
        return Inexpressible("TensorFlow.js has no transposed convolution along one axis")
    if any(more >= s for more, s in zip(case.output_padding or (), case.stride)):
        return Inexpressible("no convolution of an output of that size gives this input, which TensorFlow.js needs")
    pad = _pad(case)
    if pad is None:
        return Inexpressible("TensorFlow.js' conv3dTranspose takes one number for all sides")
    cut = crops(case) if isinstance(case.padding, str) and case.padding in WORDS else _cut(case)
    return Spelling(_function(case, _transposed(case, "x", "w", cut, pad)), words=_words(case, pad), note=ONE_SIZE)


def _cut(case: Case) -> Pads:
    """Return the crops of padding in numbers, or of a word that is unknown, which TensorFlow.js has to refuse."""
    return crops(replace(case, padding="valid") if isinstance(case.padding, str) else case)


def _pool_written(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        if not is_global(case):
            return Inexpressible("TensorFlow.js has no adaptive pools")
        return Spelling(_function(case, _pool(replace(case, kernel=case.input, stride=case.input), "x", "valid")))
    if case.divisor_override is not None:
        return Inexpressible("TensorFlow.js' average pools have no divisor of their own")
    if max(case.dilation, default=1) > 1 and case.rank == 3:
        return Inexpressible("TensorFlow.js has no dilated pools along three axes")
    pad = _pad(case)
    if pad is None:
        return Inexpressible(f"TensorFlow.js' {POOLS[case.op]}3d takes one number for all sides")
    if pad == "valid" and case.ceil_mode:
        pad = 0 if case.rank > 1 else _pairs(((0, 0),) * case.rank)
    counts = case.op == "avg_pool" and case.counts_padding and pad not in ("valid", 0) and _pads(case)
    text = _pool(case, "x", pad, ceil=case.ceil_mode)
    return Spelling(_function(case, text), words=_words(case, pad), note=NOT_COUNTED if counts else "")


def _pads(case: Case) -> bool:
    return case.padding != "valid" if isinstance(case.padding, str) else any(map(any, case.padding))


def _pad(case: Case) -> Any:
    """Return padding as a person writes it: a word, one number, or a pair for every axis; None if nothing says it."""
    if isinstance(case.padding, str):
        return case.padding
    sides = {side for pair in case.padding for side in pair}
    if len(sides) == 1 and not (case.pools and case.rank == 1):
        return sides.pop()
    return None if case.rank == 3 else _pairs(case.padding)


def _words(case: Case, pad: Any) -> str:
    return repr(pad) if isinstance(pad, str) else PAIRS if isinstance(pad, list) else ""


def _conv_port(case: Case) -> Spelling | Inexpressible:
    if case.groups > MOST_GROUPS and not _depthwise(case):
        return Inexpressible(f"a line has one call for each group, for at most {MOST_GROUPS} groups")
    case = edge_repeated(one_mode(case))
    more, cut = split(numbers(case))
    x, pads = "x", ((0, 0),) * case.rank
    if not case.pads_zeros:
        x = _sliced(_padded_input(case, more), cut)
    elif case.rank == 3:
        x = _sliced(_filled("x", more), cut)
    else:
        pads = numbers(case)
    apart = max(case.dilation) > 1 and max(case.stride) > 1  # which TensorFlow.js refuses together
    core = replace(case, stride=(1,) * case.rank) if apart else case
    pad = _pairs(pads) if any(map(any, pads)) else "valid"
    if case.groups == 1 or _depthwise(case):
        text = _conv(core, x, "w", pad)
    else:
        each, outs, one = case.in_channels // case.groups, case.out_channels // case.groups, replace(core, groups=1)
        parts = [
            _conv(one, _part(x, case.rank, i * each, each), _part("w", case.rank, i * outs, outs), pad)
            for i in range(case.groups)
        ]
        text = _joined(parts, case)
    return Spelling(_function(case, _every(text, case.stride) if apart else text))


def _transposed_port(case: Case) -> Spelling | Inexpressible:
    if max(case.dilation) > 1:
        return Inexpressible("TensorFlow.js' transposed convolutions have no dilation")
    if case.groups > MOST_GROUPS:
        return Inexpressible(f"a line has one call for each group, for at most {MOST_GROUPS} groups")
    case = edge_repeated(case)
    x = _padded_input(case, input_pads(case))
    case = of_padded_input(case)
    within, extra = split(crops(case))
    left = [(n - 1) * s + k - sum(pair) for n, s, k, pair in zip(case.input, case.stride, case.kernel, within)]
    itself = case.rank < 3 and min(left) > 0
    own = within if itself else ((0, 0),) * case.rank
    pad = _pairs(own) if any(map(any, own)) else "valid"
    if case.groups == 1:
        text = _transposed(case, x, "w", own, pad)
    else:
        each = case.in_channels // case.groups
        one = replace(case, groups=1, out_channels=case.out_channels // case.groups)
        parts = [
            _transposed(one, _part(x, case.rank, i * each, each), _part("w", case.rank, i * each, each), own, pad)
            for i in range(case.groups)
        ]
        text = _joined(parts, case)
    rest = ((0, 0),) * case.rank if itself else within
    return Spelling(_function(case, _sliced(_filled(text, extra), rest)))  # crop last, or nothing might be left


def _pool_port(case: Case) -> Spelling | Inexpressible:
    if case.output_size is not None:
        plain = sliding(case)
        return _pool_port(plain) if plain else Inexpressible("TensorFlow.js has no adaptive pools")
    dilated = max(case.dilation) > 1
    if dilated and case.rank == 3:
        return Inexpressible("TensorFlow.js has no dilated pools along three axes")
    pads, over = pool_pads(case)
    more, cut = split(pads)
    x, wide = _sliced("x", cut), together(more, over)
    apart = dilated and max(case.stride) > 1
    if apart and any(map(any, cut)):
        return Inexpressible("a dilated pool is one of stride 1, of which some windows would lie in the padding alone")
    core = replace(case, stride=(1,) * case.rank) if apart else case
    itself = case.rank < 3 and not dilated  # whether a pool takes a pair for every axis

    def pooled(x: str, pads: Pads) -> str:
        pad = _pairs(pads) if any(map(any, pads)) else "valid"
        text = _pool(core, x, pad)
        return _every(text, case.stride) if apart else text

    none = ((0, 0),) * case.rank
    if case.op == "max_pool":
        low = -(2**31) if case.dtype == "int32" else -math.inf
        return Spelling(_function(case, pooled(x, wide) if itself else pooled(_filled(x, wide, low), none)))
    if case.divisor_override is not None:
        sums = f"tf.mul({pooled(_filled(x, wide), none)}, {math.prod(case.kernel)})"
        return Spelling(_function(case, f"tf.div({sums}, {case.divisor_override})"))
    inside, outside = (more, over) if case.counts_padding else (none, wide)
    if itself:
        return Spelling(_function(case, pooled(_filled(x, inside), outside)))
    if not any(map(any, outside)):
        return Spelling(_function(case, pooled(_filled(x, inside), none)))
    ones = _filled(_filled(f"tf.onesLike({x})", inside, 1), outside)
    text = f"tf.div({pooled(_filled(x, wide), none)}, {pooled(ones, none)})"
    return Spelling(_function(case, text))


def _padded_input(case: Case, pads: Pads) -> str:
    """Return source text of ``x`` padded by the padding mode of each axis."""
    x = "x"
    for mode, part in by_mode(case, pads):
        if mode == "zeros":
            x = _filled(x, part)
        elif mode in ("reflect", "symmetric"):
            x = f"tf.mirrorPad({x}, {javascript_text(_pairs(part))}, {mode!r})"
        else:
            for axis, ((before, after), n) in enumerate(zip(part, case.input), 1):
                if before or after:
                    places = [i % n if mode == "circular" else min(max(i, 0), n - 1) for i in range(-before, n + after)]
                    x = f"tf.gather({x}, {places}, {axis})"
    return x


def _filled(x: str, pads: Pads, value: float = 0) -> str:
    """Return source text that pads ``x`` with a value; ``x`` itself if there is no padding."""
    if not any(map(any, pads)):
        return x
    return f"tf.pad({x}, {javascript_text(_pairs(pads))}{f', {javascript_text(value)}' if value else ''})"


def _sliced(x: str, cut: Pads) -> str:
    """Return source text that crops both ends of each axis of ``x``; ``x`` itself if nothing is cropped."""
    if not any(map(any, cut)):
        return x
    begin, end = ([0, *sides, 0] for sides in zip(*cut))
    firsts = sum(1 << i for i, side in enumerate(begin) if not side)  # the axes that begin at their own begin
    lasts = sum(1 << i for i, side in enumerate(end) if not side)
    end = [-side for side in end]
    return f"tf.stridedSlice({x}, {begin}, {end}, {[1] * len(begin)}, {firsts}, {lasts})"


def _every(x: str, stride: tuple[int, ...]) -> str:
    """Return source text that takes every s-th element along each axis of ``x``."""
    rank, every = len(stride) + 2, (1 << len(stride) + 2) - 1
    return f"tf.stridedSlice({x}, {[0] * rank}, {[0] * rank}, {[1, *stride, 1]}, {every}, {every})"


def _part(x: str, rank: int, first: int, size: int) -> str:
    """Return source text of some of the last axis of an array."""
    return f"tf.slice({x}, {[0] * (rank + 1) + [first]}, {[-1] * (rank + 1) + [size]})"


def _joined(parts: list[str], case: Case) -> str:
    return f"tf.concat([{', '.join(parts)}], {case.rank + 1})"


def _pairs(pads: Pads) -> list[list[int]]:
    return [[0, 0], *map(list, pads), [0, 0]]


def _depthwise(case: Case) -> bool:
    return case.rank == 2 and case.groups == case.in_channels > 1


def _function(case: Case, text: str) -> str:
    return f"{'(x)' if case.pools else '(x, w)'} => {text}"


def _conv(case: Case, x: str, w: str, pad: Any) -> str:
    name = f"tf.conv{case.rank}d"
    if case.groups > 1:
        shape = [*case.kernel, case.in_channels, case.out_channels // case.in_channels]
        name, w = "tf.depthwiseConv2d", f"tf.reshape({w}, {shape})"
    given = [Code(x), Code(w), _compact(case.stride), _of_row(pad) if case.rank == 1 else pad]
    if set(case.dilation) != {1}:
        given += [LAYOUTS.get(case.rank, ""), _compact(case.dilation)]
    return _call(name, *given)


def _transposed(case: Case, x: str, w: str, cut: Pads, pad: Any) -> str:
    sizes = [(n - 1) * s + k - sum(pair) for n, s, k, pair in zip(case.input, case.stride, case.kernel, cut)]
    shape = [BATCH, *sizes, case.out_channels]
    if case.rank > 1:
        return _call(f"tf.conv{case.rank}dTranspose", Code(x), Code(w), shape, _compact(case.stride), pad)
    row = [Code(f"tf.expandDims({x}, 1)"), Code(f"tf.expandDims({w}, 0)"), [shape[0], 1, *shape[1:]]]
    return f"tf.squeeze({_call('tf.conv2dTranspose', *row, [1, *case.stride], _of_row(pad))}, [1])"


def _pool(case: Case, x: str, pad: Any, ceil: bool = False) -> str:
    """Return a pool of ``x``; one along one axis is that of a row, since TensorFlow.js has none."""
    kernel, stride, dilation = map(_compact, (case.kernel, case.stride, case.dilation))
    kernel = kernel if len(case.kernel) == case.rank else list(case.kernel)  # which TensorFlow.js has to refuse
    if case.rank == 1:
        x, pad = f"tf.expandDims({x}, 1)", _of_row(pad)
        kernel, stride, dilation = ([1, *sizes] for sizes in (case.kernel, case.stride, case.dilation))
    rounding = ["ceil"] if ceil else []
    if max(case.dilation) > 1:
        text = _call("tf.pool", Code(x), kernel, KINDS[case.op], pad, dilation, stride, *rounding)
    else:
        name = f"tf.{POOLS[case.op]}{'3d' if case.rank == 3 else ''}"
        text = _call(name, Code(x), kernel, stride, pad, *rounding)
    return f"tf.squeeze({text}, [1])" if case.rank == 1 else text


def _of_row(pad: Any) -> Any:
    return [pad[0], [0, 0], *pad[1:]] if isinstance(pad, list) else pad


def _compact(sizes: Any) -> Any:
    found = compact(sizes)
    return list(found) if isinstance(found, tuple) else found


def _call(name: str, *given: Any) -> str:
    return f"{name}({', '.join(part if isinstance(part, Code) else javascript_text(part) for part in given)})"


WRITTEN = {
    "conv": _conv_written,
    "conv_transpose": _transposed_written,
    "max_pool": _pool_written,
    "avg_pool": _pool_written,
}
PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
