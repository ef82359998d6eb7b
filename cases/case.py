"""A case: one layer and one input, described independently of any framework.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, Union

from .dtypes import DTYPES, Dtype
from .operations import OPS, Op
from .operations.adaptive import largest_windows
from .operations.axis import MODES, WORDS
from .operations.table import OPERATIONS, having

Sizes = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]
Padding = Union[str, Pads]
Modes = Union[str, tuple[str, ...]]


@dataclass(frozen=True)
class Case:
    """One convolution-like layer and the input it is applied to.

    Spatial fields have one number per axis, in the order of ``input`` (rows first). ``padding`` is a word
    (``"valid"``, ``"same"``, ``"same_lower"``, ``"causal"``) or one ``(before, after)`` pair per axis; negative
    numbers crop. ``"valid"`` and zero padding have the same sampling but are different requests, and so are no
    ``output_padding`` and an ``output_padding`` of zero. A pool's ``out_channels`` equal its ``in_channels``. If
    ``count_include_pad`` is None, padding is counted if it is given in numbers. ``divisor_override`` is the divisor
    of every average, whatever its window holds. A pool with an ``output_size`` is adaptive: that size and the input's
    set its windows, and ``kernel`` is the size of the largest. ``padding_mode`` is one word for all axes, or one for
    each. The input of a transposed convolution is padded first, by its ``input_padding``.

    Build a case with :func:`convparity.cases.catalog.validate.make_case`, which checks the parameters and fills in the
    defaults. This class itself checks nothing, so that hostile cases can exist, with any word as ``op`` or ``dtype``.
    """

    input: Sizes
    kernel: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    op: Op = "conv"
    batch: int = 1
    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1
    output_padding: Sizes | None = None
    input_padding: Pads | None = None
    ceil_mode: bool = False
    count_include_pad: bool | None = None
    divisor_override: int | None = None
    output_size: Sizes | None = None
    padding_mode: Modes = "zeros"
    dtype: Dtype = "float32"
    hostile: bool = False
    id: str = ""

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.input)

    @cached_property
    def extreme(self) -> bool:
        """Whether the case has numbers larger than any real layer's, of a size that has crashed frameworks."""
        pairs = (() if isinstance(self.padding, str) else self.padding) + (self.input_padding or ())
        sides = tuple(side for pair in pairs for side in pair)
        numbers = (*self.kernel, *self.stride, *self.dilation, *sides, *(self.output_padding or ()), self.groups)
        numbers = (*numbers, self.divisor_override or 1, *(self.output_size or ()))
        sizes = (self.batch, self.in_channels, *self.input), (self.in_channels, self.out_channels, *self.kernel)
        return max(map(abs, numbers), default=0) > 2**16 or max(math.prod(map(abs, s)) for s in sizes) > 2**28

    @property
    def pools(self) -> bool:
        """Whether this layer is a pool: it has a window and no weights."""
        return self.op in OPERATIONS and OPERATIONS[self.op].pools

    @property
    def adaptive(self) -> bool:
        """Whether this is a pool whose windows follow from its output size."""
        return self.pools and self.output_size is not None

    @property
    def modes(self) -> tuple[str, ...]:
        """The padding mode of each axis."""
        return (self.padding_mode,) * self.rank if isinstance(self.padding_mode, str) else self.padding_mode

    @property
    def pads_zeros(self) -> bool:
        """Whether all padding is zeros, or that of a pool."""
        return all(mode == "zeros" for mode in self.modes)

    @property
    def counts_padding(self) -> bool:
        """Whether an average counts its padding: as requested, or else if the padding is given in numbers.

        With a divisor of its own, it counts padding as zeros, which make no difference.
        """
        asked = self.count_include_pad if self.divisor_override is None else True
        return not isinstance(self.padding, str) if asked is None else asked

    @cached_property
    def key(self) -> str:
        """The parameters that are not at their defaults, as JSON without ``id`` and ``hostile``; equal for equal cases.
        Defaults are left out so that a parameter added in a later version does not change existing keys.
        """
        found = ((name, getattr(self, name), default) for name, default in _KEY_FIELDS)
        return _KEY_JSON({name: value for name, value, default in found if value != default})

    @property
    def geometry(self) -> str:
        """The key of the same layer on one single-channel image: everything that decides which elements it reads."""
        return replace(self, batch=1, in_channels=1, out_channels=1, groups=1, dtype="float32").key

    @property
    def seed(self) -> int:
        """The random seed of the input and the weights; it depends only on the parameters."""
        return zlib.crc32(self.key.encode())

    def on(self, sizes: Sizes) -> Case:
        """Return the same layer on an input of other spatial sizes."""
        if sizes == self.input:
            return self
        if not self.adaptive:
            return replace(self, input=tuple(sizes))
        kernel = largest_windows(tuple(sizes), self.output_size or ())
        return replace(self, input=tuple(sizes), kernel=kernel, stride=kernel)

    def named(self) -> Case:
        """Return the case with an id: its own, or one derived from its parameters."""
        if self.id:
            return self
        found = object.__new__(Case)  # with what was worked out already: the id has no part in it
        found.__dict__.update(self.__dict__, id=derived_id(self))
        return found

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object from which :meth:`from_json` makes an equal case."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Case:
        """Return the case that :meth:`to_json` wrote. Raises TypeError on unknown or missing fields."""
        values = dict(data)
        for name in ("input", "kernel", "stride", "dilation"):
            values[name] = tuple(values[name])
        for name in ("output_padding", "output_size"):
            if values.get(name) is not None:
                values[name] = tuple(values[name])
        if not isinstance(values.get("padding_mode", ""), str):
            values["padding_mode"] = tuple(values["padding_mode"])
        for name in ("padding", "input_padding"):
            if isinstance(values.get(name), (list, tuple)):
                values[name] = tuple((before, after) for before, after in values[name])
        return cls(**values)

    def describe(self) -> str:
        """Return a short description for tables: ``3x5, stride (3,4), padding (0,1) on 8x8``."""
        lead = OPERATIONS[self.op].words if self.op in OPERATIONS else f"{self.op} "
        if self.adaptive:
            lead = f"adaptive {lead}"
        said = [lead + _window_words(self), *filter(None, (field.words(self) for field in FIELDS))]
        return ", ".join(said) + " on " + ("x".join(map(str, self.input)) or "no input")


