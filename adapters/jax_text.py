"""Source text that pads, crops and slides over an input, as adapters on JAX and that of MLX write it.

Pure: the standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..cases.case import Case, Pads
from .conventions import slices
from .input_padding import by_mode

MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap", "symmetric": "symmetric"}


@dataclass(frozen=True)
class Axes:
    """The axes of an array beside its spatial ones: how many come before them, and how many after.

    ``pads`` is the name of the module that has ``pad``.
    """

    before: int
    after: int
    pads: str = "jnp"

    def every(self, pads: Pads) -> Pads:
        """Return pads for all axes, with none beside the spatial ones."""
        return ((0, 0),) * self.before + pads + ((0, 0),) * self.after

    def padded(self, case: Case, pads: Pads) -> str:
        """Return source text of ``x`` padded by the padding mode of each axis."""
        x = "x"
        for mode, part in by_mode(case, pads):
            x = f"{self.pads}.pad({x}, {self.every(part)!r}, mode={MODES[mode]!r})"
        return x

    def filled(self, x: str, pads: Pads, value: str = "") -> str:
        """Return source text of ``x`` padded with zeros, or another value."""
        given = f", constant_values={value}" if value else ""
        return f"{self.pads}.pad({x}, {self.every(pads)!r}{given})" if any(map(any, pads)) else x

    def sliced(self, x: str, cut: Pads) -> str:
        """Return source text of ``x`` with its spatial axes cropped."""
        return f"{x}[{':, ' * self.before}{slices(cut)}{', :' * self.after}]" if any(map(any, cut)) else x


CHANNELS_LAST = Axes(1, 1)
ONE_EXAMPLE = Axes(1, 0)  # without a batch, the channels first
