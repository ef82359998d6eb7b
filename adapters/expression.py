"""The reader of a layer as it appears in source code, ``nn.Conv2d(3, 64, 7, stride=2, padding=3)``, as a :class:`Case`.

The text is parsed and never evaluated: arguments that move a window must be literals, and all others are ignored. It
may be one layer, or a chain of padding, cropping and one layer, in modules or functions. The names and allowed values
of a layer's arguments are in :mod:`convparity.adapters.layers`; the parts of the reader are in ``reading/``.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from ..cases.arithmetic import AXIS_NAMES
from ..cases.case import Case
from ..cases.catalog.validate import Problem, check
from ..cases.dtypes import DTYPES, Dtype
from ..cases.errors import InputError
from ..cases.text import printable, several
from .dressing import BARE, Dressing
from .layers import BY_NAME, TIME
from .onnx.signatures import MAKERS
from .reading.binding import Bound
from .reading.chains import read_steps
from .reading.dressing import read_dressing
from .reading.folding import Folding
from .reading.rebuilding import Rebuilt, rebuilt
from .reading.source import EXAMPLE, LONGEST, Source
from .reading.steps import Cast, Core, Given, Left, Pad, Pointwise, Slice, Steps, Wrapper
from .signature import Mirrors, Raises, Returns


@dataclass(frozen=True)
class Reading:
    """A layer as its framework computes it: the case, and sentences about the rest.

    ``framework`` is the title of the framework that the line is read as, ``dressing`` the part for its ports, and
    ``steps`` are those that were read, in order.
    """

    case: Case
    asides: tuple[str, ...]
    framework: str
    dressing: Dressing = BARE
    steps: Steps = field(default=(), compare=False, repr=False)

    @property
    def refusal(self) -> str:
        """Why the framework raises an error for the layer; empty if it does not."""
        return next((aside for aside in self.asides if isinstance(aside, Raises)), "")

    @property
    def layer(self) -> Bound | None:
        """The call of the convolution or pool itself; None if the case was not read from a line."""
        return next((step.layer for step in self.steps if isinstance(step, Core)), None)

    @property
    def partial(self) -> bool:
        """Whether the line continues with a pointwise convolution, which is not in the case."""
        return any(isinstance(step, Pointwise) for step in self.steps)

    @property
    def pads_after(self) -> bool:
        """Whether the line pads the layer's output, to which the layer's bias is not added."""
        after = self.steps[[isinstance(step, Core) for step in self.steps].index(True) + 1 :] if self.steps else ()
        return any(isinstance(step, Pad) and max(map(max, step.pads)) > 0 for step in after)

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The sizes of the output that the framework returns where the case has another or none; else None."""
        return next((aside.sizes for aside in self.asides if isinstance(aside, Returns)), None)

    @property
    def mirrored(self) -> bool:
        """Whether the framework applies the kernel mirrored."""
        return any(isinstance(aside, Mirrors) for aside in self.asides)


def read_layer(
    text: str, input: tuple[int, ...], weights: tuple[int, ...] | None = None, rank: int = 0
) -> tuple[Case, list[str]]:
    """Return the case and the asides of :func:`read`."""
    found = read(text, input, weights, rank=rank)
    return found.case, list(found.asides)


def read(
    text: str,
    input: tuple[int, ...],
    weights: tuple[int, ...] | None = None,
    dtype: Dtype = "float32",
    rank: int = 0,
) -> Reading:
    """Return a layer on an input, as its framework computes it.

    ``input`` holds the spatial sizes, optionally after the channels, or the batch and the channels: for a layer with
    two axes, ``(512, 512)``, ``(3, 512, 512)`` or ``(1, 3, 512, 512)``. ``weights`` is the shape of the weights, in the
    framework's own layout, if the text has only a name for them. ``dtype`` is that of the input, which counts if the
    text says no other. ``rank`` is the number of spatial sizes of the input, for a layer that fits any; 0 if it is to
    be guessed. The asides are sentences about what the layer's framework does that the case does not show, or shows
    differently. Raises InputError.
    """
    source = Source(text, weights, len(input), rank)
    return _as_case(source, _read(source), input, weights, dtype)


def rebuild(text: str, input: tuple[int, ...], weights: tuple[int, ...] | None = None) -> Rebuilt:
    """Return a layer as a line that can be run: its text is read, and never evaluated. Raises InputError."""
    source = Source(text, weights, len(input))
    steps = _read(source)
    return rebuilt(source, steps, _as_case(source, steps, input, weights).case)


