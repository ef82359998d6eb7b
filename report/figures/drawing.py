"""The HTML report's drawing alone, for a notebook: the padded input and the windows of two layers, step by step.

It is built from the report's own sources into ``drawing.html`` and needs neither a kernel nor the network. Where no
script runs, its static picture stays in its place.
"""

from __future__ import annotations

import base64
import gzip
import json
import secrets
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from ...cases.errors import InputError
from .figure import Figure
from .reads import Along, Side
from .windows import UNITS

LARGEST = 2**15  # entries of a map
HEIGHT = 460  # pixels, until the frame has said how tall it is
PLACE = """<div id="{id}">{still}</div>
<script>(async () => {{
  const frame = document.createElement("iframe");
  frame.title = "Windows";
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = "width:100%;height:{height}px;border:0";
  const packed = Uint8Array.from(atob("{packed}"), (letter) => letter.charCodeAt(0));
  frame.srcdoc = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  addEventListener("message", (event) => {{
    const height = event.source === frame.contentWindow && event.data?.convparity;
    if (height) frame.style.height = height + "px";
  }});
  document.getElementById("{id}").replaceChildren(frame);
}})()</script>"""


class Drawing:
    """The windows of several sides, of which a notebook shows two. ``alt`` says in words what is seen at first.

    ``figure`` is its static picture; None where Matplotlib is missing.
    """

    def __init__(
        self, sides: Sequence[Side], chosen: tuple[int, int], figure: Figure | None, alt: str, dark: bool | None = None
    ) -> None:
        """``chosen`` are the numbers of the sides that are drawn first. ``dark`` fixes the theme of the notebook's."""
        self.sides, self.chosen, self.figure, self.alt, self.dark = tuple(sides), chosen, figure, alt, dark

    def payload(self) -> dict[str, Any]:
        """Return the content of the page, as ``app/src/view/Alone.tsx`` describes it."""
        first = self.sides[0]
        return {
            "sides": [
                {"name": side.name, "line": side.line, "maps": [axis_map(along) for along in side.along]}
                for side in self.sides
            ],
            "chosen": list(self.chosen),
            "output": [],
            "axes": list(UNITS[len(first.along)]),
            "transposed": first.transposed,
            "theme": "" if self.dark is None else "dark" if self.dark else "light",
        }

    def page(self) -> str:
        """Return the drawing as a complete page of HTML."""
        empty = files("convparity.report").joinpath("drawing.html").read_text(encoding="utf-8")
        return empty.replace("@PAYLOAD@", _inside_a_script(self.payload()), 1)

    def __repr__(self) -> str:
        return f"<Drawing: {self.alt}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return what a notebook shows: the drawing, for viewers without scripts the picture, and else the words."""
        still = f"<p>{escape(self.alt)}</p>"
        shown: dict[str, Any] = {"text/plain": repr(self)}
        if self.figure:
            shown["image/svg+xml"] = self.figure.svg()
            still = self.figure.image()
        id = f"convparity-{secrets.token_hex(8)}"
        packed = base64.b64encode(gzip.compress(self.page().encode(), mtime=0)).decode()
        return {**shown, "text/html": PLACE.format(id=id, still=still, height=HEIGHT, packed=packed)}


def axis_map(along: Along) -> dict[str, Any]:
    """Return what is read along an axis as ``app/src/payload.ts`` describes a map.

    Raise InputError if it is too large to draw.
    """
    outputs, taps = len(along.windows), max(map(len, along.windows), default=0)
    if outputs * taps > LARGEST:
        raise InputError([f"the layer is too large to draw: {outputs * taps:,} pairs of an output and a tap"])
    whole = {"outputs": outputs, "taps": taps, "size": along.size}
    starts = [window[0] for window in along.windows if window]
    if starts and starts[0] is not None:
        stride = (starts[1] or 0) - starts[0] if len(starts) > 1 else 1
        dilation = (along.windows[0][1] or 0) - starts[0] if taps > 1 else 1
        line = tuple(
            tuple(starts[0] + output * stride + tap * dilation for tap in range(taps)) for output in range(outputs)
        )
        if line == along.windows:
            return {**whole, "before": -starts[0], "stride": stride, "dilation": dilation}
    inside = [
        [place if place is not None and 0 <= place < along.size else -1 for place in one] for one in along.windows
    ]
    return {**whole, "reads": [place for window in inside for place in (*window, *[-1] * (taps - len(window)))]}


def _inside_a_script(value: object) -> str:
    """Return a value as JSON that may stand inside a script element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
