"""The layer that ``convparity explain`` is asked about: an expression, or its numbers on the command line."""

from __future__ import annotations

import re
from typing import Any

from .cases.case import Case
from .cases.errors import InputError
from .cases.layer_expression import layer_case
from .cases.text import printable
from .cases.validate import make_case


def read_request(layer: str | None, input: str | None, **numbers: str | None) -> Case:
    """The case meant. ``input`` is ``3x512x512`` or ``512x512``; numbers are ``3``, ``3x5`` or ``3,5``.

    Raises InputError with every problem.
    """
    given = {name: text for name, text in numbers.items() if text is not None}
    if input is None:
        raise InputError(["--input is missing; give the input's size, such as --input 3x512x512 or --input 8x8"])
    sizes = _numbers("--input", input)
    if len(sizes) not in (2, 3):
        raise InputError([f"--input: {printable(input, 60)!r} has {len(sizes)} sizes; allowed is HxW or CxHxW"])
    if layer is not None:
        if given:
            names = ", ".join(f"--{name}" for name in given)
            raise InputError([f"{names}: the layer expression already says it; give one or the other"])
        return layer_case(layer, tuple(sizes))
    if "kernel" not in given:
        raise InputError(['nothing to explain; give a LAYER, such as "nn.Conv2d(3, 64, 7)", or --kernel 3x5'])
    fields: dict[str, Any] = {"input": sizes[-2:]}
    if len(sizes) == 3:
        fields["in_channels"] = sizes[0]
    for name, text in given.items():
        fields[name] = _padding(text) if name == "padding" else _one_or_more(f"--{name}", text)
    return make_case(**fields)


def _numbers(option: str, text: str) -> list[int]:
    parts = re.split(r"[x,]", text.strip())
    if not all(re.fullmatch(r"\s*[+-]?\d{1,18}\s*", part) for part in parts):
        raise InputError([f"{option}: {printable(text, 60)!r} is not numbers; write 3, 3x5 or 3,5"])
    return [int(part) for part in parts]


def _one_or_more(option: str, text: str) -> int | list[int]:
    numbers = _numbers(option, text)
    return numbers[0] if len(numbers) == 1 else numbers


def _padding(text: str) -> Any:
    """A number, one per axis, ``before+after`` per axis, or a word."""
    if re.fullmatch(r"[A-Za-z_]+", text):
        return text.lower()
    sides = [_side_pair(part) for part in re.split(r"[x,]", text)]
    return sides[0] if len(sides) == 1 and isinstance(sides[0], int) else sides * (2 if len(sides) == 1 else 1)


def _side_pair(part: str) -> int | list[int]:
    found = re.fullmatch(r"\s*(-?\d{1,18})(?:\+(-?\d{1,18}))?\s*", part)
    if not found:
        raise InputError(
            [f"--padding: {printable(part, 60)!r} is not a padding; write 1, or 0,1 per axis, or 0+1,2+2 per side"]
        )
    before, after = found.groups()
    return int(before) if after is None else [int(before), int(after)]