def joined_modes(modes: Iterable[str]) -> Modes:
    """Return one padding mode if all padded axes have the same, else one for each axis; "" is an axis without any."""
    listed = tuple(modes)
    found = dict.fromkeys(filter(None, listed))
    return next(iter(found), "zeros") if len(found) <= 1 else tuple(mode or "zeros" for mode in listed)


def derived_id(case: Case) -> str:
    """Return an id made of the parameters that are not at their defaults, so that new fields do not change old ids.

    Different cases have different ids. A hostile case may have a word or a length that the short form does not show, so
    its id ends with a checksum of the whole case.
    """
    window = "" if case.adaptive else "k" + _joined(case, case.kernel)
    first = [case.op, "x".join(map(str, case.input)), *([window] if window else [])]
    return "-".join([*first, *filter(None, (short(case) for short in _SHORT))])


def _nothing(case: Case) -> str:
    return ""


@dataclass(frozen=True)
class Field:
    """A field of a case: the values that a catalog may give it, and how descriptions and ids show it.

    ``takes`` is the kind of its values. ``low`` is the least number, and ``known`` are the words that are allowed.
    ``default`` is its value in a catalog entry without it; None if it has to be given or depends on other fields.
    ``lacking`` says why some operations do not have this field; empty if all of them have it. ``words`` and ``short``
    return its part of a description and of an id, or an empty string if it is at its default.
    """

    name: str
    takes: Literal["sizes", "per axis", "padding", "pads", "count", "flag", "word", "word per axis", "id"]
    default: Any = None
    low: int = 0
    known: tuple[str, ...] = ()
    lacking: str = ""
    words: Callable[[Case], str] = _nothing
    short: Callable[[Case], str] = _nothing

    def belongs_to(self, op: Op) -> bool:
        """Return whether an operation has this field. Raises KeyError for an unknown operation."""
        return not self.lacking or self.name in OPERATIONS[op].parameters


