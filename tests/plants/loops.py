"""A layer of one's own, in loops over windows: right, and written for these tests alone. It shares no code with the
package: the sizes, the padding words and the positions of the taps are worked out here by walking along the axis.

Arrays are (N, C, *spatial); weights are (out, in / groups, *kernel), of a transposed layer (in, out / groups, *kernel).
"""

import math
from fractions import Fraction
from itertools import product

import numpy as np

LENDING = {"reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


class NoAnswer(ValueError):
    """The layer has no output on this input."""


def run(case, x, w):
    """The output of a layer, of the dtype of the case (bfloat16 in float32)."""
    return stored(exact(case, x.astype(np.float64), None if w is None else w.astype(np.float64)), case.dtype)


def exact(case, x, w):
    """The same in float64."""
    if case.op == "conv_transpose":
        return transposed(case, x, w)
    if case.output_size is not None:
        return adaptive(case, x)
    axes = [windows(case, i, x.shape[2 + i]) for i in range(case.rank)]
    return convolved(case, x, w, axes) if case.op == "conv" else pooled(case, x, axes)


def stored(y, dtype):
    """Numbers rounded to a dtype; bfloat16 by cutting 16 bits off a float32, to the nearest even."""
    if dtype != "bfloat16":
        return y.astype(dtype)
    bits = np.ascontiguousarray(y, np.float32).view(np.uint32)
    return (((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16).astype(np.uint32).view(np.float32)


def pads(case, i, n):
    """The (before, after) of an axis; a word is resolved by counting the outputs that have to fit."""
    if not isinstance(case.padding, str):
        return case.padding[i]
    span, stride = 1 + case.dilation[i] * (case.kernel[i] - 1), case.stride[i]
    if case.padding == "valid":
        return 0, 0
    if case.padding == "causal":
        return span - 1, 0
    outputs = len(range(0, n, stride))
    total = 0
    while n + total < (outputs - 1) * stride + span:
        total += 1
    half = total // 2
    return (half, total - half) if case.padding == "same" else (total - half, half)


def windows(case, i, n):
    """The positions of every tap of every window along an axis, relative to its first element; with its pads."""
    before, after = pads(case, i, n)
    k, s, d = case.kernel[i], case.stride[i], case.dilation[i]
    start, rows = -before, []
    while start + d * (k - 1) < n + after:
        rows.append([start + t * d for t in range(k)])
        start += s
    if case.ceil_mode:
        if start + d * (k - 1) - (n + after) + 1 < s:  # the next window hangs over the end by less than a step
            rows.append([start + t * d for t in range(k)])
        if rows and rows[-1][0] >= n + min(after, 0):  # PyTorch drops a last window that starts beyond the input
            rows.pop()
    if not rows:
        raise NoAnswer("no window fits")
    return rows, before, after, n


def inside(axes):
    """Per axis which taps of which windows hit the input, cropped by negative pads."""
    return [[[0 <= p < n + min(after, 0) for p in row] for row in rows] for rows, _, after, n in axes]


def gathered(x, axes, outside, mode="zeros"):
    """(N, C, *outputs, *taps): what every window holds, with a number wherever it is outside of the input."""
    rank = len(axes)
    for i, (rows, before, after, n) in enumerate(axes):
        side = max(before, after, 0)
        if mode in LENDING and side:
            if side > {"reflect": n - 1, "circular": n, "symmetric": n, "replicate": side * n}[mode]:
                raise NoAnswer("too few elements for the padding mode")
            source = np.pad(np.arange(n), side, mode=LENDING[mode]).tolist()
            index = [[source[p + side] for p in row] for row in rows]
        else:
            index = [[p if 0 <= p < n + min(after, 0) else n for p in row] for row in rows]
        more = [(0, 0)] * x.ndim
        more[2 + 2 * i] = (0, 1)
        x = np.pad(x, more, constant_values=outside)
        x = np.take(x, np.array(index), axis=2 + 2 * i)
    order = [0, 1, *range(2, 2 + 2 * rank, 2), *range(3, 3 + 2 * rank, 2)]
    return x.transpose(order)


def convolved(case, x, w, axes, outside=0.0):
    held = gathered(x, axes, outside, case.padding_mode)
    if 0 in held.shape[2:]:
        raise NoAnswer("empty")
    each, outputs = case.in_channels // case.groups, case.out_channels // case.groups
    parts = []
    for g in range(case.groups):
        mine, kernel = held[:, g * each : (g + 1) * each], w[g * outputs : (g + 1) * outputs]
        taps = range(-case.rank, 0)
        y = np.tensordot(mine, kernel, axes=([1, *taps], [1, *taps]))
        parts.append(np.moveaxis(y, -1, 1))
    return np.concatenate(parts, axis=1)


def pooled(case, x, axes, outside=-np.inf):
    """The maximum, or the mean over what counts: the padded input if padding is counted, never what hangs over it."""
    taps = tuple(range(-case.rank, 0))
    hits = inside(axes)
    for line in hits:
        if not all(any(row) for row in line):
            raise NoAnswer("a window of padding")
    if case.op == "max_pool":
        return gathered(x, axes, outside).max(axis=taps)
    if case.divisor_override is not None:
        return gathered(x, axes, 0.0).sum(axis=taps) / case.divisor_override
    counts = []
    for (rows, _, after, n), line in zip(axes, hits, strict=True):
        counts.append(
            [sum(p < n + after for p in row) if counted(case) else sum(h) for row, h in zip(rows, line, strict=True)]
        )
    divisor = np.array([np.prod(c) for c in product(*counts)]).reshape([len(c) for c in counts])
    return gathered(x, axes, 0.0).sum(axis=taps) / divisor


def adaptive(case, x):
    """Windows as PyTorch's documentation of adaptive pools has them, element by element, in fractions."""
    sizes = x.shape[2:]
    if min(sizes) < 1:
        raise NoAnswer("empty")
    y = np.zeros((*x.shape[:2], *case.output_size))
    lines = [shares(n, outputs) for n, outputs in zip(sizes, case.output_size, strict=True)]
    for place in product(*map(range, case.output_size)):
        held = [slice(line[i][0], line[i][-1] + 1) for line, i in zip(lines, place, strict=True)]
        window = x[(slice(None), slice(None), *held)]
        taps = tuple(range(2, x.ndim))
        y[(..., *place)] = window.max(axis=taps) if case.op == "max_pool" else window.mean(axis=taps)
    return y


def shares(n, outputs):
    """The elements of each window of an adaptive pool along an axis."""
    ends = [(Fraction(i * n, outputs), Fraction((i + 1) * n, outputs)) for i in range(outputs)]
    return [list(range(math.floor(first), math.ceil(last))) for first, last in ends]


def counted(case):
    return not isinstance(case.padding, str) if case.count_include_pad is None else case.count_include_pad


def crops(case, i):
    """The crops of a transposed layer at both ends of its output, and the elements that it adds at the far end."""
    extra = case.output_padding[i] if case.output_padding else 0
    if not isinstance(case.padding, str):
        return (*case.padding[i], extra)
    span = 1 + case.dilation[i] * (case.kernel[i] - 1)
    total = 0 if case.padding == "valid" else span + extra - case.stride[i]
    if total < 0:
        return 0, total, extra
    half = total // 2
    return (total - half, half, extra) if case.padding == "same_lower" else (half, total - half, extra)


def transposed(case, x, w):
    whole = [
        (n - 1) * s + 1 + d * (k - 1)
        for n, s, d, k in zip(x.shape[2:], case.stride, case.dilation, case.kernel, strict=True)
    ]
    if min(x.shape[2:]) < 1:
        raise NoAnswer("empty")
    each, outputs = case.in_channels // case.groups, case.out_channels // case.groups
    y = np.zeros((x.shape[0], case.out_channels, *whole))
    for g in range(case.groups):
        mine, kernel = x[:, g * each : (g + 1) * each], w[g * each : (g + 1) * each]
        into = y[:, g * outputs : (g + 1) * outputs]
        for tap in product(*(range(k) for k in case.kernel)):
            at = tuple(
                slice(t * d, t * d + (n - 1) * s + 1, s)
                for t, d, n, s in zip(tap, case.dilation, x.shape[2:], case.stride, strict=True)
            )
            into[(slice(None), slice(None), *at)] += np.moveaxis(np.tensordot(mine, kernel[(..., *tap)], (1, 0)), -1, 1)
    return cropped(y, [crops(case, i) for i in range(case.rank)])


def cropped(y, ends):
    for i, (before, after, extra) in enumerate(ends):
        far = after - extra
        size = y.shape[2 + i] - before - far
        if size < 1:
            raise NoAnswer("nothing is left")
        more = [(0, 0)] * y.ndim
        more[2 + i] = (max(-before, 0), max(-far, 0))
        y = np.pad(y, more)
        start = max(before, 0)
        y = np.take(y, range(start, start + size), axis=2 + i)
    return y