def _as_case(
    source: Source,
    steps: Steps,
    input: tuple[int, ...],
    weights: tuple[int, ...] | None,
    dtype: Dtype = "float32",
) -> Reading:
    """Return the case of a chain of steps."""
    core = next(step for step in steps if isinstance(step, Core))
    layer = core.layer
    if weights is not None and not {argument.field for argument in layer.signature.arguments.values()} & {"weights"}:
        raise InputError([f"weights: {printable(layer.name, 60)} takes none, because its arguments say their shape"])
    batch, stated, sizes = _sizes(layer, input)
    asked = layer.asked.get("in_channels")
    channels = _own_channels(layer) if stated is None else stated
    if asked is not None and asked != channels:
        what = f"{asked} does not fit an input of {printable('x'.join(map(str, input)), 60)}; expected {channels}"
        raise source.error(f"in_channels: {what}", layer.nodes["in_channels"])
    _refuse_size_after_crop(steps, core)
    case = _typed(_case(layer, sizes, channels, batch, _padded(steps, core, sizes)), steps, layer, dtype)
    folding = Folding(source, steps, core, case)
    beside = read_dressing(source, steps, core, case)
    asides = [
        *_read_as(layer),
        *_order(input, case),
        *_one_number(layer, input, case),
        *_first_form(layer),
        *_stand_for(layer, case),
        *_left(steps, beside.steps),
        *beside.asides,
        *folding.asides,
        *layer.signature.asides(layer.asked, folding.own),
    ]
    return Reading(folding.case, tuple(dict.fromkeys(asides)), layer.signature.framework, beside.dressing, steps)


def _refuse_size_after_crop(steps: Steps, core: Core) -> None:
    """Raise InputError if a layer with an output size comes after a crop, on which its crops depend."""
    layer = core.layer
    if "output" in layer.nodes and any(isinstance(step, Slice) for step in steps[: steps.index(core)]):
        node = layer.nodes["output"]
        what = "after a crop is not handled by this version; write numbers of padding in its place"
        raise layer.source.error(f"{layer.names()['output']}: {layer.source.quoted(node)} {what}", node)


def _padded(steps: Steps, core: Core, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sizes of the input of a layer, after the pads before it."""
    found = list(sizes)
    one = core.layer.signature.unbatched
    beside = 1 if core.layer.channels_last or one else 2  # the axes before the spatial ones
    for step in steps[: steps.index(core)]:
        if isinstance(step, Pad):
            start = beside if step.first is None else step.first
            start += len(found) + (1 if one else 2) if start < 0 else 0
            for axis, pad in enumerate(step.pads, start - beside):
                if 0 <= axis < len(found):
                    found[axis] += sum(pad)
    return tuple(found)


def _read(source: Source) -> Steps:
    if not source.text:
        raise InputError([f"layer: the text is empty; expected a layer such as {EXAMPLE}"])
    if len(source.text) > LONGEST:
        raise source.unreadable(f"has {len(source.text)} characters, more than {LONGEST}")
    try:
        return read_steps(source)
    except InputError:
        raise
    except (RecursionError, MemoryError):
        raise source.unreadable("is nested too deeply") from None
    except ValueError as error:  # NUL, half a surrogate pair, a number with too many digits
        raise source.unreadable(f"cannot be read ({printable(str(error).split(';')[0])})") from None


def _sizes(layer: Bound, input: tuple[int, ...]) -> tuple[int, int | None, tuple[int, ...]]:
    """Return the batch, the channels if they are given, and the spatial sizes of an input. Raises InputError."""
    beside = len(input) - layer.rank
    if layer.one_number and 2 <= beside <= 4:
        # To a kernel of one number, all axes of an image but the last are a batch.
        at = 0 if len(input) == 3 else 1
        return math.prod(size for i, size in enumerate(input[:-1]) if i != at), input[at], input[-1:]
    if not 0 <= beside <= 2:
        spatial = ", ".join(AXIS_NAMES[layer.rank])
        allowed = f"({spatial}) or (channels, {spatial}) for a kernel of rank {layer.rank}, or a batch of the latter"
        raise InputError([f"input: {printable(str(input), 60)} has the wrong number of sizes; expected {allowed}"])
    return input[0] if beside == 2 else 1, input[beside - 1] if beside else None, input[beside:]


def _typed(case: Case, steps: Steps, layer: Bound, dtype: Dtype) -> Case:
    """Return the case in the dtype that a later statement casts the layer to, or else of the input."""
    kinds = [dtype, *(step.dtype for step in steps if isinstance(step, Cast) and step.dtype in DTYPES)]
    if "dtype" in layer.asked or kinds[-1] == case.dtype:
        return case
    return replace(case, dtype=kinds[-1], id="").named()


def _read_as(layer: Bound) -> list[str]:
    """Return an aside on the framework that was assumed, if the layer's name alone does not identify it."""
    known, read = BY_NAME.get(layer.name), layer.signature
    if layer.name.endswith(MAKERS) or (known and known[0].framework == read.framework):
        return []
    return [f"{printable(layer.name, 60)} is read as {read.names[0]} of {read.framework}."]


def _order(input: tuple[int, ...], case: Case) -> list[str]:
    """Return an aside on an input whose channels seem to come last."""
    *first, last = input
    if len(input) != case.rank + 1 or last not in (1, 3, 4) or min(first) <= 4:
        return []
    read = f"{input[0]} channels on {'x'.join(map(str, input[1:]))}"
    return [f"The input is read as {read}; channels come first, as in {'x'.join(map(str, (last, *first)))}."]


def _one_number(layer: Bound, input: tuple[int, ...], case: Case) -> list[str]:
    """Return an aside on a kernel of one number, which has one axis, before an input that may be an image."""
    if not layer.one_number or len(input) < 2:
        return []
    name = layer.names()["kernel"]
    size = case.kernel[0]
    read = "" if case.batch == 1 else f", and the {case.batch} rows are a batch"
    return [
        f"{name}={size} is one number, which slides along the width only{read}; "
        f"for an image, write {name}=({size}, {size})."
    ]


def _first_form(layer: Bound) -> list[str]:
    """Return an aside on a Convolution2D of three numbers, which were filters, rows and columns in Keras 1."""
    sides = [layer.written.get(name) for name in ("kernel_size", "strides")]
    numbers = [side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, int)]
    if layer.name.rpartition(".")[2] != "Convolution2D" or len(numbers) < 2 or "strides" in layer.source.text:
        return []
    return [
        f"In Keras 1, these numbers were a kernel of {tuple(numbers)}, without strides; if that is meant, write "
        f"kernel_size={tuple(numbers)}."
    ]


