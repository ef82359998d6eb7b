"""Lines that are measured once: the probe need not run a line of code again for another case that is spelled alike.

The probe runs a sibling of a case, spelled as the case is. The elements that it reads are a matter of that line, its
input and its weights, and of nothing else. Keras, for example, spells every padding as one of two words. So the
sampling of a line is measured once for all cases that share the line, the input size and the sibling's channels; the
values of each case are run and compared for it alone. Nothing is taken over from a line that differs, however little.
A few of the cases are measured all the same, to find a framework that does not do the same thing twice.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

from ..adapters.adapter import Adapter
from ..adapters.spelling import Spelling
from ..adapters.worker import probe
from ..adapters.worker.protocol import Written
from ..adapters.worker.serve import spell
from ..cases.case import Case, Sizes

CHECKED = 50  # one in so many cases is measured as a check


def line(adapter: type[Adapter], case: Case, sizes: Sizes, which: Written) -> str:
    """Return the key of the probe's run for a case on an input of these sizes; empty if that is not known.

    It is the source of the sibling and everything that its input and weights are made from.
    """
    try:
        sibling = probe.sibling(case)
        spelling = spell(adapter, sibling, which)
    except Exception:  # the worker will have the same error, and report it
        return ""
    if not isinstance(spelling, Spelling):
        return ""
    ones, none = (1,) * case.rank, ((0, 0),) * case.rank
    arrays = replace(sibling.on(sizes), stride=ones, padding=none, padding_mode="zeros", output_padding=None)
    plain = replace(arrays, ceil_mode=False, count_include_pad=None, divisor_override=None)
    return f"{spelling.source} {which} {plain.key}"


def checked(case: Case, sizes: Sizes) -> bool:
    """Return whether a case on an input of these sizes is one of those that are measured as a check."""
    return zlib.crc32(f"{case.key} {sizes}".encode()) % CHECKED == 0


def read(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the part of an observation that the same line has to repeat."""
    return {name: fields.get(name) for name in ("outcome", "shape", "dtype", "sampling", "error")}
