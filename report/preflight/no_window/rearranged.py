"""Why a line for a reshape or a transpose is as it is, and what people write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....adapters.rearranged import PERMUTE, RESHAPE, changes_layout, image, steps
from ....adapters.torch import rearranging as torch
from ....adapters.windowless import one_order

CHANNELS_LAST = ("keras", "flax")
TO_CHANNELS = ".permute(0, 2, 1)"  # moves the last axis of a sequence to the place of the channels


def naive(kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], target: str) -> str:
    """Return the line with the line's own numbers, where it is another layer; empty where there is none."""
    last = target in CHANNELS_LAST
    if settings["last"] == last:
        return ""
    if kind == PERMUTE:
        axes = settings["axes"]
        if changes_layout(settings, last):
            return ""
        same = [(PERMUTE, axes)] if axes != tuple(range(len(axes))) else []
        lines = {"torch": f"x.permute{axes}", "keras": f"layers.Permute({axes[1:]})"}
        return "" if same == steps(kind, settings, sizes, last) else lines.get(target, "")
    found = steps(kind, settings, sizes, last)
    if found[-1][0] == RESHAPE and (len(found) == 1 or one_order(image(settings))):
        return ""
    channels, *spatial = image(settings)
    shape = (*spatial, channels) if last else (channels, *spatial)
    told = ", ".join(map(str, shape))
    view = "view" if len(sizes) == 1 else "reshape"
    return {"torch": f"x.{view}(-1, {told})", "keras": f"layers.Reshape(({told}))"}.get(target, "")


def lead(kind: str, settings: Mapping[str, Any], target: str, framework: str) -> Iterator[str]:
    """Yield the sentences before the line of a transpose that may only move the channels to where a framework has them.

    The last of them leads to the line.
    """
    if kind == PERMUTE and changes_layout(settings, target in CHANNELS_LAST):
        place = "last" if target in CHANNELS_LAST else "first"
        yield f"In {framework}, leave it out if it is there to move the channels: they are {place} already."
        yield f"If the layers after it take its {'axis 1' if place == 'last' else 'last axis'} for the channels, write"


def why(
    kind: str, settings: Mapping[str, Any], sizes: tuple[int, ...], source: str, target: str, titles: Mapping[str, str]
) -> Iterator[str]:
    """Yield the sentences about a reshape or a transpose between the frameworks of two folders."""
    last = target in CHANNELS_LAST
    one, other = titles[source], titles[target]
    if settings["last"] == last:
        return
    places = ("first", "last") if last else ("last", "first")
    if kind == PERMUTE:
        if len(sizes) > 1:
            yield f"{one} has the channels {places[0]}, {other} {places[1]}."
        return
    found = steps(kind, settings, sizes, last)
    if len(found) > 1:
        yield (
            f"{one} fills an array with the channels {places[0]}. So does the line, which then moves them. A reshape "
            "alone has the right shape, but its numbers are in other places."
        )
    elif len(sizes) > 1 and not one_order(sizes):
        yield "It leaves the channels as they are, so the elements keep their order."
    if len(image(settings)) == 2 and target == "torch":
        line = torch.write(kind, settings, sizes)
        rows = line.removesuffix(TO_CHANNELS) if line.endswith(TO_CHANNELS) else f"{line}.transpose(1, 2)"
        yield (
            "Its channels are at axis 1, as nn.Conv1d reads them. nn.Linear, nn.LayerNorm and attention go along the "
            f"last axis: for these, write {rows}."
        )
