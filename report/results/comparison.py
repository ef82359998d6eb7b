"""An output held against the reference's numbers as it arrives, so that only what is worth reading is kept."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...cases.case import Case
from ...cases.reference import Reference, tolerance, values
from .observation import unpack

KEPT = 4096  # numbers of an output that differs
LARGEST_SENT = 2**26  # bytes of an output in a worker's reply
FAR = 1e30  # what is reported of a deviation that is larger, or no number


def compared(case: Case, reference: Reference, reply: dict[str, Any]) -> dict[str, Any]:
    """A worker's reply as it goes into the results file.

    Where rounding is allowed for, ``off`` and ``against`` say how far its numbers are from the reference's; numbers
    that are those of the reference, or too many to read, are left out.
    """
    packed = reply.pop("values", None)
    if packed is None or reply.get("digest") == reference.digest:
        return reply
    close = False
    if reference.digest is not None and not reference.exact and tuple(reply["shape"]) == reference.shape:
        got = unpack(packed, reply["dtype"], LARGEST_SENT).reshape(reply["shape"]).astype(np.float64)
        with np.errstate(all="ignore"):
            off = np.abs(got - values(case)) / tolerance(case)
        most = float(off.max(initial=0))
        reply.update(off=most if most < FAR else FAR, against=reference.digest)
        close = most <= 1
    if not close and np.prod(reply["shape"], dtype=object) <= KEPT:
        reply["values"] = packed
    return reply