def _left(steps: Steps, kept: tuple[Left, ...]) -> list[str]:
    """Return asides on the functions, activations and normalisations that are neither in the case nor kept by ports."""
    rest = [step for step in steps if isinstance(step, Left) and not any(step is one for one in kept)]
    left = list(dict.fromkeys(step.name for step in rest if not isinstance(step, Pointwise)))
    wraps = list(dict.fromkeys(step.name for step in steps if isinstance(step, Wrapper)))
    said = [f"{step.text} is taken as the input." for step in steps if isinstance(step, Given)]
    if any(isinstance(step, Pointwise) for step in rest):
        said.append("This is the depthwise convolution; the pointwise 1x1 convolution after it is left aside.")
    if left:
        said.append(f"{several(left)} {'is' if len(left) == 1 else 'are'} left aside.")
    if TIME in wraps:
        wraps.remove(TIME)
        said.append(
            f"{TIME} applies the layer to each step in time. Elsewhere, make the steps a part of the batch, as in "
            "PyTorch's layer(x.flatten(0, 1)).unflatten(0, x.shape[:2])."
        )
    if wraps:
        said.append(f"{several(wraps)} {'changes' if len(wraps) == 1 else 'change'} the weights, and moves no window.")
    return said


def _stand_for(layer: Bound, case: Case) -> list[str]:
    """Return asides on the values assumed for names that stand for numbers of channels or groups."""
    named = {field: layer.source.quoted(node) for field, node in layer.named.items()}
    groups = named.pop("groups", None)
    said = []
    if named:
        counts = f"{case.in_channels} to {case.out_channels}"
        if layer.depthwise:
            counts += ", in 1 group" if case.groups == 1 else f", in {case.groups} groups"
        names = several(list(dict.fromkeys(named.values())))
        said.append(f"{names} may be any number of channels; here they are {counts}.")
    if groups and not layer.depthwise:
        said.append(f"{groups} may be any number of groups; here it is 1.")
    return said


def _own_channels(layer: Bound) -> int:
    """Return the input channels of a layer if the input does not give them: as few as its groups allow."""
    stated = (layer.asked.get(field) for field in ("in_channels", "inputs_per_group", "groups"))
    return next((channels for channels in stated if channels is not None), 1)


def _case(layer: Bound, input: tuple[int, ...], in_channels: int, batch: int, padded: tuple[int, ...]) -> Case:
    """Return the case of a layer alone; where an output size was asked for, its crops are those on a padded input."""
    sizes = padded if "output" in layer.nodes else input
    entry = {**layer.parameters(in_channels, sizes), "input": input, "in_channels": in_channels, "batch": batch}
    case, problems = check({field: _as_lists(value) for field, value in entry.items()})
    if case is None:
        # Problems of the expression come first: groups = 0 would otherwise be reported as 0 input channels.
        raise _error(layer, min(problems, key=lambda problem: problem.path[0] not in layer.nodes))
    return case


def _as_lists(value: Any) -> Any:
    return list(map(_as_lists, value)) if isinstance(value, (tuple, list)) else value


def _error(layer: Bound, problem: Problem) -> InputError:
    """Return a problem with the case as an error about the argument that it came from."""
    field, *steps = problem.path
    names = layer.names()
    what = problem.text.partition(": ")[2]
    if field not in layer.nodes:
        return InputError([f"{field if field in ('input', 'batch') else 'input channels'}: {what}"])
    node = layer.nodes[field]
    if "in_channels" not in layer.nodes:
        names["in_channels"] = "the number of input channels"
    what = re.sub(r"\b(in|out)_channels\b", lambda match: names[match[0]], what)
    for step in steps:
        node = node.elts[step] if isinstance(node, (ast.Tuple, ast.List)) else node
    return layer.source.error(f"{names[field]}: {what}", node)
