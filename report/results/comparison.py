"""The comparison of an output with the reference as it arrives, so that only useful values are kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...cases.accelerated import bounds
from ...cases.case import Case
from ...cases.dtypes import INTEGERS
from ...cases.reference import Reference, tolerance, values
from .observation import unpack

KEPT = 4096  # numbers kept of an output that differs
LARGEST_SENT = 2**26  # bytes of an output in the reply of a worker
FAR = 1e30  # reported for a deviation that is larger or not a number


def compared(case: Case, reference: Reference, reply: dict[str, Any], on_cpu: bool = True) -> dict[str, Any]:
    """Return the reply of a worker as it is written to the results file.

    Where rounding is allowed for, ``off`` and ``against`` give the deviation of its values from the reference. If they
    did not come from a CPU and are within a bound of less exact arithmetic, ``arithmetic`` names it. Values that equal
    the reference, or are too many to read, are left out. Of the output of a large layer, the worker sends the values at
    some places, as ``sample`` instead of ``values``.
    """
    kept = "sample" if "sample" in reply else "values"
    packed = reply.pop(kept, None)
    if packed is None or reply.get("digest") == reference.digest:
        return reply
    got, close = unpack(packed, reply["dtype"], LARGEST_SENT).astype(np.float64), False
    rounds = not reference.exact or not (on_cpu or case.dtype in INTEGERS)
    if reference.digest is not None and rounds and tuple(reply["shape"]) == reference.shape:
        off, arithmetic = _deviation(case, got, reference.exact, on_cpu)
        if arithmetic:
            reply["arithmetic"] = arithmetic
        if arithmetic or not reference.exact:
            reply.update(off=off, against=reference.digest)
            close = off <= 1
    if not close and got.size <= KEPT:
        reply[kept] = packed
    return reply


def _deviation(case: Case, got: np.ndarray, exact: bool, on_cpu: bool) -> tuple[float, str]:
    """Return the largest deviation from the reference in tolerances, and the arithmetic that they are of.

    That is an empty text where they are those of the case's own dtype, which an exact case has none of.
    """
    asked, rounding = values(case), tolerance(case)
    allowed = [*([] if exact else [("", rounding)]), *([] if on_cpu else bounds(case))]
    largest = []
    for name, bound in allowed:
        with np.errstate(all="ignore"):
            off = float((np.abs(got.reshape(asked.shape) - asked) / (bound + (rounding if name else 0))).max(initial=0))
        if off <= 1:
            return off, name
        largest.append(off if off < FAR else FAR)  # or not a number
    return largest[0] if largest else FAR, ""
