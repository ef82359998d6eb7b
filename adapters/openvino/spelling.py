"""OpenVINO on the CPU: functions of ``opset16``. Padding is two lists of numbers, or ``auto_pad``.

Weights are those of PyTorch; in groups, the function takes them with the groups as an axis of their own.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import math
from typing import Any

from ...cases.case import Case, Pads
from ..adaptive import outputs
from ..conventions import crops, lacking, numbers, pool_pads, split, together
from ..input_padding import by_mode, edge_repeated, input_pads, of_padded_input, one_mode
from ..spelling import Code, Inexpressible, Spelling, arguments

AUTO_PAD = {"valid": "valid", "same": "same_upper", "same_lower": "same_lower"}
MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "symmetric": "symmetric"}


def as_written(case: Case) -> Spelling | Inexpressible:
    """Return the layer as a user of this framework would write it, or why it cannot be expressed."""
    if case.out_channels < 0 or case.groups < 1 or case.out_channels % case.groups or case.in_channels % case.groups:
        return Inexpressible("OpenVINO takes filters and groups from the shape of the weights, and no array has that")
    if any(map(any, case.input_padding or ())):
        return Inexpressible("OpenVINO's transposed convolutions do not pad their input")
    case = one_mode(case)
    if case.op == "conv" and not case.pads_zeros and case.padding != "valid":
        return Inexpressible("OpenVINO's convolutions pad with zeros only")
    if case.divisor_override is not None:
        return Inexpressible("OpenVINO's average pool has no divisor of its own")
    if case.output_size is not None:
        return Spelling(_function(case, _adaptive(case)))
    rounding = "ceil" if case.ceil_mode else None
    if not isinstance(case.padding, str):
        return Spelling(_function(case, _layer(case, "x", case.padding, rounding=rounding)))
    if lacking(case.padding, tuple(AUTO_PAD)):
        return Inexpressible(f"OpenVINO has no auto_pad for {case.padding!r}")
    word = AUTO_PAD.get(case.padding, case.padding)
    source = _function(case, _layer(case, "x", ((0, 0),) * case.rank, word, rounding))
    return Spelling(source, words=f"auto_pad={word!r}")


def port(case: Case) -> Spelling | Inexpressible:
    """Return source that reproduces a case exactly in this framework, or why nothing can."""
    if case.dtype in ("float64", "int32", "int64"):
        return Inexpressible(f"OpenVINO 2026.4 computes {case.dtype} in float32 on the CPU")
    if case.pools and case.batch == 0:
        return Inexpressible("OpenVINO's pools refuse an empty batch")
    if case.batch == 0 and "circular" in case.modes:
        return Inexpressible("OpenVINO 2026.4 ends the process if gather takes elements of an empty batch")
    return Spelling(_function(case, PORTS[case.op](edge_repeated(one_mode(case)))))


def _conv_port(case: Case) -> str:
    more, cut = split(numbers(case))
    if case.pads_zeros:
        return _layer(case, _padded("x", _negative(cut)), more)
    return _layer(case, _padded(_padded_input(case, more), _negative(cut)))


def _transposed_port(case: Case) -> str:
    x, case = _padded_input(case, input_pads(case)), of_padded_input(case)
    within, extra = split(crops(case))
    before = tuple((first, 0) for first, _ in extra)
    beyond = [last for _, last in extra]
    return _padded(_transposed(case, x, within, output_padding=beyond if any(beyond) else None), before)


def _pool_port(case: Case) -> str:
    if case.output_size is not None:
        return _adaptive(case, "i32")
    pads, over = pool_pads(case)
    more, cut = split(pads)
    x, wide = _padded("x", _negative(cut)), together(more, over)
    if case.op == "max_pool":
        return _max_pool(case, x, wide)
    if case.divisor_override is not None:
        size, divisor = (f"ops.convert_like({number}, x)" for number in (math.prod(case.kernel), case.divisor_override))
        return f"{_avg_pool(case, x, wide, exclude_pad=False)} * {size} / {divisor}"
    if case.counts_padding and any(map(any, over)):  # what hangs over is not counted
        return _avg_pool(case, _padded(x, more), over, exclude_pad=True)
    return _avg_pool(case, x, wide, exclude_pad=not case.counts_padding)


def _padded_input(case: Case, pads: Pads) -> str:
    """Return source text of ``x`` padded by the padding mode of each axis."""
    x = "x"
    for mode, part in by_mode(case, pads):
        if mode != "circular":
            x = _padded(x, part, MODES[mode])
            continue
        for axis, ((before, after), n) in enumerate(zip(part, case.input), 2):
            if before or after:
                x = f"ops.gather({x}, np.pad(np.arange({n}), ({before}, {after}), 'wrap'), axis={axis})"
    return x


def _padded(x: str, pads: Pads, mode: str = "constant") -> str:
    """Return source text that pads ``x``, or crops it by negative pads; ``x`` itself if there is nothing to do."""
    if not any(map(any, pads)):
        return x
    before, after = ([0, 0, *sides] for sides in zip(*pads))
    return f"ops.pad({x}, {before}, {after}, {mode!r})"


def _negative(cut: Pads) -> Pads:
    return tuple((-before, -after) for before, after in cut)


def _function(case: Case, text: str) -> str:
    return f"lambda {'x' if case.pools else 'x, w'}: {text}"


def _layer(case: Case, x: str, pads: Pads | None = None, word: str | None = None, rounding: str | None = None) -> str:
    """Return the layer on ``x``, with these pads or this ``auto_pad``."""
    whole = ((0, 0),) * case.rank if pads is None else pads
    if case.op == "conv":
        return _conv(case, x, whole, word)
    if case.op == "conv_transpose":
        asked = None if case.output_padding is None else list(case.output_padding)
        return _transposed(case, x, whole, word, asked)
    if case.op == "max_pool":
        return _max_pool(case, x, whole, word, rounding)
    return _avg_pool(case, x, whole, word, rounding, exclude_pad=not case.counts_padding)


def _conv(case: Case, x: str, pads: Pads, word: str | None = None) -> str:
    given = arguments(
        *(Code(x), Code(_weights(case))),
        strides=list(case.stride),
        **_sides(pads),
        dilations=list(case.dilation),
        auto_pad=word,
    )
    return f"ops.{_grouped(case)}convolution({given})"


def _transposed(
    case: Case, x: str, pads: Pads, word: str | None = None, output_padding: list[int] | None = None
) -> str:
    given = arguments(
        *(Code(x), Code(_weights(case))),
        strides=list(case.stride),
        **(_sides(pads) if any(map(any, pads)) else {}),
        dilations=None if set(case.dilation) == {1} else list(case.dilation),
        auto_pad=word,
        output_padding=output_padding,
    )
    return f"ops.{_grouped(case)}convolution_backprop_data({given})"


def _max_pool(case: Case, x: str, pads: Pads, word: str | None = None, rounding: str | None = None) -> str:
    given = arguments(
        Code(x),
        strides=list(case.stride),
        dilations=list(case.dilation),
        **_sides(pads),
        kernel_shape=list(case.kernel),
        rounding_type=rounding,
        auto_pad=word,
    )
    return f"ops.max_pool({given})"


def _avg_pool(
    case: Case, x: str, pads: Pads, word: str | None = None, rounding: str | None = None, *, exclude_pad: bool
) -> str:
    given = arguments(
        Code(x),
        strides=list(case.stride),
        **_sides(pads),
        kernel_shape=list(case.kernel),
        exclude_pad=exclude_pad,
        rounding_type=rounding,
        auto_pad=word,
        dilations=list(case.dilation),  # without which OpenVINO 2026.4.1 ends the process
    )
    return f"ops.avg_pool({given})"


def _adaptive(case: Case, index_type: str | None = None) -> str:
    """Return an adaptive pool; a maximum also returns indices of this type."""
    kinds = {"index_element_type": index_type} if case.op == "max_pool" else {}
    return f"ops.adaptive_{case.op}({arguments(Code('x'), list(outputs(case)), **kinds)})"


def _sides(pads: Pads) -> dict[str, Any]:
    return {"pads_begin": [before for before, _ in pads], "pads_end": [after for _, after in pads]}


def _grouped(case: Case) -> str:
    return "group_" if case.groups > 1 else ""


def _weights(case: Case) -> str:
    """Return source text of the weights, for groups with an axis of their own in front."""
    if case.groups < 2:
        return "w"
    inputs, outputs = case.in_channels // case.groups, case.out_channels // case.groups
    ends = (inputs, outputs) if case.op == "conv_transpose" else (outputs, inputs)
    return f"ops.reshape(w, {[case.groups, *ends, *case.kernel]}, False)"


PORTS = {"conv": _conv_port, "conv_transpose": _transposed_port, "max_pool": _pool_port, "avg_pool": _pool_port}
