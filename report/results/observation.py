"""What was observed of one spelling of one case: how it went, what came out, and which elements were read.

Made of lines of a results file, which may come from anyone: a line that is none of ours raises one of UNUSABLE.
"""

from __future__ import annotations

import base64
import hashlib
import math
import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from ...adapters.worker.protocol import Outcome, Want
from ...cases.case import Sizes
from ...cases.text import printable

OUTCOMES, WANTS = get_args(Outcome), get_args(Want)
EXECUTED = tuple(outcome for outcome in OUTCOMES if outcome not in ("inferred", "refused"))
LINES = ("source", "words", "note", "reason", "signal", "dtype", "digest", "against")  # a printable line each
TEXTS = ("error", "log", "declare_error")  # the framework's own, as they are
LONGEST_TEXT = 2000  # characters of a line
LARGEST_PACKED = 2**16  # bytes
LARGEST_INPUT = 2**26  # elements: the probe runs nothing larger
LARGEST_NUMBER = 2**512  # what frameworks infer of hostile layers is far over 2**64
# What a line that is none of ours raises: numbers that no integer holds and nesting without end included.
UNUSABLE = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class Shared:
    """The first of equal values: there are many observations, and they say much alike."""

    def __init__(self) -> None:
        self._values: dict[Any, Any] = {}
        self._lines: dict[str, str] = {}
        self._samplings: dict[Hashable, Sampling] = {}

    def text(self, value: Any) -> str:
        """A text as it is."""
        text = str(value)
        known: str = self._values.setdefault(text, text)
        return known

    def line(self, value: Any) -> str:
        """A text as one printable line: ours, unless somebody edited the file."""
        text = str(value)
        if text not in self._lines:
            self._lines[text] = self.text(printable(text, LONGEST_TEXT))
        return self._lines[text]

    def sizes(self, value: Any) -> Sizes | None:
        """Sizes; None where there are none. Raises one of UNUSABLE for anything else."""
        if value is None:
            return None
        known: Sizes | None = self._values.get(tuple(value))
        if known is None:
            sizes = tuple(map(int, value))
            if max(map(abs, sizes), default=0) > LARGEST_NUMBER:
                raise ValueError("a size that no array has")
            known = self._values.setdefault(sizes, sizes)
        return known

    def sampling(self, found: Sampling) -> Sampling:
        """A sampling."""
        return self._samplings.setdefault(found.content, found)


@dataclass(frozen=True, slots=True, eq=False)
class Sampling:
    """A measured sampling: per axis a map (output, kernel) of input indices, -1 for padding.

    Of a pool also what a max pool takes padding for (None: it passes it over), what an average divides by along each
    axis, in the middle of the others, and the first (axis, output, element, times) that an average counts unevenly.
    """

    maps: tuple[np.ndarray, ...]
    separable: bool
    exact: bool
    pad_value: float | None = None
    divisors: tuple[tuple[float, ...], ...] | None = None
    uneven: tuple[int, int, int, float] | None = None

    @classmethod
    def from_json(cls, found: dict[str, Any], sizes: Sizes) -> Sampling:
        """What a worker measured on an input of these sizes. Raises one of UNUSABLE where it did not."""
        maps = tuple(np.array(axis, dtype=np.int64).reshape(len(axis), -1) for axis in found["maps"])
        if len(maps) != len(sizes):
            raise ValueError(f"a sampling of {len(maps)} axes for an input of {len(sizes)}")
        for indices, size in zip(maps, sizes, strict=True):
            if size > LARGEST_INPUT or indices.min(initial=0) < -1 or indices.max(initial=-1) >= size:
                raise ValueError(f"a sampling that reads what an axis of {size} has not")
            indices.flags.writeable = False  # many observations share it
        pad_value, divisors, uneven = (found.get(name) for name in ("pad_value", "divisors", "uneven"))
        if divisors is not None:
            divisors = tuple(tuple(map(number, line)) for line in divisors)
            if [len(line) for line in divisors] != [len(indices) for indices in maps]:
                raise ValueError("divisors that are not one for each output")
        if uneven is not None:
            axis, output, element, times = uneven
            uneven = int(axis), int(output), int(element), number(times)
            if not 0 <= uneven[0] < len(sizes):
                raise ValueError(f"axis {uneven[0]} of an input of {len(sizes)}")
        pad_value = None if pad_value is None else number(pad_value)
        return cls(maps, bool(found["separable"]), bool(found["exact"]), pad_value, divisors, uneven)

    @property
    def content(self) -> tuple[object, ...]:
        """What tells it from any other, to be compared and hashed; small, as maps need not be."""
        maps = tuple((indices.shape, hashlib.sha256(indices.tobytes()).digest()) for indices in self.maps)
        return maps, self.separable, self.exact, self.pad_value, self.divisors, self.uneven


