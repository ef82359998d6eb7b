"""A case: one layer and one input, described independently of any framework.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Union

from .operations import OPERATIONS

Sizes = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]
Padding = Union[str, Pads]


@dataclass(frozen=True)
class Case:
    """One convolution-like layer and the input it is applied to.

    Spatial fields have one number per axis, in the order of ``input`` (rows first). ``padding`` is a word
    (``"valid"``, ``"same"``, ``"same_lower"``, ``"causal"``) or one ``(before, after)`` pair per axis; negative
    numbers crop. ``"valid"`` and zero padding have the same sampling but are different requests, and so are no
    ``output_padding`` and an ``output_padding`` of zero. A pool's ``out_channels`` equal its ``in_channels``. If
    ``count_include_pad`` is None, padding is counted if it is given in numbers.

    Build a case with :func:`convparity.cases.catalog.validate.make_case`, which checks the parameters and fills in the
    defaults. This class itself checks nothing, so that hostile cases can exist.
    """

    input: Sizes
    kernel: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    op: str = "conv"
    batch: int = 1
    in_channels: int = 1
    out_channels: int = 1
    groups: int = 1
    output_padding: Sizes | None = None
    ceil_mode: bool = False
    count_include_pad: bool | None = None
    padding_mode: str = "zeros"
    dtype: str = "float32"
    hostile: bool = False
    id: str = ""

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.input)

    @cached_property
    def extreme(self) -> bool:
        """Whether the case has numbers larger than any real layer's, of a size that has crashed frameworks."""
        sides = () if isinstance(self.padding, str) else tuple(side for pair in self.padding for side in pair)
        numbers = (*self.kernel, *self.stride, *self.dilation, *sides, *(self.output_padding or ()), self.groups)
        sizes = (self.batch, self.in_channels, *self.input), (self.in_channels, self.out_channels, *self.kernel)
        return max(map(abs, numbers), default=0) > 2**16 or max(math.prod(map(abs, s)) for s in sizes) > 2**28

    @property
    def pools(self) -> bool:
        """Whether this layer is a pool: it has a window and no weights."""
        return self.op in OPERATIONS and OPERATIONS[self.op].pools

    @property
    def counts_padding(self) -> bool:
        """Whether an average counts its padding: as requested, or else if the padding is given in numbers."""
        asked = self.count_include_pad
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
        return self if sizes == self.input else replace(self, input=tuple(sizes))

    def named(self) -> Case:
        """Return the case with an id: its own, or one derived from its parameters."""
        return self if self.id else replace(self, id=derived_id(self))

    def to_json(self) -> dict[str, Any]:
        """Return a JSON object from which :meth:`from_json` makes an equal case."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Case:
        """Return the case that :meth:`to_json` wrote. Raises TypeError on unknown or missing fields."""
        values = dict(data)
        for name in ("input", "kernel", "stride", "dilation"):
            values[name] = tuple(values[name])
        if values.get("output_padding") is not None:
            values["output_padding"] = tuple(values["output_padding"])
        if not isinstance(values["padding"], str):
            values["padding"] = tuple((before, after) for before, after in values["padding"])
        return cls(**values)

    def describe(self) -> str:
        """Return a short description for tables: ``3x5, stride (3,4), padding (0,1) on 8x8``."""
        lead = OPERATIONS[self.op].words if self.op in OPERATIONS else f"{self.op} "
        words = [lead + _kernel_words(self.kernel)]
        if self.stride != (self.kernel if self.pools else (1,) * self.rank):
            words.append("stride " + _compact(self.stride))
        if isinstance(self.padding, str):
            words.append(f"padding {self.padding!r}")
        elif any(pad != (0, 0) for pad in self.padding):
            if all(before == after for before, after in self.padding):
                words.append("padding " + _compact(tuple(before for before, _ in self.padding)))
            else:
                words.append("padding " + ",".join(f"({before},{after})" for before, after in self.padding))
        if self.padding_mode != "zeros":
            words.append(f"{self.padding_mode} mode")
        if self.output_padding is not None:
            words.append("output padding " + _compact(self.output_padding))
        if any(d != 1 for d in self.dilation):
            words.append("dilation " + _compact(self.dilation))
        if self.ceil_mode:
            words.append("ceil mode")
        if self.count_include_pad is not None:
            words.append("padding counted" if self.count_include_pad else "padding not counted")
        if self.groups != 1:
            words.append(f"{self.groups} groups")
        if self.pools and self.in_channels != 1:
            words.append(f"{self.in_channels} channels")
        elif not self.pools and (self.in_channels, self.out_channels) != (1, 1):
            words.append(f"{self.in_channels} to {self.out_channels} channels")
        if self.batch != 1:
            words.append(f"batch {self.batch}")
        if self.dtype != "float32":
            words.append(self.dtype)
        return ", ".join(words) + " on " + ("x".join(map(str, self.input)) or "no input")


_KEY_FIELDS = [(field.name, field.default) for field in fields(Case) if field.name not in ("id", "hostile")]
_KEY_JSON = json.JSONEncoder(sort_keys=True).encode


def _kernel_words(kernel: Sizes) -> str:
    if not kernel:
        return "no kernel"
    return f"kernel {kernel[0]}" if len(kernel) == 1 else "x".join(map(str, kernel))


def _compact(numbers: Sizes) -> str:
    if len(set(numbers)) == 1:
        return str(numbers[0])
    return "(" + ",".join(map(str, numbers)) + ")"


def derived_id(case: Case) -> str:
    """Return an id made of the parameters that are not at their defaults, so that new fields do not change old ids.

    Different cases have different ids. A hostile case may have a word or a length that the short form does not show, so
    its id ends with a checksum of the whole case.
    """

    def joined(sizes: Sizes) -> str:
        numbers = list(map(str, sizes))
        return numbers[0] if numbers and len(set(numbers)) == 1 and len(numbers) == case.rank else "x".join(numbers)

    parts = [case.op, "x".join(map(str, case.input)), "k" + joined(case.kernel)]
    if case.stride != (case.kernel if case.pools else (1,) * case.rank):
        parts.append("s" + joined(case.stride))
    if isinstance(case.padding, str):
        parts.append(re.sub(r"[^a-z_]", "", case.padding)[:20])
    elif any(pad != (0, 0) for pad in case.padding) or len(case.padding) != case.rank:
        sides = [str(b) if b == a else f"{b}+{a}" for b, a in case.padding]
        parts.append("p" + (sides[0] if len(set(sides)) == 1 and len(sides) == case.rank else "x".join(sides)))
    if case.padding_mode != "zeros":
        parts.append(re.sub(r"[^a-z]", "", case.padding_mode)[:20])
    if case.output_padding is not None:
        parts.append("o" + joined(case.output_padding))
    if any(d != 1 for d in case.dilation) or len(case.dilation) != case.rank:
        parts.append("d" + joined(case.dilation))
    if case.ceil_mode:
        parts.append("ceil")
    if case.count_include_pad is not None:
        parts.append("counted" if case.count_include_pad else "uncounted")
    if case.groups != 1:
        parts.append(f"g{case.groups}")
    if case.pools and case.in_channels != 1:
        parts.append(f"c{case.in_channels}")
    elif not case.pools and (case.in_channels, case.out_channels) != (1, 1):
        parts.append(f"c{case.in_channels}x{case.out_channels}")
    if case.batch != 1:
        parts.append(f"b{case.batch}")
    if case.dtype != "float32":
        parts.append(re.sub(r"[^a-z0-9]", "", case.dtype)[:20])
    if case.hostile:
        parts.append(f"{case.seed:08x}")
    return "-".join(parts)
