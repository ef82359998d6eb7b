"""The names and allowed values of a layer's arguments, and their translation into the fields of a catalog entry.

Each framework's table is in ``signatures.py`` of its folder. A list is accepted even if the framework needs a tuple.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..cases.arithmetic import Invalid, axes
from ..cases.case import Case
from ..cases.dtypes import FLOATS, Dtype
from ..cases.operations.table import operation

Parameters = dict[str, Any]
Complete = Callable[[Parameters, int, int], Parameters]
Prepare = Callable[[Parameters, int], Parameters]
Fit = Callable[[Parameters, tuple[int, ...]], Parameters]
Asides = Callable[[Parameters, Case], list[str]]
Axes = Callable[[Parameters], str]

AXES = "axes"  # the parameter that says in which axes the shape of weights was read

_PER_RANK = {
    1: {"each": "a sequence of one", "pairs": "a sequence of one (before, after) pair", "sides": "2"},
    2: {"each": "two of them", "pairs": "two (before, after) pairs", "sides": "4"},
    3: {"each": "three of them", "pairs": "three (before, after) pairs", "sides": "6"},
}


@dataclass(frozen=True)
class Form:
    """The values that an argument may hold: in words, and as a function that turns one into a catalog value.

    ``read`` takes the argument's value and the layer's rank. It returns None if the value requests nothing, and raises
    ValueError with the problem, as in "has 3 entries". ``allowed`` may contain ``{each}``, ``{pairs}`` and ``{sides}``,
    which depend on the rank.
    """

    allowed: str
    read: Callable[[Any, int], Any]
    words: tuple[str, ...] = ()
    symbols: bool = False  # a dotted name stands for its last part, and any other expression for nothing
    unquoted: bool = False  # whether words may be written without quotes

    def allows(self, rank: int) -> str:
        """Return the allowed values, in words, for a layer of this rank."""
        return self.allowed.format(**_PER_RANK[rank]) if rank else self.allowed


@dataclass(frozen=True)
class Argument:
    """One argument of a layer; ``form`` is None if it may hold any expression, because it moves no window.

    ``default`` is the catalog value of the field if the argument is left out; None requests nothing.
    """

    name: str
    field: str = ""
    form: Form | None = None
    default: Any = None
    required: bool = False


def as_read(parameters: Parameters, rank: int, in_channels: int) -> Parameters:
    """Return the parameters unchanged, for a layer whose arguments do not depend on each other."""
    return parameters


def as_given(parameters: Parameters, rank: int) -> Parameters:
    """Return the parameters unchanged, for a layer whose arguments are fields of the case."""
    return parameters


def as_fitting(parameters: Parameters, input: tuple[int, ...]) -> Parameters:
    """Return the parameters unchanged, for a layer whose arguments do not hold the size of its output."""
    return parameters


def as_weighed(parameters: Parameters) -> str:
    """Return the axes of the kernel as the shape of weights was read; empty if none were."""
    return str(parameters.get(AXES, ""))


def in_axes(letters: str) -> Axes:
    """Return a function of the parameters that always returns these axes of a kernel."""
    return lambda parameters: letters


class Raises(str):
    """An aside that says that the framework raises an error for the layer, and why."""


class NoKernel(Raises):
    """One that holds only where the framework's own kernels compute the layer."""


class Returns(str):
    """An aside that says that the framework returns an output of these sizes, where the case has another or none."""

    sizes: tuple[int, ...]

    @classmethod
    def of(cls, sizes: tuple[int, ...], text: str) -> Returns:
        """Return the aside with this text."""
        found = cls(text)
        found.sizes = sizes
        return found


def outputs(case: Case) -> tuple[int, ...]:
    """Return the output sizes by the arithmetic, even if they are below 1 or a window has no meaning."""
    return tuple(operation(case.op).axis(case, i).output for i in range(case.rank))


def empty_where_nothing_fits(framework: str, case: Case) -> list[str]:
    """Return an aside if a case has no answer, for a framework on JAX, which returns fewer elements or none then.

    A convolution raises if more is cropped than there is (``conv_shape_tuple`` in jax/_src/lax/convolution.py).
    """
    if not isinstance(axes(case), Invalid):
        return []
    if not case.pools and min(_slid_over(case)) < 0:
        return [Raises(f"{framework} raises: padding crops more than there is.")]
    sizes = tuple(max(size, 0) for size in outputs(case))
    if operation(case.op).adjoint:  # an empty axis is stretched to no elements
        sizes = tuple(size if n else size + s - 1 for size, n, s in zip(sizes, case.input, case.stride))
    shown = ",".join(map(str, sizes))
    return [Returns.of(sizes, f"{framework} raises no error where there is no answer: its output is ({shown}).")]


def _slid_over(case: Case) -> list[int]:
    """Return the sizes that the windows of a convolution slide over: of the input, stretched, padded and cropped."""
    found = [operation(case.op).axis(case, i) for i in range(case.rank)]
    if operation(case.op).adjoint:
        return [axis.output + axis.effective - 1 for axis in found]
    return [axis.n + axis.before + axis.after for axis in found]


