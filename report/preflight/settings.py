"""Checks the settings of recorded calls, which may come from a file that somebody else wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...adapters.models.kinds import TRANSPOSED
from ...adapters.models.recording import Call, Recording, Unreadable
from ...cases.text import shown


def _whole(value: Any) -> bool:
    return type(value) is int


def _number(value: Any) -> bool:
    return type(value) in (int, float)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _each(check: Callable[[Any], bool], *lengths: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and (len(value) in lengths if lengths else bool(value)) and all(map(check, value))
    )


PAIRS = _each(_each(_whole, 2))
SIZES = _each(_whole, 1, 2, 3)
WINDOWS = {"kernel": SIZES, "stride": SIZES, "dilation": SIZES, "pads": PAIRS}
SETTINGS: dict[str, dict[str, Callable[[Any], bool]]] = {  # those that a preflight needs, by the kind of the call
    "conv": {**WINDOWS, "groups": _whole},
    TRANSPOSED: {**WINDOWS, "groups": _whole, "output_padding": SIZES},
    "max_pool": {**WINDOWS, "ceil": _flag},
    "avg_pool": {**WINDOWS, "ceil": _flag, "count_include_pad": _flag},
    "pad": {"pads": PAIRS, "mode": _text, "value": _number},
    "resize": {"mode": _text, "corners": _text},
    "activation": {"form": _text, "parameters": lambda value: isinstance(value, dict)},
    "batch_norm": {"epsilon": _number},
    "layer_norm": {"epsilon": _number},
    "group_norm": {"epsilon": _number},
    "instance_norm": {"epsilon": _number},
}
OPTIONAL = {"word": _text, "momentum": _number}


def check(recording: Recording) -> None:
    """Raise Unreadable at the first call whose settings are not those of its kind."""
    for call in recording.calls:
        given = {**call.settings, **call.later}
        for name, sound in SETTINGS.get(call.kind, {}).items():
            if name not in given:
                raise Unreadable(f"{_place(recording, call)} has no setting {name}")
            if not sound(given[name]):
                raise Unreadable(f"{_place(recording, call)} has {name} = {shown(given[name])}")
        for name, sound in OPTIONAL.items():
            if name in given and not sound(given[name]):
                raise Unreadable(f"{_place(recording, call)} has {name} = {shown(given[name])}")
        lengths = {len(call.settings[name]) for name in WINDOWS if SETTINGS.get(call.kind, {}).keys() >= {*WINDOWS}}
        if len(lengths) > 1:
            raise Unreadable(f"{_place(recording, call)} has settings for different numbers of axes")
        if (not call.inputs and call.kind in SETTINGS) or not call.outputs:
            raise Unreadable(f"{_place(recording, call)} reads or makes nothing")


def _place(recording: Recording, call: Call) -> str:
    return f"{recording.folder}: call {call.number} ({call.kind})"
