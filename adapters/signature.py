"""What a layer's arguments are called and may hold, and how that reads in the catalog's words.

Each framework's table is in ``signatures.py`` of its folder. A list is accepted where a framework insists on a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..cases.arithmetic import DTYPES
from ..cases.case import Case

Parameters = dict[str, Any]
Complete = Callable[[Parameters, int, int], Parameters]
Asides = Callable[[Parameters, Case], list[str]]

_PER_RANK = {
    1: {"each": "a sequence of one", "pairs": "a sequence of one (before, after) pair", "sides": "2"},
    2: {"each": "two of them", "pairs": "two (before, after) pairs", "sides": "4"},
    3: {"each": "three of them", "pairs": "three (before, after) pairs", "sides": "6"},
}


@dataclass(frozen=True)
class Form:
    """What an argument may hold: in words, and as a function from its value and the layer's rank to the catalog's.

    ``read`` raises ValueError with what is wrong, as in "has 3 entries"; None means that nothing was asked for.
    ``allowed`` may say ``{each}``, ``{pairs}`` and ``{sides}``, which depend on the rank.
    """

    allowed: str
    read: Callable[[Any, int], Any]
    words: tuple[str, ...] = ()
    symbols: bool = False  # a name stands for the last of its parts, and any other expression for nothing
    unquoted: bool = False  # a name that is one of the words is that word

    def allows(self, rank: int) -> str:
        """What is allowed in a layer of so many axes."""
        return self.allowed.format(**_PER_RANK[rank]) if rank else self.allowed


@dataclass(frozen=True)
class Argument:
    """One argument of a layer; ``form`` is None where it may hold any expression, since it moves no window.

    ``default`` is the field where the argument is left out, in the catalog's words; None asks for nothing.
    """

    name: str
    field: str = ""
    form: Form | None = None
    default: Any = None
    required: bool = False


def as_read(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """The parameters of a layer whose arguments mean the same whatever the others are."""
    return parameters


def no_asides(asked: Parameters, case: Case) -> list[str]:
    """Nothing to say of a layer that is what its case says."""
    return []


@dataclass(frozen=True)
class Layer:
    """One layer class: every dotted name it is called by, the usual one first, and its signature.

    A ``rank`` of 0 is that of the kernel. ``complete`` turns what the arguments said, with the rank and the number of
    input channels, into catalog parameters, and raises Unfit. ``asides`` are sentences on what the framework does that
    the case does not say, or says in other words.
    """

    framework: str
    names: tuple[str, ...]
    op: str
    rank: int
    positional: tuple[Argument, ...]
    keyword_only: tuple[Argument, ...] = ()
    complete: Complete = as_read
    asides: Asides = no_asides
    printed: bool = False  # as the framework prints the layer, and not as it is made

    @property
    def arguments(self) -> dict[str, Argument]:
        """Every argument by its name."""
        return {argument.name: argument for argument in self.positional + self.keyword_only}


class Unfit(ValueError):
    """A field that does not go with the others, and what is wrong with it and allowed."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field


def is_whole(value: Any) -> bool:
    """Whether this is an integer, which True is not here."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_pair(value: Any) -> bool:
    """Whether this is a (before, after) pair."""
    return isinstance(value, tuple) and len(value) == 2 and all(map(is_whole, value))


def is_whole_or_pair(value: Any) -> bool:
    return is_whole(value) or is_pair(value)


def sequence(value: Any, length: int, fits: Callable[[Any], bool] = is_whole) -> Any:
    """A sequence of so many entries that each fit."""
    if not isinstance(value, tuple):
        raise ValueError("is not allowed")
    if len(value) != length:
        raise ValueError(f"has {len(value)} {'entry' if len(value) == 1 else 'entries'}")
    if not all(map(fits, value)):
        raise ValueError("holds an entry that is not allowed")
    return value


def one_to_three(value: Any, rank: int) -> Any:
    """The sequence that sets the rank of a layer."""
    return sequence(value, min(max(len(value), 1), 3) if isinstance(value, tuple) else 1)


def whole(value: Any, rank: int) -> int:
    if not is_whole(value):
        raise ValueError("is not a whole number")
    return int(value)


def sizes(value: Any, rank: int) -> Any:
    """One number for every axis, or one for each."""
    return value if is_whole(value) else sequence(value, rank)


def word(value: str, known: tuple[str, ...], unhandled: tuple[str, ...] = ()) -> str:
    if value in unhandled:
        raise ValueError("is not handled by this version")
    if value not in known:
        raise ValueError("is not known")
    return value


def only(allowed: str, *values: Any) -> Form:
    """Only values that leave the layer what its name says."""

    def read(value: Any, rank: int) -> None:
        # by type too, because 1 == True == 1.0
        if not any(type(value) is type(known) and value == known for known in values):
            raise ValueError("is not handled by this version")

    return Form(allowed, read, tuple(value for value in values if isinstance(value, str)))


def or_none(form: Form) -> Form:
    """The form, or None, which asks for nothing."""
    return Form(f"{form.allowed}, or None", lambda value, rank: None if value is None else form.read(value, rank))


def or_zero(form: Form) -> Form:
    """The form where zero is the default: writing it asks for no more than leaving it out."""

    def read(value: Any, rank: int) -> Any:
        found = form.read(value, rank)
        return found if any(per_axis(found, rank)) else None

    return Form(form.allowed, read)


def _flag(value: Any, rank: int) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is not allowed")
    return value


def _dtype(value: Any, rank: int) -> str | None:
    """A dtype by the last part of its name, such as torch.half's; of what is none of ours, nothing is known."""
    return DTYPE_NAMES.get(value) if isinstance(value, str) else None


DTYPE_NAMES = {"double": "float64", "float": "float32", "half": "float16", **{name: name for name in DTYPES}}
WHOLE = Form("a whole number", whole)
SIZES = Form("a whole number or {each}", sizes)
FLAG = Form("True or False", _flag)
DTYPE = Argument("dtype", "dtype", Form("a dtype", _dtype, symbols=True))


def required(name: str, field: str = "", form: Form | None = None) -> Argument:
    return Argument(name, field, form, required=True)


def ignored(names: str) -> tuple[Argument, ...]:
    return tuple(map(Argument, names.split()))


def names(prefixes: str, *classes: str) -> tuple[str, ...]:
    """Every class under every prefix, and bare."""
    return tuple(f"{prefix}.{name}" for prefix in prefixes.split() for name in classes) + classes


def effective(parameters: Parameters, rank: int) -> list[int]:
    """What each axis of a dilated kernel spans."""
    kernel, dilation = per_axis(parameters["kernel"], rank), per_axis(parameters["dilation"], rank)
    return [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]


def filled_up(parameters: Parameters, rank: int) -> Parameters:
    """A transposed convolution whose output is n*s also where windows are narrower than the stride."""
    strides = per_axis(parameters["stride"], rank)
    more = tuple(max(s - e, 0) for s, e in zip(strides, effective(parameters, rank)))
    return {**parameters, "output_padding": more} if any(more) else parameters


def per_axis(value: Any, rank: int) -> tuple[Any, ...]:
    """One entry for each axis of what may be one number for all of them."""
    return value if isinstance(value, tuple) else (value,) * rank
