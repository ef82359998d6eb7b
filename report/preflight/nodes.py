"""The calls of a recording as nodes of a graph: each with the case that it is, and with the pads before it folded in.

A zero pad whose result only one convolution reads is part of that convolution, as it is where people write a port.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...adapters.models.kinds import CONVOLUTIONS
from ...adapters.models.recording import Call, Recording
from ...cases.arithmetic import axes
from ...cases.case import Case
from ...cases.catalog.validate import make_case
from ...cases.dtypes import DTYPES
from ...cases.errors import InputError
from ...cases.text import shape_text

WINDOWED = (*CONVOLUTIONS, "max_pool", "avg_pool")
LOOKS_WINDOWED = re.compile(r"conv|pool", re.IGNORECASE)
MODES = {"constant": "zeros", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


@dataclass(frozen=True)
class Node:
    """A call with the values that it reads, and the case that it is, if it is one.

    ``shapes`` are those of its first input and output, channels first. ``padding`` are the calls that are folded into
    it. ``left_out`` says why a convolution or pool is no case; it is empty for other calls.
    """

    call: Call
    inputs: tuple[int, ...]
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    case: Case | None = None
    padding: tuple[Call, ...] = ()
    left_out: str = ""

    @property
    def path(self) -> str:
        """The place in the model, or the name of the function where that is unknown."""
        return self.call.path or self.call.name


def nodes(recording: Recording) -> list[Node]:
    """Return the nodes of a recording in the order of its calls, without the pads that are part of other nodes."""
    readers = Counter(value for call in recording.calls for value in call.inputs)
    readers.update(recording.outputs)
    made_by = {value: call for call in recording.calls for value in call.outputs}
    found: dict[int, Node] = {}
    for call in recording.calls:
        pads: list[Call] = []
        while call.kind in WINDOWED and (pad := made_by.get((pads[0] if pads else call).inputs[0])):
            if pad.kind != "pad" or readers[pad.outputs[0]] > 1:
                break
            pads.insert(0, pad)
        found[call.number] = node = _node(recording, call, pads)
        for pad in node.padding:
            found.pop(pad.number)
    return list(found.values())


def _node(recording: Recording, call: Call, pads: Sequence[Call]) -> Node:
    """Return the node of a call with as many of the pads before it as are part of it."""
    for number in range(len(pads) + 1):
        padding = tuple(pads[number:])
        inputs = padding[0].inputs if padding else call.inputs
        shapes = _shape(recording, inputs[:1]), _shape(recording, call.outputs[:1])
        if call.kind not in WINDOWED:
            return Node(call, inputs, shapes, left_out=_not_windowed(call, *shapes))
        settings = _folded(call, padding)
        if settings is None:
            continue
        try:
            dtype = recording.array(inputs[0]).dtype.name
            return Node(call, inputs, shapes, _case(recording, call, settings, shapes, dtype), padding)
        except InputError as error:
            if not padding:
                return Node(call, inputs, shapes, left_out=error.problems[0])
    raise AssertionError("without pads, there is always an answer")


def _shape(recording: Recording, values: Sequence[int]) -> tuple[int, ...]:
    return recording.canonical(values[0]).shape if values else ()


def _not_windowed(call: Call, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """Return why a call that its name calls a convolution or pool is no case; empty for other calls."""
    if not LOOKS_WINDOWED.search(call.name) or call.kind not in ("mean", "other"):
        return ""
    if call.kind == "mean":
        return "it averages its whole input, so it has no windows"
    if "sizes" in call.settings or "adaptive" in call.name.lower():
        return f"its windows follow from the size of its input: {shape_text(before[2:])} to {shape_text(after[2:])}"
    return "convparity does not know its settings"


def _folded(call: Call, pads: Sequence[Call]) -> dict[str, Any] | None:
    """Return the settings of a call together with the pads before it; None where the pads are no part of it."""
    if not pads:
        return call.settings
    own: list[list[int]] = call.settings["pads"]
    rank, mode = len(own), MODES.get(pads[0].settings["mode"])
    padded = any(map(any, own))
    if call.kind not in ("conv", "avg_pool") or mode is None:
        return None
    if call.settings.get("word", "valid") != "valid":  # which stands for other pads on another size
        return None
    if (len(pads) > 1 and mode != "zeros") or (padded and (call.kind == "avg_pool" or mode != "zeros")):
        return None
    if mode != "zeros" and call.kind != "conv":
        return None
    total = [list(sides) for sides in own]
    for pad in pads:
        every: list[list[int]] = pad.settings["pads"]
        outside = any(any(sides) for sides in every[: len(every) - rank])
        if outside or len(every) < rank or MODES.get(pad.settings["mode"]) != mode or pad.settings["value"]:
            return None
        if min(min(sides) for sides in every) < 0:  # a crop is written as a crop in every framework
            return None
        total = [[b + more[0], a + more[1]] for (b, a), more in zip(total, every[-rank:], strict=True)]
    if not any(map(any, total)):
        return None
    folded = {name: value for name, value in call.settings.items() if name != "word"}
    return {**folded, "pads": total, "mode": mode, **({"count_include_pad": True} if call.kind == "avg_pool" else {})}


def _case(
    recording: Recording,
    call: Call,
    settings: dict[str, Any],
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    dtype: str,
) -> Case:
    """Return the case of a convolution or pool. Raise InputError, with the reason, if it is none."""
    before, after = shapes
    rank = len(settings["kernel"])
    if len(before) != rank + 2:
        raise InputError([f"its input {shape_text(before)} has no batch, or is in another layout"])
    if dtype not in DTYPES:
        raise InputError([f"it computes in {dtype}; expected one of {', '.join(DTYPES)}"])
    if settings.get("divisor") is not None:
        raise InputError([f"it divides by {settings['divisor']}, whatever is in its windows"])
    fields: dict[str, Any] = {
        "op": call.kind,
        "batch": before[0],
        "in_channels": before[1],
        "out_channels": after[1],
        "groups": settings.get("groups", 1),
        "input": list(before[2:]),
        "padding": settings.get("word") or [list(sides) for sides in settings["pads"]],
        "padding_mode": settings.get("mode", "zeros"),
        "ceil_mode": settings.get("ceil", False),
        "dtype": dtype,
        **{name: list(settings[name]) for name in ("kernel", "stride", "dilation")},
    }
    if any(settings.get("output_padding", ())):
        fields["output_padding"] = list(settings["output_padding"])
    if call.kind == "avg_pool" and settings["count_include_pad"] != (not isinstance(fields["padding"], str)):
        fields["count_include_pad"] = settings["count_include_pad"]
    case = make_case(**fields)
    found = axes(case)
    sizes = tuple(axis.output for axis in found) if isinstance(found, tuple) else None
    if sizes != after[2:] or case.out_channels != after[1]:
        computed = (after[0], case.out_channels, *(sizes or ()))
        raise InputError([f"its output is {shape_text(after)}; its settings give {shape_text(computed)}"])
    return replace(case, id="")
