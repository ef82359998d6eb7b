"""A line to paste: the port of a line of source in another framework, with its bias, activations and name.

The lines that a run of a catalog executes have none of these; so such a line is predicted until it has been run itself.

Pure: the standard library only.
"""

from __future__ import annotations

from dataclasses import replace

from ..cases.case import Case
from .conventions import crops
from .dressed import dressed
from .dressing import BARE, Dressing
from .expression import Reading
from .prediction import predict, read_line
from .spelling import Inexpressible, Spelling

LONGER = "  # its kernel spread with zeros, up to the end of the output padding"


def port_line(case: Case, adapter: str, dressing: Dressing = BARE) -> str:
    """Return the line that reproduces a case in an adapter's framework, dressed; empty if there is none."""
    found = spell_port(case, adapter, dressing.bias)
    return "" if isinstance(found, Inexpressible) else dressed(found.source, adapter, dressing)


def spell_port(case: Case, adapter: str, bias: bool) -> Spelling | Inexpressible:
    """Return the spelling that reproduces a case in an adapter's framework, also with a bias; or why there is none.

    Where the port pads the output of a transposed convolution, a bias would not be added to the padding. Zeros at the
    end of its kernel make the output as long, and everything has the bias.
    """
    found = predict(case, adapter, "port")
    if bias and case.op == "conv_transpose" and found.reading and found.reading.pads_after:
        longer = predict(widened(case), adapter, "port")
        if isinstance(longer.spelling, Spelling) and longer.reading and not longer.reading.pads_after:
            return replace(longer.spelling, source=longer.spelling.source.partition("  # ")[0] + LONGER)
    return found.spelling


def read_spelled(source: str, case: Case) -> Reading | None:
    """Return the layer that a spelled line of a case is read as; None for a line that the reader does not read."""
    return read_line(source, widened(case) if source.endswith(LONGER) else case)


def widened(case: Case) -> Case:
    """Return a transposed convolution whose kernel, spread with zeros, is as long as its output padding makes it."""
    cut = crops(case)
    more = [max(-after, 0) for _, after in cut]
    kernel = tuple(d * (k - 1) + 1 + beyond for k, d, beyond in zip(case.kernel, case.dilation, more))
    padding = tuple((before, max(after, 0)) for before, after in cut)
    return replace(case, kernel=kernel, padding=padding, dilation=(1,) * case.rank, output_padding=None)