def _default_stride(case: Case) -> Sizes:
    return case.kernel if case.pools else (1,) * case.rank


def _stride_words(case: Case) -> str:
    return "" if case.stride == _default_stride(case) else "stride " + _compact(case.stride)


def _stride_short(case: Case) -> str:
    return "" if case.stride == _default_stride(case) else "s" + _joined(case, case.stride)


def _padding_words(case: Case) -> str:
    if isinstance(case.padding, str):
        return f"padding {case.padding!r}"
    if all(pad == (0, 0) for pad in case.padding):
        return ""
    return "padding " + _pads_words(case.padding)


def _pads_words(pads: Pads) -> str:
    if all(before == after for before, after in pads):
        return _compact(tuple(before for before, _ in pads))
    return ",".join(f"({before},{after})" for before, after in pads)


def _padding_short(case: Case) -> str:
    if isinstance(case.padding, str):
        return re.sub(r"[^a-z_]", "", case.padding)[:20]
    if all(pad == (0, 0) for pad in case.padding) and len(case.padding) == case.rank:
        return ""
    return "p" + _pads_short(case, case.padding)


def _pads_short(case: Case, pads: Pads) -> str:
    sides = [str(before) if before == after else f"{before}+{after}" for before, after in pads]
    return sides[0] if len(set(sides)) == 1 and len(sides) == case.rank else "x".join(sides)


def _mode_words(case: Case) -> str:
    if case.pads_zeros:
        return ""
    return f"{case.padding_mode if isinstance(case.padding_mode, str) else ','.join(case.padding_mode)} mode"


def _mode_short(case: Case) -> str:
    if case.pads_zeros:
        return ""
    modes = [case.padding_mode] if isinstance(case.padding_mode, str) else case.padding_mode
    return "x".join(re.sub(r"[^a-z]", "", mode)[:20] for mode in modes)


def _input_padding_words(case: Case) -> str:
    return "" if case.input_padding is None else "input padding " + _pads_words(case.input_padding)


def _input_padding_short(case: Case) -> str:
    return "" if case.input_padding is None else "i" + _pads_short(case, case.input_padding)


def _output_padding_words(case: Case) -> str:
    return "" if case.output_padding is None else "output padding " + _compact(case.output_padding)


def _output_padding_short(case: Case) -> str:
    return "" if case.output_padding is None else "o" + _joined(case, case.output_padding)


def _dilation_words(case: Case) -> str:
    return "" if all(d == 1 for d in case.dilation) else "dilation " + _compact(case.dilation)


def _dilation_short(case: Case) -> str:
    plain = all(d == 1 for d in case.dilation) and len(case.dilation) == case.rank
    return "" if plain else "d" + _joined(case, case.dilation)


def _counting_words(case: Case) -> str:
    return {None: "", True: "padding counted", False: "padding not counted"}[case.count_include_pad]


def _counting_short(case: Case) -> str:
    return {None: "", True: "counted", False: "uncounted"}[case.count_include_pad]


def _channels_words(case: Case) -> str:
    if case.pools:
        return "" if case.in_channels == 1 else f"{case.in_channels} channels"
    channels = case.in_channels, case.out_channels
    return "" if channels == (1, 1) else f"{channels[0]} to {channels[1]} channels"


def _channels_short(case: Case) -> str:
    if case.pools:
        return "" if case.in_channels == 1 else f"c{case.in_channels}"
    channels = case.in_channels, case.out_channels
    return "" if channels == (1, 1) else f"c{channels[0]}x{channels[1]}"


def _only(parameter: str, what: str) -> str:
    return f"only {' and '.join(having(parameter))} {what}"


