"""The observation of one spelling of one case: its outcome, its output, and the elements that were read.

It is made from lines of a results file, which may come from anyone; an invalid line raises one of UNUSABLE.
"""

from __future__ import annotations

import base64
import hashlib
import math
import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, get_args

import numpy as np

from ...adapters.worker.protocol import Outcome, Want
from ...cases.case import Sizes
from ...cases.dtypes import WIDE
from ...cases.text import printable
from ..compiled_json import one_line

OUTCOMES, WANTS = get_args(Outcome), get_args(Want)
EXECUTED = tuple(outcome for outcome in OUTCOMES if outcome not in ("inferred", "refused"))
# Printable lines.
LINES = ("source", "words", "note", "literal", "reason", "signal", "dtype", "digest", "against", "arithmetic")
TEXTS = ("error", "log", "declare_error")  # verbatim from the framework
LONGEST_TEXT = 2**14  # characters of a line; a port that lists the elements of every window is long
LARGEST_PACKED = 2**16  # bytes
LARGEST_INPUT = 2**26  # elements: the probe runs nothing larger
LARGEST_NUMBER = 2**512  # frameworks infer sizes far over 2**64 for hostile layers
# The errors that an invalid line raises, including those of numbers that no integer holds and endless nesting.
UNUSABLE = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class Foreseen(Protocol):
    """A prediction about a line: the verdict, the reason, and the input sizes for which it holds."""

    @property
    def verdict(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def sizes(self) -> str: ...


class Shared:
    """A cache that keeps the first of equal values, since many observations share theirs."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._sizes: dict[Sizes, Sizes] = {}
        self._lines: dict[str, str] = {}
        self._samplings: dict[Hashable, Sampling] = {}  # by the digest of their text, since maps may be large
        self.unpacked = 0  # bytes of arrays

    def text(self, value: Any) -> str:
        """Return the kept copy of a text."""
        text = str(value)
        return self._texts.setdefault(text, text)

    def line(self, value: Any) -> str:
        """Return the kept copy of a text as one printable line, which it is unless somebody edited the file."""
        text = str(value)
        known = self._lines.get(text)
        if known is None:
            known = self._lines[text] = self.text(printable(text, LONGEST_TEXT))
        return known

    def sizes(self, value: Any) -> Sizes | None:
        """Return the kept copy of sizes, or None where there are none. Raise one of UNUSABLE for anything else."""
        if value is None:
            return None
        known = self._sizes.get(tuple(value))
        if known is None:
            sizes = tuple(map(int, value))
            if max(map(abs, sizes), default=0) > LARGEST_NUMBER:
                raise ValueError("a size that no array has")
            known = self._sizes.setdefault(sizes, sizes)
        return known

    def sampling(self, found: dict[str, Any], sizes: Sizes) -> Sampling:
        """Return a sampling on an input of these sizes, which is read once. Raise one of UNUSABLE if it is invalid."""
        key = hashlib.blake2b(one_line(found)).digest(), sizes
        known = self._samplings.get(key)
        if known is None:
            known = self._samplings[key] = Sampling.from_json(found, sizes)
        return known


class AxisMap:
    """The map (output, kernel) of one axis, compared and hashed by its content: a key for results computed from it."""

    __slots__ = ("_content", "indices")

    def __init__(self, indices: np.ndarray) -> None:
        self.indices = indices
        self._content = indices.shape, hashlib.sha256(indices.tobytes()).digest()  # small even where the map is large

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AxisMap) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)

    def __repr__(self) -> str:
        return f"AxisMap({self._content})"


@dataclass(frozen=True, eq=False)
class Sampling:
    """A measured sampling: per axis a map (output, kernel) of input indices, -1 for padding.

    For pools also the value that a max pool gives to padding (None: it ignores padding), the divisors of an average
    along each axis, at the middle of the others, and the first (axis, output, element, times) that an average counts
    unevenly.
    """

    maps: tuple[np.ndarray, ...]
    separable: bool
    exact: bool
    pad_value: float | None = None
    divisors: tuple[tuple[float, ...], ...] | None = None
    uneven: tuple[int, int, int, float] | None = None

    @classmethod
    def from_json(cls, found: dict[str, Any], sizes: Sizes) -> Sampling:
        """Return the sampling that a worker measured on an input of these sizes. Raise one of UNUSABLE if invalid."""
        maps = tuple(np.array(axis, dtype=np.int64).reshape(len(axis), -1) for axis in found["maps"])
        if len(maps) != len(sizes):
            raise ValueError(f"a sampling of {len(maps)} axes for an input of {len(sizes)}")
        for indices, size in zip(maps, sizes, strict=True):
            if size > LARGEST_INPUT or indices.min(initial=0) < -1 or indices.max(initial=-1) >= size:
                raise ValueError(f"a sampling that reads outside an axis of {size}")
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

    @cached_property
    def by_axis(self) -> tuple[AxisMap, ...]:
        """The maps, each to be compared and hashed by its content."""
        return tuple(map(AxisMap, self.maps))

    @property
    def content(self) -> tuple[object, ...]:
        """A value that identifies the sampling, to be compared and hashed; small even where the maps are large."""
        return self.by_axis, self.separable, self.exact, self.pad_value, self.divisors, self.uneven


@dataclass(slots=True)
class Observation:
    """The observation of one spelling of one case in one environment, on the case's input or on another size.

    ``outcome`` is ran, raised, inexpressible, crashed, timed out, out of memory, or no port; where only the framework's
    own inference was used, it is inferred or refused. ``shape`` is (N, C, *spatial). Where rounding is allowed for,
    ``off`` is the largest deviation, in tolerances, from the reference whose digest is ``against``: up to 1, the values
    count as the reference's.
    """

    environment: str
    case_id: str
    input: Sizes
    spelling: str
    outcome: str = ""
    source: str = ""
    words: str = ""
    note: str = ""
    literal: str = ""  # the line with the word of the request that the framework is said to refuse
    literal_outcome: str = ""
    literal_error: str = ""
    reason: str = ""
    error: str = ""
    log: str = ""
    signal: str = ""
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    digest: str = ""
    off: float | None = None
    against: str = ""
    arithmetic: str = ""  # the less exact arithmetic of an accelerator that explains how far off the values are
    values: np.ndarray | None = None  # the output, where it was small and differed from the reference
    sample: np.ndarray | None = None  # the same for the values at the places of a large layer
    declared: tuple[int, ...] | None = None
    declare_error: str = ""
    seconds: float = 0.0
    sampling: Sampling | None = None
    sampling_error: str = ""
    probed: str = ""  # the outcome of the layer that the probe ran
    itself: bool = False  # whether the probe ran this layer and not a stand-in
    prediction: Foreseen | None = None  # where nothing was run, and all of this is predicted

    @property
    def refused(self) -> bool:
        """Whether the framework refused the stand-in of the probe but not the layer."""
        return self.outcome == "ran" and not self.itself and self.probed in ("raised", "inexpressible")

    def has(self, want: str) -> bool:
        """Return whether ``values``, ``shape``, ``sampling`` or ``literal`` was observed, whatever the outcome."""
        if want == "literal":
            return bool(self.literal_outcome)
        if want == "values":
            return self.outcome not in ("", "inferred", "refused")
        return bool(self.outcome) if want == "shape" else bool(self.sampling or self.sampling_error)

    def take(self, line: dict[str, Any], shared: Shared) -> None:
        """Add the content of a line of a results file."""
        if one_of(line["want"], WANTS) == "literal":
            self.literal_outcome = one_of(line["outcome"], OUTCOMES)
            self.literal_error = shared.text(line.get("error") or line.get("signal") or "")
            return
        sampling = line["want"] == "sampling"
        if not sampling or not self.outcome:
            for name in (*LINES, *TEXTS) if self.outcome else ():  # from a sampling that came first
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
                shared.unpacked += self.values.nbytes
            if line.get("sample"):
                self.sample = unpack(line["sample"], self.dtype)
                shared.unpacked += self.sample.nbytes
            if self.outcome in ("ran", "inferred") and self.shape is None:
                raise ValueError(f"outcome {self.outcome!r} without a shape")
        if sampling:
            self.probed, self.itself = one_of(line["outcome"], OUTCOMES), bool(line.get("itself"))
        if sampling and line.get("sampling"):
            self.sampling, self.sampling_error = shared.sampling(line["sampling"], self.input), ""
        elif sampling:
            self.sampling_error = shared.text(line.get("error") or line["outcome"])


def unpack(packed: str, dtype: str, limit: int = LARGEST_PACKED) -> np.ndarray:
    """Return the numbers that a worker packed. Raise ValueError for anything else or for over ``limit`` bytes."""
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(packed), limit)
    except zlib.error as error:
        raise ValueError(f"values that cannot be unpacked: {error}") from None
    if unpacker.unconsumed_tail:
        raise ValueError("values that unpack to more than a worker sends")
    return np.frombuffer(data, dtype="<f8" if dtype in WIDE else "<f4")


def number(value: Any) -> float:
    """Return a finite number. Raise one of UNUSABLE for anything else."""
    found = float(value)
    if not math.isfinite(found):
        raise ValueError(f"{found} where a number is expected")
    return found


def one_of(value: Any, allowed: tuple[str, ...]) -> str:
    """Return the allowed string that a value equals. Raise ValueError where it equals none."""
    if value not in allowed:
        raise ValueError(f"{printable(str(value), 60)!r} is none of {', '.join(allowed)}")
    return allowed[allowed.index(value)]