def empty_where_nothing_is_left(framework: str, case: Case) -> list[str]:
    """Return an aside if the crops of a transposed convolution leave nothing, for a framework that returns that."""
    sizes = outputs(case)
    if min(sizes) != 0 or 0 in case.input:
        return []
    shown = ",".join(map(str, sizes))
    return [Returns.of(sizes, f"{framework} raises no error where nothing is left: its output is ({shown}).")]


class Mirrors(str):
    """An aside that says that the framework applies the kernel mirrored."""


SIZED = "The crops or padding that give the requested output size are worked out for this input size only."


def no_asides(asked: Parameters, case: Case) -> list[str]:
    """Return no asides, for a layer that its case describes completely."""
    return []


@dataclass(frozen=True)
class Layer:
    """One layer class or function: its dotted names, the usual one first, and its signature.

    ``op`` is an operation, or ``pad`` for a layer that pads or crops. A ``rank`` of 0 means the rank of the kernel or
    of the weights. ``prepare`` turns the values of the arguments and the rank into parameters, such as the shape of
    weights into a kernel and channels; ``complete`` turns these and the number of input channels into catalog
    parameters; ``fit`` turns an output size that was asked for into crops, on the sizes of the input. All three raise
    Unfit. ``applied`` are the arguments that a call of the layer itself takes after the input. ``asides`` returns
    sentences about what the framework does that the case does not show, or shows differently. ``data`` is the argument
    that holds the input, if the call is given it. ``kernel`` returns the axes of its kernel in the letters of
    :func:`weighed`; none for a layer without one. ``first_part`` is the name of the layer that does the first part of
    this one, if that part alone is read.
    """

    framework: str
    names: tuple[str, ...]
    op: str
    rank: int
    positional: tuple[Argument, ...]
    keyword_only: tuple[Argument, ...] = ()
    complete: Complete = as_read
    asides: Asides = no_asides
    printed: bool = False  # whether this is the layer as the framework prints it, not as source code makes it
    data: str = ""
    channels_last: bool = False
    prepare: Prepare = as_given
    fit: Fit = as_fitting
    applied: tuple[Argument, ...] = ()
    first_part: str = ""
    rank_of_input: bool = False  # whether a kernel of one number has the rank of the input, rather than one axis
    unbatched: bool = False  # whether the layer takes one example, without a batch, its channels first
    beside: int = 2  # the axes that its weights have beside the spatial ones
    optional_weights: bool = False  # whether the layer can be read without the shape of its weights
    kernel: Axes = as_weighed
    only_with: frozenset[str] = (
        frozenset()
    )  # arguments of which a call names one if it means this layer; none: any call

    @cached_property
    def arguments(self) -> dict[str, Argument]:
        """All arguments, by name."""
        return {argument.name: argument for argument in self.positional + self.keyword_only}


class Unfit(ValueError):
    """A field does not go with the others; the message names the mistake and the allowed values."""

    def __init__(self, field: str, what: str) -> None:
        super().__init__(what)
        self.field = field


