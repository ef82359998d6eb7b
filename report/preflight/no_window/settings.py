"""The settings of a layer without a window by which two lines of source are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ....adapters.reading.literals import dotted
from ....adapters.registry import NAMES, folder, title
from ....adapters.windowless import one_order
from .activations import activation_of
from .answers import answers, call_of, windowless
from .batch_norms import norm_of, settings

LATER = ("momentum",)  # settings that inference does not show
COMPARED = {  # by kind; the others do not show in the output, or are given by the shapes
    "batch_norm": ("epsilon", "momentum"),
    "layer_norm": ("epsilon", "axes"),
    "group_norm": ("epsilon", "groups"),
    "dense": ("outputs",),
    "flatten": ("order",),
    "pad": ("pads", "mode", "value"),
    "resize": ("mode", "corners", "size", "antialias"),
    "activation": ("form", "slope"),
    "softmax": ("log", "axis"),
    "prelu": ("slopes",),
    "instance_norm": ("epsilon", "scale", "shift"),
    "depth_to_space": ("block", "order"),
    "space_to_depth": ("block", "order"),
    "response_norm": ("size", "alpha", "beta", "bias"),
}

SLOPES = {(): "one", (1,): "one for each channel"}  # of a PReLU, by the axes along which they differ


@dataclass(frozen=True)
class Described:
    """A layer without a window: the title of its framework, its kind, and the settings that it is compared by."""

    framework: str
    kind: str
    settings: Mapping[str, Any]

    def differing(self, other: Described) -> list[str]:
        """Return the names of the settings in which another layer of this kind differs."""
        return [name for name, value in self.settings.items() if not _same(value, other.settings.get(name))]

    def against(self, other: Described) -> str:
        """Return how another layer of this kind differs, as the rest of a sentence; empty if it does not."""
        if self.kind == "flatten" and self.differing(other):
            place = str(self.settings["order"]).removeprefix("channels ")
            return f"flattens with the {other.settings['order']} where the original has them {place}"
        return ", and ".join(
            f"has {name} {_shown(other.settings.get(name))} where the original has {_shown(self.settings[name])}"
            for name in self.differing(other)
        )


def described(line: str, sizes: tuple[int, ...]) -> Described | None:
    """Return the layer of a line on an input (C, *spatial); None for a layer that is not compared."""
    call = call_of(line)
    name = dotted(call.func) if call else ""
    if call and (package := norm_of(line, call, name)):
        found = {name: round(value, 12) for name, value in settings(call, package).items()}
        return Described(_title(package), "batch_norm", found)
    if call and (known := activation_of(call, name)):
        package, form = known
        return Described(_title(package), "activation", {"form": form.kind, "slope": form.slope})
    asked = windowless(line, sizes)
    if asked is None or asked.kind not in COMPARED:
        return None
    own = dict(asked.settings)
    if asked.kind == "flatten":
        own["order"] = "any" if one_order(sizes) else "channels last" if own["last"] else "channels first"
    if asked.kind == "layer_norm":
        own["axes"] = own["over"]
    if asked.kind == "softmax":
        own["axis"] = {0: "batch", 1: "channels"}.get(own["axis"], f"spatial {own['axis'] - 1}")
    if asked.kind == "prelu":
        own["slopes"] = SLOPES.get(tuple(own["own"]), "one for each element")
    kept = {name: own[name] for name in COMPARED[asked.kind] if name in own}
    return Described(_title(asked.folder), asked.kind, kept)


def written(line: str, sizes: tuple[int, ...], adapter: str) -> str:
    """Return the line to write in an adapter's framework for a line; empty if none is known."""
    told = answers(line, sizes, [adapter]) or []
    return next((text.strip() for text in told if text.startswith("    ")), "")


def _same(one: Any, other: Any) -> bool:
    return math.isclose(one, other) if isinstance(one, float) and isinstance(other, float) else bool(one == other)


def _title(framework: str) -> str:
    return next(title(name) for name in NAMES if folder(name) == framework)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value).replace("_", " ")