FIELDS = (  # in the order of descriptions and ids; the input is first, as it sets the rank of the others
    Field("input", "sizes"),
    Field("id", "id"),
    Field("op", "word", "conv", known=OPS),
    Field("kernel", "per axis", low=1),
    Field(
        "output_size",
        "per axis",
        low=1,
        lacking=_only("output_size", "has it"),
        short=lambda case: "" if case.output_size is None else "to" + _joined(case, case.output_size),
    ),
    Field("stride", "per axis", 1, low=1, words=_stride_words, short=_stride_short),
    Field("padding", "padding", 0, known=WORDS, words=_padding_words, short=_padding_short),
    Field(
        "input_padding",
        "pads",
        lacking=_only("input_padding", "has it"),
        words=_input_padding_words,
        short=_input_padding_short,
    ),
    Field(
        "padding_mode",
        "word per axis",
        "zeros",
        known=MODES,
        lacking=_only("padding_mode", "has modes other than zeros"),
        words=_mode_words,
        short=_mode_short,
    ),
    Field(
        "output_padding",
        "per axis",
        lacking=_only("output_padding", "has it"),
        words=_output_padding_words,
        short=_output_padding_short,
    ),
    Field("dilation", "per axis", 1, low=1, words=_dilation_words, short=_dilation_short),
    Field(
        "ceil_mode",
        "flag",
        False,
        lacking="only pools have it",
        words=lambda case: "ceil mode" if case.ceil_mode else "",
        short=lambda case: "ceil" if case.ceil_mode else "",
    ),
    Field(
        "count_include_pad",
        "flag",
        lacking=_only("count_include_pad", "has it"),
        words=_counting_words,
        short=_counting_short,
    ),
    Field(
        "divisor_override",
        "count",
        low=1,
        lacking=_only("divisor_override", "has it"),
        words=lambda case: "" if case.divisor_override is None else f"divided by {case.divisor_override}",
        short=lambda case: "" if case.divisor_override is None else f"by{case.divisor_override}",
    ),
    Field(
        "groups",
        "count",
        1,
        low=1,
        lacking="a pool has no groups",
        words=lambda case: "" if case.groups == 1 else f"{case.groups} groups",
        short=lambda case: "" if case.groups == 1 else f"g{case.groups}",
    ),
    Field("in_channels", "count", 1, low=1, words=_channels_words, short=_channels_short),
    Field("out_channels", "count", 1, low=1),  # shown with in_channels
    Field(
        "batch",
        "count",
        1,
        words=lambda case: "" if case.batch == 1 else f"batch {case.batch}",
        short=lambda case: "" if case.batch == 1 else f"b{case.batch}",
    ),
    Field(
        "dtype",
        "word",
        "float32",
        known=DTYPES,
        words=lambda case: "" if case.dtype == "float32" else case.dtype,
        short=lambda case: "" if case.dtype == "float32" else re.sub(r"[^a-z0-9]", "", case.dtype)[:20],
    ),
    Field("hostile", "flag", False, short=lambda case: f"{case.seed:08x}" if case.hostile else ""),
)
_SHORT = [field.short for field in FIELDS if field.short is not _nothing]
_KEY_FIELDS = [(field.name, field.default) for field in fields(Case) if field.name not in ("id", "hostile")]
_KEY_JSON = json.JSONEncoder(sort_keys=True).encode


def _window_words(case: Case) -> str:
    kernel = case.kernel
    if case.adaptive:
        return "to " + ("x".join(map(str, case.output_size or ())) or "nothing")
    if not kernel:
        return "no kernel"
    return f"kernel {kernel[0]}" if len(kernel) == 1 else "x".join(map(str, kernel))


def _compact(numbers: Sizes) -> str:
    if len(set(numbers)) == 1:
        return str(numbers[0])
    return "(" + ",".join(map(str, numbers)) + ")"


def _joined(case: Case, sizes: Sizes) -> str:
    numbers = list(map(str, sizes))
    return numbers[0] if numbers and len(set(numbers)) == 1 and len(numbers) == case.rank else "x".join(numbers)