def is_whole(value: Any) -> bool:
    """Return whether this is an integer; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_pair(value: Any) -> bool:
    """Return whether this is a (before, after) pair."""
    return isinstance(value, tuple) and len(value) == 2 and all(map(is_whole, value))


def is_whole_or_pair(value: Any) -> bool:
    return is_whole(value) or is_pair(value)


def sequence(value: Any, length: int, fits: Callable[[Any], bool] = is_whole) -> Any:
    """Return a sequence of ``length`` entries that all fit. Raises ValueError otherwise."""
    if not isinstance(value, tuple):
        raise ValueError("is not allowed")
    if len(value) != length:
        raise ValueError(f"has {len(value)} {'entry' if len(value) == 1 else 'entries'}")
    if not all(map(fits, value)):
        raise ValueError("holds an entry that is not allowed")
    return value


def one_to_three(value: Any, rank: int) -> Any:
    """Return the sequence of one to three numbers that sets the rank of a layer. Raises ValueError otherwise."""
    return sequence(value, min(max(len(value), 1), 3) if isinstance(value, tuple) else 1)


def _kernel_of_any_rank(value: Any, rank: int) -> Any:
    return value if is_whole(value) else one_to_three(value, rank)


def whole(value: Any, rank: int) -> int:
    if not is_whole(value):
        raise ValueError("is not a whole number")
    return int(value)


def sizes(value: Any, rank: int) -> Any:
    """Return one number for all axes, or a sequence with one number per axis. Raises ValueError otherwise."""
    return value if is_whole(value) else sequence(value, rank)


def word(value: str, known: tuple[str, ...], unhandled: tuple[str, ...] = ()) -> str:
    if value in unhandled:
        raise ValueError("is not handled by this version")
    if value not in known:
        raise ValueError("is not known")
    return value


def only(allowed: str, *values: Any) -> Form:
    """Return a form that accepts only these values, with which the layer is still one of the operations."""

    def read(value: Any, rank: int) -> None:
        # compare types too, because 1 == True == 1.0
        if not any(type(value) is type(known) and value == known for known in values):
            raise ValueError("is not handled by this version")

    return Form(allowed, read, tuple(value for value in values if isinstance(value, str)))


def or_none(form: Form) -> Form:
    """Return a form that also accepts None, which requests nothing."""
    return Form(f"{form.allowed}, or None", lambda value, rank: None if value is None else form.read(value, rank))


def or_zero(form: Form) -> Form:
    """Return a form with a default of zero: a zero that is written out requests nothing."""

    def read(value: Any, rank: int) -> Any:
        found = form.read(value, rank)
        return found if any(per_axis(found, rank)) else None

    return Form(form.allowed, read)


def _flag(value: Any, rank: int) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is not allowed")
    return value


def _dtype(value: Any, rank: int) -> Dtype | None:
    """Return the dtype with this last part of a name, such as ``half`` of ``torch.half``; None for any other."""
    return DTYPE_NAMES.get(value) if isinstance(value, str) else None


DTYPE_NAMES: dict[str, Dtype] = {
    "double": "float64",
    "float": "float32",
    "half": "float16",
    **{str(name): name for name in FLOATS},
}
WHOLE = Form("a whole number", whole)
SIZES = Form("a whole number or {each}", sizes)
KERNEL_OF_ANY_RANK = Form("a whole number, or a sequence of one to three", _kernel_of_any_rank)
FLAG = Form("True or False", _flag)
WEIGHTS = Form("weights", lambda value, rank: value)
SHAPE = Form("a list of one to three whole numbers", one_to_three)
EACH = Form("a list of one whole number for each axis", sequence)
DTYPE = Argument("dtype", "dtype", Form("a dtype", _dtype, symbols=True))


def required(name: str, field: str = "", form: Form | None = None) -> Argument:
    return Argument(name, field, form, required=True)


def named_weights(name: str) -> Argument:
    """Return the required argument that holds the weights, of which only the shape is read."""
    return Argument(name, "weights", WEIGHTS, required=True)


def ignored(names: str) -> tuple[Argument, ...]:
    return tuple(map(Argument, names.split()))


def names(prefixes: str, *classes: str) -> tuple[str, ...]:
    """Return every class under every prefix, followed by the bare class names."""
    return tuple(f"{prefix}.{name}" for prefix in prefixes.split() for name in classes) + classes


def functions(prefixes: str, *functions: str) -> tuple[str, ...]:
    """Return every function under every prefix; a bare name could be a user's own function."""
    return tuple(f"{prefix}.{name}" for prefix in prefixes.split() for name in functions)


def weighed(parameters: Parameters, layout: str) -> Parameters:
    """Return parameters with the kernel and the channels of weights, whose axes are ``layout``.

    Its letters are O for outputs, I for inputs and # for all spatial axes. The axis i holds only the inputs of one
    group, o only the outputs of one group, M the outputs of each input channel, and G is one of the groups.
    """
    shape: tuple[int, ...] = parameters["weights"]
    before = layout.index("#")
    sizes = dict(zip(layout.replace("#", ""), shape[:before] + shape[len(shape) - (len(layout) - 1 - before) :]))
    groups = sizes["G"] if "G" in sizes else parameters.get("groups", 1)
    found = {name: value for name, value in parameters.items() if name != "weights"}
    found |= {"groups": groups} if "G" in sizes else {}
    found["kernel"], found[AXES] = shape[before : before + len(shape) - len(sizes)], layout
    if "M" in sizes:
        return {**found, "in_channels": sizes["I"], "out_channels": sizes["I"] * sizes["M"], "groups": sizes["I"]}
    inputs = sizes["I"] if "I" in sizes else sizes["i"] * groups
    return {**found, "in_channels": inputs, "out_channels": sizes["O"] if "O" in sizes else sizes["o"] * groups}


def effective(parameters: Parameters, rank: int) -> list[int]:
    """Return the extent of the dilated kernel along each axis."""
    kernel, dilation = per_axis(parameters["kernel"], rank), per_axis(parameters["dilation"], rank)
    return [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]


def uncropped(parameters: Parameters, input: tuple[int, ...]) -> list[int]:
    """Return the sizes of a transposed convolution's output before any of it is cropped, with its output padding."""
    rank = len(input)
    strides, more = per_axis(parameters["stride"], rank), per_axis(parameters.get("output_padding", 0), rank)
    return [(n - 1) * s + e + o for n, s, e, o in zip(input, strides, effective(parameters, rank), more)]


def filled_up(parameters: Parameters, rank: int) -> Parameters:
    """Return parameters with output padding added where windows are narrower than the stride, so the output is n*s."""
    strides = per_axis(parameters["stride"], rank)
    more = tuple(max(s - e, 0) for s, e in zip(strides, effective(parameters, rank)))
    return {**parameters, "output_padding": more} if any(more) else parameters


def per_axis(value: Any, rank: int) -> tuple[Any, ...]:
    """Return one entry per axis, from a sequence or from one number for all axes."""
    return value if isinstance(value, tuple) else (value,) * rank