@dataclass(slots=True)
class Observation:
    """What one spelling of one case did in one environment, on the case's input or on another size.

    ``outcome`` is ran, raised, inexpressible, crashed, timed out, out of memory, or no port; where only the framework's
    own inference was asked, inferred or refused. ``shape`` is
    (N, C, *spatial). Where rounding is allowed for, ``off`` is the largest deviation from the reference of the digest
    ``against``, in tolerances: up to 1 the values are the reference's.
    """

    environment: str
    case_id: str
    input: Sizes
    spelling: str
    outcome: str = ""
    source: str = ""
    words: str = ""
    note: str = ""
    reason: str = ""
    error: str = ""
    log: str = ""
    signal: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    digest: str = ""
    off: float | None = None
    against: str = ""
    values: np.ndarray | None = None  # the output, where it was small and differed from the reference
    declared: tuple[int, ...] | None = None
    declare_error: str = ""
    seconds: float = 0.0
    sampling: Sampling | None = None
    sampling_error: str = ""
    probed: str = ""  # what became of the layer that the probe ran
    itself: bool = False  # which was this layer, and no stand-in

    @property
    def refused(self) -> bool:
        """Whether the probe's stand-in was refused, and the layer was not."""
        return self.outcome == "ran" and not self.itself and self.probed in ("raised", "inexpressible")

    def has(self, want: str) -> bool:
        """Whether ``values``, ``shape`` or ``sampling`` was observed, whatever came of it."""
        if want == "values":
            return self.outcome not in ("", "inferred", "refused")
        return bool(self.outcome) if want == "shape" else bool(self.sampling or self.sampling_error)

    def take(self, line: dict[str, Any], shared: Shared) -> None:
        """Add what a line of a results file says."""
        sampling = one_of(line["want"], WANTS) == "sampling"
        if not sampling or not self.outcome:
            for name in (*LINES, *TEXTS) if self.outcome else ():  # of a sampling that came first
                setattr(self, name, "")
            self.outcome = one_of(line["outcome"], OUTCOMES)
            for name in LINES:
                if text := line.get(name):
                    setattr(self, name, shared.line(text))
            for name in TEXTS:
                if text := line.get(name):
                    setattr(self, name, shared.text(text))
            self.seconds = number(line.get("seconds", 0.0))
            self.shape, self.declared = shared.sizes(line.get("shape")), shared.sizes(line.get("declared"))
            self.off = None if line.get("off") is None else number(line["off"])
            if self.shape is not None and line.get("values"):
                self.values = unpack(line["values"], self.dtype).reshape(self.shape)
            if self.outcome in ("ran", "inferred") and self.shape is None:
                raise ValueError(f"outcome {self.outcome!r} without a shape")
        if sampling:
            self.probed, self.itself = one_of(line["outcome"], OUTCOMES), bool(line.get("itself"))
        if sampling and line.get("sampling"):
            self.sampling, self.sampling_error = shared.sampling(Sampling.from_json(line["sampling"], self.input)), ""
        elif sampling:
            self.sampling_error = shared.text(line.get("error") or line["outcome"])


def unpack(packed: str, dtype: str, limit: int = LARGEST_PACKED) -> np.ndarray:
    """The numbers that a worker packed. Raises ValueError for anything else, and for more than ``limit`` bytes."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(packed), limit)
    except zlib.error as error:
        raise ValueError(f"values that cannot be unpacked: {error}") from None
    if unpacker.unconsumed_tail:
        raise ValueError("values that unpack to more than a worker sends")
    return np.frombuffer(data, dtype="<f8" if dtype == "float64" else "<f4")


def number(value: Any) -> float:
    """A finite number. Raises one of UNUSABLE."""
    found = float(value)
    if not math.isfinite(found):
        raise ValueError(f"{found} where a number is expected")
    return found


def one_of(value: Any, allowed: tuple[str, ...]) -> str:
    """The string of ours that a value is."""
    if value not in allowed:
        raise ValueError(f"{printable(str(value), 60)!r} is none of {', '.join(allowed)}")
    return allowed[allowed.index(value)]
