"""The plants: layers that are right but for one fault each, with the words that have to name it.

A plant is a function of a case, its input and its weights in float64. ``named`` is a pattern of the sentences that name
its cause; None where there is no name for it, and it has to be left unexplained.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import loops

PLANTS = {}


@dataclass(frozen=True)
class Plant:
    run: object
    named: str | None
    dtype: str = ""  # what it returns, if not the dtype of the case


def plant(name, named=None, **fields):
    def keep(run):
        PLANTS[name] = Plant(run, named, **fields)
        return run

    return keep


right = loops.exact
READS = r"pads the|crops the|steps by|spreads its taps|never read|reads other elements"


# What is summed.


@plant("channels-above-8", r"unexplained, only in channels? 9")
def _(case, x, w):
    y = right(case, x, w)
    y[:, 8:] = y[:, 8:] % 5 + 2 * (y[:, 8:] % 3)
    return y


@plant("column-64", r"unexplained, only in .*column 65 of the output")
def _(case, x, w):
    y = right(case, x, w)
    y[..., 64:65] = np.where(y[..., 64:65] == 5, 7, 5)
    return y


@plant("input-column-64", r"column 65 of the input is never read|no pads, stride and dilation")
def _(case, x, w):
    x = x.copy()
    x[..., 64:65] = -1e6 if case.op == "max_pool" else 0
    return right(case, x, w)


# A maximum of clamped inputs is the clamped maximum.


@plant("negative-inputs-as-0", r"negative inputs as 0|clamps its numbers below at 0")
def _(case, x, w):
    return right(case, np.maximum(x, 0), w)


@plant("positive-inputs-as-0", r"positive inputs as 0|clamps its numbers above at 0")
def _(case, x, w):
    return right(case, np.minimum(x, 0), w)


@plant("magnitudes-of-inputs", r"magnitudes of its inputs")
def _(case, x, w):
    return right(case, np.abs(x), w)


@plant("magnitudes-of-weights", r"magnitudes of its weights")
def _(case, x, w):
    return right(case, x, None if w is None else np.abs(w))


@plant("sign-of-inputs", r"sign turned|multiplies its numbers by -1")
def _(case, x, w):
    return right(case, -x, w)


@plant("inputs-clamped-to-a-byte", r"clamps its inputs to -128 and 127|clamps its numbers (below at -128|above at 127)")
def _(case, x, w):
    return right(case, np.clip(x, -128, 127), w)


@plant("last-channel-unread")
def _(case, x, w):
    x = x.copy()
    if case.in_channels > case.groups:
        x[:, -1] = 0
    return right(case, x, w)


@plant("sums-in-bfloat16")
def _(case, x, w):
    if case.dtype != "bfloat16" or case.op != "conv":
        return right(case, x, w)
    held = loops.gathered(x, [loops.windows(case, i, n) for i, n in enumerate(x.shape[2:])], 0.0, case.modes)
    each, outputs = case.in_channels // case.groups, case.out_channels // case.groups
    y = np.zeros((x.shape[0], case.out_channels, *held.shape[2 : 2 + case.rank]))
    for o in range(case.out_channels):
        for c in range(each):
            mine = held[:, o // outputs * each + c]
            for tap in np.ndindex(*case.kernel):
                y[:, o] = loops.stored(y[:, o] + mine[(..., *tap)] * w[(o, c, *tap)], "bfloat16")
    return y


@plant("float64-in-float32", r"computes in float32")
def _(case, x, w):
    single = [None if a is None else a.astype(np.float32).astype(np.float64) for a in (x, w)]
    return right(case, *single).astype(np.float32)


# Where windows lie.


@plant("kernel-flipped", r"mirror")
def _(case, x, w):
    return right(case, x, None if w is None else np.flip(w, tuple(range(2, w.ndim))))


@plant("kernel-flipped-in-width", r"mirror")
def _(case, x, w):
    return right(case, x, None if w is None else np.flip(w, -1))


@plant(
    "kernel-transposed",
    r"swaps the (depth|height) and the (height|width) of its kernel|swaps the height and the width of its output",
)
def _(case, x, w):
    square = w is not None and case.rank > 1 and w.shape[-1] == w.shape[-2]
    return right(case, x, np.swapaxes(w, -1, -2) if square else w)


@plant("stride-swapped", READS)
def _(case, x, w):
    return right(replace(case, stride=case.stride[::-1]), x, w)


@plant("stride-ignored", READS)
def _(case, x, w):
    return right(replace(case, stride=(1,) * case.rank), x, w)


@plant("dilation-ignored", READS)
def _(case, x, w):
    return right(replace(case, dilation=(1,) * case.rank), x, w)


@plant("dilation-swapped", READS)
def _(case, x, w):
    return right(replace(case, dilation=case.dilation[::-1]), x, w)


def repadded(case, change):
    if isinstance(case.padding, str):
        return case
    return replace(
        case,
        padding=tuple(change(*pair) for pair in case.padding),
        count_include_pad=loops.counted(case) if case.op == "avg_pool" else None,
    )


@plant("pads-swapped", READS)
def _(case, x, w):
    return right(repadded(case, lambda before, after: (after, before)), x, w)


@plant("pads-on-one-side", READS)
def _(case, x, w):
    return right(repadded(case, lambda before, after: (before + after, 0)), x, w)


@plant("pads-of-axes-swapped", READS)
def _(case, x, w):
    if isinstance(case.padding, str):
        return right(case, x, w)
    return right(replace(case, padding=case.padding[::-1]), x, w)


@plant("crops-ignored", READS)
def _(case, x, w):
    return right(repadded(case, lambda before, after: (max(before, 0), max(after, 0))), x, w)


@plant("same-lower-for-same", READS)
def _(case, x, w):
    return right(replace(case, padding="same_lower") if case.padding == "same" else case, x, w)


@plant("output-padding-in-front", READS)
def _(case, x, w):
    extra = case.output_padding
    if extra is None or isinstance(case.padding, str):
        return right(case, x, w)
    moved = tuple((before - more, after) for (before, after), more in zip(case.padding, extra, strict=True))
    return right(replace(case, padding=moved, output_padding=None), x, w)


@plant("transposed-crop-on-the-other-side", READS)
def _(case, x, w):
    if case.op != "conv_transpose" or case.padding not in ("same", "same_lower"):
        return right(case, x, w)
    return right(replace(case, padding="same" if case.padding == "same_lower" else "same_lower"), x, w)


@plant("ceil-ignored", r"leaves out the last window|" + READS)
def _(case, x, w):
    return right(replace(case, ceil_mode=False), x, w)


@plant("ceil-window-kept", r"keeps a last window|instead of ceil")
def _(case, x, w):
    if not case.ceil_mode or case.op != "max_pool":
        return right(case, x, w)
    axes = []
    for i, n in enumerate(x.shape[2:]):
        rows, before, after, _ = loops.windows(case, i, n)
        k, s, d = case.kernel[i], case.stride[i], case.dilation[i]
        start = rows[-1][0] + s
        if start + d * (k - 1) + 1 - (n + after) < s:
            rows.append([start + t * d for t in range(k)])
        axes.append((rows, before, after, n))
    return loops.gathered(x, axes, -1e30).max(axis=tuple(range(-case.rank, 0)))


@plant("last-row-dropped", READS + "|instead of")
def _(case, x, w):
    y = right(case, x, w)
    return y[:, :, :-1] if y.shape[2] > 1 else y


@plant("last-row-repeated", r"unexplained, only in .*|" + READS)
def _(case, x, w):
    y = right(case, x, w)
    y[:, :, -1] = y[:, :, max(y.shape[2] - 2, 0)]
    return y


@plant("input-in-reverse", r"in reverse|reverses|mirror|" + READS)
def _(case, x, w):
    return right(case, np.flip(x, -1), w)


@plant("axes-swapped-in-3-d", r"swap")
def _(case, x, w):
    y = right(case, x, w)
    return np.swapaxes(y, 2, 3) if case.rank == 3 else y


# Padding.


@plant("pads-with-1", r"padding as 1")
def _(case, x, w):
    if case.op != "conv" or not case.pads_zeros:
        return right(case, x, w)
    return loops.convolved(case, x, w, [loops.windows(case, i, n) for i, n in enumerate(x.shape[2:])], 1.0)


@plant("pads-with-the-edge", r"edge repeated|repeats the edge|its own elements mirrored|its other end")
def _(case, x, w):
    return right(replace(case, padding_mode="replicate") if case.op == "conv" else case, x, w)


@plant("pads-with-zeros", r"with zeros instead|treats padding as 0|" + READS)
def _(case, x, w):
    return right(replace(case, padding_mode="zeros"), x, w)


@plant("max-pool-pads-with-0", r"padding as 0")
def _(case, x, w):
    if case.op != "max_pool" or case.adaptive:
        return right(case, x, w)
    return loops.pooled(case, x, [loops.windows(case, i, n) for i, n in enumerate(x.shape[2:])], 0.0)


@plant("padding-counted-otherwise", r"counts? its padding")
def _(case, x, w):
    return right(replace(case, count_include_pad=not loops.counted(case)) if case.op == "avg_pool" else case, x, w)


@plant("average-over-the-whole-kernel", r"counts its padding|divides by \d+ instead")
def _(case, x, w):
    if case.op != "avg_pool" or case.adaptive:
        return right(case, x, w)
    held = loops.gathered(x, [loops.windows(case, i, n) for i, n in enumerate(x.shape[2:])], 0.0)
    right(case, x, w)  # where there is no answer, this one has none
    return held.sum(axis=tuple(range(-case.rank, 0))) / np.prod(case.kernel)


# Channels and examples.


@plant("groups-ignored", r"input of the first group|channels of its input in another order")
def _(case, x, w):
    each = case.in_channels // case.groups
    return (
        right(case, np.tile(x[:, :each], (1, case.groups) + (1,) * case.rank), w)
        if w is not None
        else right(case, x, w)
    )


@plant("groups-permuted", r"channels of its input in another order")
def _(case, x, w):
    blocks = np.arange(case.in_channels).reshape(case.groups, -1)[::-1].ravel()
    return right(case, x[:, blocks] if w is not None else x, w)


@plant("channels-reversed", r"channels in another order|repeats channel")
def _(case, x, w):
    return right(case, x, w)[:, ::-1]


@plant("depth-multiplier-order", r"in another order")
def _(case, x, w):
    y = right(case, x, w)
    if case.groups == 1 or case.groups != case.in_channels:
        return y
    order = np.arange(case.out_channels).reshape(case.groups, -1).T.ravel()
    return y[:, order]


@plant("weights-of-channels-swapped", r"weights in another order")
def _(case, x, w):
    return right(case, x, w if w is None else w[::-1])


@plant("batch-reversed", r"batch in another order")
def _(case, x, w):
    return right(case, x[::-1], w)


@plant("batch-element-0-repeated", r"repeats example 1")
def _(case, x, w):
    return np.repeat(right(case, x, w)[:1], max(x.shape[0], 1), axis=0) if x.shape[0] else right(case, x, w)


# Numbers.


@plant("bias", r"adds 0\.001|adds 0\.000|adds 0\.00")
def _(case, x, w):
    return right(case, x, w) + 1e-3


@plant("bias-of-each-channel", r"adds a number of its own|adds [1-9]")
def _(case, x, w):
    y = right(case, x, w)
    return y + np.arange(1, y.shape[1] + 1).reshape((1, -1) + (1,) * case.rank)


@plant("scaled", r"multiplies its numbers by 1\.5|divides by")
def _(case, x, w):
    return right(case, x, w) * 1.5


@plant("summed-for-an-average", r"without dividing|divides by 1 instead")
def _(case, x, w):
    y = right(case, x, w)
    if case.op != "avg_pool" or case.adaptive:
        return y
    held = loops.gathered(x, [loops.windows(case, i, n) for i, n in enumerate(x.shape[2:])], 0.0)
    return held.sum(axis=tuple(range(-case.rank, 0)))


@plant("rounded-down", r"rounds its numbers (down|towards zero)")
def _(case, x, w):
    return np.floor(right(case, x, w))


@plant("rounded-to-whole-numbers", r"rounds its numbers")
def _(case, x, w):
    return np.rint(right(case, x, w))


@plant("clamped-at-0", r"clamps its numbers below at 0|negative inputs as 0")
def _(case, x, w):
    return np.maximum(right(case, x, w), 0)


@plant("clamped-to-6", r"clamps its numbers (below|above) at|clamps its inputs to 0 and 6|negative inputs as 0")
def _(case, x, w):
    return np.clip(right(case, x, w), 0, 6)


@plant("magnitudes", r"magnitudes of its numbers")
def _(case, x, w):
    return np.abs(right(case, x, w))


@plant("another-type", r"computes in another type", dtype="float64")
def _(case, x, w):
    return right(case, x, w)


@plant("nan", r"returns NaN everywhere")
def _(case, x, w):
    return np.full_like(right(case, x, w), np.nan)


@plant("infinity", r"returns infinity everywhere")
def _(case, x, w):
    return np.full_like(right(case, x, w), np.inf)


@plant("nan-in-a-corner", r"returns NaN in \d+ of|returns NaN everywhere")
def _(case, x, w):
    y = right(case, x, w)
    y[(..., *(-1,) * case.rank)] = np.nan
    return y


@plant("zero", r"returns zeros everywhere|reads nothing")
def _(case, x, w):
    return np.zeros_like(right(case, x, w))


@plant("constant", r"returns 5 everywhere")
def _(case, x, w):
    return np.full_like(right(case, x, w), 5)
