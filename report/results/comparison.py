"""The comparison of an output with the reference as it arrives, so that only useful values are kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.reference import Reference, tolerance, values
from .observation import unpack

KEPT = 4096  # numbers kept of an output that differs
LARGEST_SENT = 2**26  # bytes of an output in the reply of a worker
FAR = 1e30  # reported for a deviation that is larger or not a number


def compared(case: Case, reference: Reference, reply: dict[str, Any]) -> dict[str, Any]:
    """Return the reply of a worker as it is written to the results file.

    Where rounding is allowed for, ``off`` and ``against`` give the deviation of its values from the reference. Values
    that equal the reference, or are too many to read, are left out. Of the output of a large layer, the worker sends
    the values at some places, as ``sample`` instead of ``values``.
    """
    name = "sample" if "sample" in reply else "values"
    packed = reply.pop(name, None)
    if packed is None or reply.get("digest") == reference.digest:
        return reply
    got, close = unpack(packed, reply["dtype"], LARGEST_SENT).astype(np.float64), False
    if reference.digest is not None and not reference.exact and tuple(reply["shape"]) == reference.shape:
        asked = values(case)
        with np.errstate(all="ignore"):
            off = np.abs(got.reshape(asked.shape) - asked) / tolerance(case)
        most = float(off.max(initial=0))
        reply.update(off=most if most < FAR else FAR, against=reference.digest)
        close = most <= 1
    if not close and got.size <= KEPT:
        reply[name] = packed
    return reply
