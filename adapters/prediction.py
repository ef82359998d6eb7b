"""The prediction of a framework's result for a line of source, by the reader of layers, without the framework.

A line is the adapter's own spelling of a case. The reader models what the framework computes according to its code and
documentation; mistakes of single releases are no part of the model, so that a measurement still shows them.

Pure: the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from ..cases.case import Case
from ..cases.dtypes import Dtype
from ..cases.errors import InputError
from ..cases.operations.table import computes, operation
from .expression import Reading, read
from .registry import limited, limits, speller
from .signature import NoKernel
from .spelling import Inexpressible, Spelling
from .worker.protocol import Written

BESIDE = ("helper.", "[helper.", "lambda x, w")  # how a line begins whose weights are not in it
BESIDE_LAST = "(x, w) =>"  # and how one begins that takes them with the channels last
LINES = 2**4  # readings that are kept: the backends of Keras are given the same lines one after the other


@dataclass(frozen=True)
class Prediction:
    """A case in one adapter's framework: the line and the layer that it computes, or why there is no line."""

    adapter: str
    case: Case
    spelling: Spelling | Inexpressible
    reading: Reading | None = None

    @property
    def asked(self) -> Case:
        """The request in terms of the line's own weights: a comment says where a port has them spread or together."""
        comment = self.spelling.source.partition("  # ")[2] if isinstance(self.spelling, Spelling) else ""
        case = self.case
        if "spread with zeros" in comment:
            wide = tuple(d * (k - 1) + 1 for k, d in zip(case.kernel, case.dilation))
            case = replace(case, kernel=wide, dilation=(1,) * case.rank)
        return replace(case, groups=1) if "block-diagonal" in comment else case


def predict(case: Case, adapter: str, written: Written = "as written") -> Prediction:
    """Return the prediction for a case in a framework. Raise KeyError for an adapter that is not built in.

    A line that the reader cannot read has no reading, and nothing is predicted.
    """
    if not computes(case.op, case.dtype):
        return Prediction(adapter, case, Inexpressible("no adapter spells a case with this operation and dtype"))
    spells = speller(adapter)
    spelling = spells.as_written(case) if written == "as written" else spells.port(case)
    if isinstance(spelling, Inexpressible):
        return Prediction(adapter, case, spelling)
    reading = read_line(spelling.source, case)
    return Prediction(adapter, case, spelling, reading and run_by(adapter, reading))


def run_by(adapter: str, reading: Reading) -> Reading:
    """Return a line as an adapter runs it, whose kernels may be others than those of the framework of the line."""
    if reading.layer is None or not limited(adapter):
        return reading
    other = by_other_kernels(reading)
    return replace(other, asides=(*other.asides, *limits(adapter, reading.layer.name, reading.case)))


def by_other_kernels(reading: Reading) -> Reading:
    """Return a line where other kernels than those of its framework on a CPU compute it, which may be more."""
    kept = tuple(aside for aside in reading.asides if not isinstance(aside, NoKernel))
    return reading if kept == reading.asides else replace(reading, asides=kept)


def read_line(source: str, case: Case) -> Reading | None:
    """Return the layer that a spelled line of a case is read as; None for a line that the reader does not read."""
    shape = (case.batch, case.in_channels, *case.input)
    weights = operation(case.op).weights_shape(case) if source.startswith((*BESIDE, BESIDE_LAST)) else None
    if weights and source.startswith(BESIDE_LAST):
        weights = (*weights[2:], weights[1], weights[0])
    return _read(source, shape, weights, case.dtype, case.rank)


@lru_cache(LINES)
def _read(
    source: str, shape: tuple[int, ...], weights: tuple[int, ...] | None, dtype: Dtype, rank: int
) -> Reading | None:
    """Return a line on an input of this shape and dtype as it is read; None where the reader does not read it."""
    try:
        return read(source, shape, weights, dtype, rank)
    except InputError:
        return None
