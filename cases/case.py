"""A case: one layer and one input, in no framework's terms.

Worker code: standard library only, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Union

Sizes = tuple[int, ...]
Pads = tuple[tuple[int, int], ...]
Padding = Union[str, Pads]


@dataclass(frozen=True)
class Case:
    """One convolution layer and the input it is applied to.

    Spatial fields have one number per axis, in the order of ``input`` (rows first). ``padding`` is a word
    (``"valid"``, ``"same"``, ``"same_lower"``, ``"causal"``) or one ``(before, after)`` pair per axis; negative
    numbers crop. ``"valid"`` and
    zero padding amount to the same sampling, but are different requests.

    Build one with :func:`convparity.cases.validate.make_case`, which checks and fills in; this class itself
    checks nothing, so that hostile cases can exist.
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
    dtype: str = "float32"
    hostile: bool = False
    id: str = ""

    @property
    def rank(self) -> int:
        """The number of spatial axes."""
        return len(self.input)

    @cached_property
    def key(self) -> str:
        """What makes two cases the same case: every parameter, but neither the id nor the hostile mark."""
        parameters = self.to_json()
        del parameters["id"], parameters["hostile"]
        return json.dumps(parameters, sort_keys=True)

    @property
    def seed(self) -> int:
        """A number that depends on nothing but the parameters; it seeds the input and the weights."""
        return zlib.crc32(self.key.encode())

    def on(self, sizes: Sizes) -> Case:
        """The same layer on an input of other spatial sizes."""
        return self if sizes == self.input else replace(self, input=tuple(sizes))

    def named(self) -> Case:
        """The case with an id: its own, or one derived from its parameters."""
        return self if self.id else replace(self, id=derived_id(self))

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which :meth:`from_json` makes an equal case."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Case:
        """The inverse of :meth:`to_json`; raises TypeError on unknown or missing fields."""
        values = dict(data)
        for name in ("input", "kernel", "stride", "dilation"):
            values[name] = tuple(values[name])
        if not isinstance(values["padding"], str):
            values["padding"] = tuple((before, after) for before, after in values["padding"])
        return cls(**values)

    def describe(self) -> str:
        """The case in a few words, for tables: ``3x5, stride (3,4), padding (0,1) on 8x8``."""
        words = [_kernel_words(self.kernel)]
        if any(s != 1 for s in self.stride):
            words.append("stride " + _compact(self.stride))
        if isinstance(self.padding, str):
            words.append(f"padding {self.padding!r}")
        elif any(pad != (0, 0) for pad in self.padding):
            if all(before == after for before, after in self.padding):
                words.append("padding " + _compact(tuple(before for before, _ in self.padding)))
            else:
                words.append("padding " + ",".join(f"({before},{after})" for before, after in self.padding))
        if any(d != 1 for d in self.dilation):
            words.append("dilation " + _compact(self.dilation))
        if self.groups != 1:
            words.append(f"{self.groups} groups")
        if (self.in_channels, self.out_channels) != (1, 1):
            words.append(f"{self.in_channels} to {self.out_channels} channels")
        if self.batch != 1:
            words.append(f"batch {self.batch}")
        return ", ".join(words) + " on " + ("x".join(map(str, self.input)) or "no input")


def _kernel_words(kernel: Sizes) -> str:
    if not kernel:
        return "no kernel"
    return f"kernel {kernel[0]}" if len(kernel) == 1 else "x".join(map(str, kernel))


def _compact(numbers: Sizes) -> str:
    if len(set(numbers)) == 1:
        return str(numbers[0])
    return "(" + ",".join(map(str, numbers)) + ")"


def derived_id(case: Case) -> str:
    """An id that says the parameters that are not at their defaults, so that new fields leave old ids alone.

    Two different cases have different ids: a word or length that the short form cannot tell apart is followed by
    a checksum of the whole case.
    """

    def joined(sizes: Sizes) -> str:
        numbers = list(map(str, sizes))
        return numbers[0] if numbers and len(set(numbers)) == 1 and len(numbers) == case.rank else "x".join(numbers)

    parts = [case.op, "x".join(map(str, case.input)), "k" + joined(case.kernel)]
    if any(s != 1 for s in case.stride) or len(case.stride) != case.rank:
        parts.append("s" + joined(case.stride))
    if isinstance(case.padding, str):
        parts.append(re.sub(r"[^a-z_]", "", case.padding)[:20])
    elif any(pad != (0, 0) for pad in case.padding) or len(case.padding) != case.rank:
        sides = [str(b) if b == a else f"{b}+{a}" for b, a in case.padding]
        parts.append("p" + (sides[0] if len(set(sides)) == 1 and len(sides) == case.rank else "x".join(sides)))
    if any(d != 1 for d in case.dilation) or len(case.dilation) != case.rank:
        parts.append("d" + joined(case.dilation))
    if case.groups != 1:
        parts.append(f"g{case.groups}")
    if (case.in_channels, case.out_channels) != (1, 1):
        parts.append(f"c{case.in_channels}x{case.out_channels}")
    if case.batch != 1:
        parts.append(f"b{case.batch}")
    if case.dtype != "float32":
        parts.append(re.sub(r"[^a-z0-9]", "", case.dtype)[:20])
    if case.hostile:
        parts.append(f"{case.seed:08x}")
    return "-".join(parts)
