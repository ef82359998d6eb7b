"""Reads the layer that ``convparity explain`` is to explain, from an expression or from numbers in options."""

from __future__ import annotations

import re
from typing import Any

from ..adapters.expression import Reading, read
from ..adapters.missing_input import Missing, missing_input, stand_in, without_channels
from ..cases.catalog.sizes import numbers
from ..cases.catalog.validate import make_case
from ..cases.errors import InputError
from ..cases.text import count, printable

SIZES = {1: "W, CxW or NxCxW", 2: "HxW, CxHxW or NxCxHxW", 3: "DxHxW, CxDxHxW or NxCxDxHxW"}


def read_request(
    layer: str | None,
    input: str,
    ceil_mode: bool = False,
    count_include_pad: bool | None = None,
    weights: str | None = None,
    **options: str | None,
) -> Reading:
    """Return the layer of an expression, or of options, which are in no framework's words.

    ``input`` is ``512x512``, ``3x512x512`` or, with a batch, ``1x3x512x512``, with or without brackets. Numbers are
    written ``3``, ``3x5`` or ``3,5``. ``weights`` is the shape of weights that the expression has only a name for.
    ``options`` are op, kernel, padding, stride, dilation, output_padding, input_padding, padding_mode and
    divisor_override, as on the command line. Raise InputError with every problem.
    """
    given: dict[str, Any] = {name: text for name, text in options.items() if text is not None}
    if ceil_mode:
        given["ceil_mode"] = True
    if count_include_pad is not None:
        given["count_include_pad"] = count_include_pad
    if layer is not None and given:
        names = ", ".join(_option(name, value) for name, value in given.items())
        raise InputError([f"{names}: the layer expression already says it; give one or the other"])
    sizes = numbers("--input", input)
    if layer is not None:
        return read(layer, tuple(sizes), None if weights is None else tuple(numbers("--weights", weights)))
    if weights is not None:
        raise InputError(["--weights: it is the shape of the weights in a LAYER; without one, give --kernel alone"])
    rank = _rank(sizes, input, given["kernel"])
    fields: dict[str, Any] = {"input": sizes[-rank:]}
    if len(sizes) > rank:
        fields["in_channels"] = sizes[-rank - 1]
    if len(sizes) > rank + 1:
        fields["batch"] = sizes[0]
    for name, value in given.items():
        fields[name] = _field(name, value, rank)
    return Reading(make_case(**fields), (), "")


def missing(layer: str | None, kernel: str | None, weights: str | None) -> Missing:
    """Return an input that stands for the missing one of a layer, or of a kernel. Raise InputError without either."""
    if layer is None and kernel is None:
        raise InputError(['nothing to explain; give a LAYER, such as "nn.Conv2d(3, 64, 7)", or --kernel 3x5'])
    if layer is None:
        return without_channels(len(numbers("--kernel", kernel or "")))
    try:
        return missing_input([layer], None if weights is None else tuple(numbers("--weights", weights)))
    except InputError:  # it has no window, or it will be refused when it is read
        return stand_in()


def _rank(sizes: list[int], input: str, kernel: str) -> int:
    """Return the number of spatial axes, which is how many numbers the kernel has.

    A kernel of one number fits any rank: three sizes are then channels and two axes, and there can be no batch.
    """
    length = len(numbers("--kernel", kernel))
    if length > len(SIZES):
        raise InputError([f"--kernel: {printable(kernel, 60)!r} has {length} numbers; expected one to three"])
    rank = {1: 1, 2: 2, 3: 2, 4: 3}.get(len(sizes)) if length == 1 else length
    extra = 1 if length == 1 else 2  # channels, and a batch if the kernel determines the rank
    if rank is None or not rank <= len(sizes) <= rank + extra:
        allowed = "W, HxW, CxHxW or CxDxHxW" if length == 1 else f"{SIZES[length]}, as the kernel has {length} numbers"
        raise InputError([f"--input: {printable(input, 60)!r} has {count(len(sizes), 'size')}; expected {allowed}"])
    return rank


def _option(name: str, value: Any) -> str:
    """Return the command-line option of a field."""
    if name == "ceil_mode":
        return "--ceil"
    return ("--no-" if value is False else "--") + name.replace("_", "-")


def _field(name: str, value: Any, rank: int) -> Any:
    """Return the value of a case's field, read from its option."""
    if name in ("padding", "input_padding"):
        return _padding(_option(name, value), value, rank)
    if name == "padding_mode" and "," in value:
        return [word.strip().lower() for word in value.split(",")]
    if name in ("kernel", "stride", "dilation", "output_padding", "divisor_override"):
        return _one_or_more(_option(name, value), value)
    return value.lower().replace("-", "_") if isinstance(value, str) else value


def _one_or_more(option: str, text: str) -> int | list[int]:
    found = numbers(option, text)
    return found[0] if len(found) == 1 else found


def _padding(option: str, text: str, rank: int) -> Any:
    """Return a padding: a number, a number or ``before+after`` for each axis, or a word."""
    if re.fullmatch(r"[A-Za-z_]+", text):
        return text.lower()
    sides = [_side_pair(option, part) for part in re.split(r"[x,]", text)]
    if len(sides) > 1:
        return sides
    return sides[0] if isinstance(sides[0], int) else sides * rank


def _side_pair(option: str, part: str) -> int | list[int]:
    found = re.fullmatch(r"\s*(-?\d{1,18})(?:\+(-?\d{1,18}))?\s*", part)
    if not found:
        raise InputError(
            [f"{option}: {printable(part, 60)!r} is not a padding; write 1, or 0,1 per axis, or 0+1,2+2 per side"]
        )
    before, after = found.groups()
    return int(before) if after is None else [int(before), int(after)]
