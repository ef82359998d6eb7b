"""The settings of a recorded model that are not the defaults of another framework, where ports leave them out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...adapters.models.recording import Call, Recording
from ...adapters.registry import held
from ...cases.text import count, printable
from .defaults import NOUNS, TITLES, Default, table

LATER = ("momentum",)  # settings that inference does not show
ADVICE = {
    "flatten": "give the dense layer after it its weights in the other order",
    "gelu": "the layer has no such form; write it as a function",
}


@dataclass
class Trap:
    """Calls of a model with one value of a setting that is not the framework's default, and their places."""

    default: Default
    value: Any
    places: list[str] = field(default_factory=list)

    @property
    def write(self) -> str:
        """The spelling of the value in the framework; empty where its layer does not have the setting."""
        value = self.value
        return self.default.write.format(
            value=value,
            rest=f"{1 - value:.6g}" if isinstance(value, float) else "",
            tanh=value == "tanh",
            aligned=value == "aligned",
            onnx="align_corners" if value == "aligned" else str(value).replace("-", "_"),
            number=int(value is True),
        )

    def sentence(self) -> str:
        """Return the model's setting, the framework's default, and the line to write."""
        row = self.default
        verb, more = ("has", "") if len(self.places) == 1 else ("have", ", ...")
        lead = f"{count(len(self.places), NOUNS[row.kind])} ({printable(self.places[0], 100)}{more}) {verb}"
        setting = f"{row.setting.replace('_', ' ')} {_shown(self.value)}"
        later = ", which shows in training only" if row.setting in LATER else ""
        default = f"the default of {TITLES[row.framework]} is {_shown(row.value)}"
        advice = f"write {self.write}" if self.write else ADVICE.get(row.kind, "its layer has no such setting")
        return f"{lead} {setting}{later}; {default}: {advice}"

    def to_json(self) -> dict[str, Any]:
        """Return the trap as ``--json`` writes it."""
        row = self.default
        return {
            "kind": row.kind,
            "setting": row.setting,
            "value": self.value,
            "default": row.value,
            "write": self.write or None,
            "source": row.source,
            "layers": self.places,
        }


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else value


def traps(recording: Recording, adapter: str) -> list[Trap]:
    """Return the settings of a model that are not the defaults of an adapter's framework, in the model's order."""
    framework = held(adapter).split()[0]
    rows = {(row.kind, row.setting): row for row in table() if row.framework == framework}
    found: dict[tuple[str, str, Any], Trap] = {}
    for call in recording.calls:
        for kind, setting, value in settings(recording, call):
            row = rows.get((kind, setting))
            if row and not _same(row.value, value):
                trap = found.setdefault((kind, setting, value), Trap(row, value))
                trap.places.append(call.path or call.name)
    return list(found.values())


def settings(recording: Recording, call: Call) -> Iterator[tuple[str, str, Any]]:
    """Yield the kind, the setting and its value for each setting of a call that the table has."""
    own = {**call.settings, **call.later}
    if call.kind.endswith("_norm"):
        yield from ((call.kind, name, float(own[name])) for name in ("epsilon", "momentum") if name in own)
    elif call.kind == "activation":
        yield from _activation(own["form"], own["parameters"])
    elif call.kind == "resize" and own["mode"] in ("linear", "cubic"):
        yield "resize", "corners", own["corners"]
    elif call.kind == "avg_pool" and any(map(any, own["pads"])):
        yield "avg_pool", "count_include_pad", bool(own["count_include_pad"])
    elif call.kind == "flatten" and call.inputs:
        channels, *spatial = recording.canonical(call.inputs[0]).shape[1:]
        layout = recording.layouts[call.inputs[0]]
        if channels > 1 and math.prod(spatial) > 1 and layout:
            yield "flatten", "order", layout.replace("_", " ")


def _activation(form: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    if form in ("gelu", "gelu_tanh"):
        yield "gelu", "approximation", "tanh" if form == "gelu_tanh" else "none"
    if form in ("hardsigmoid", "hardswish"):
        yield "hard_sigmoid", "slope", 1 / 6
    if form == "leaky_relu":
        yield "leaky_relu", "slope", float(parameters["negative_slope"])


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-5)
    return bool(one == other)
