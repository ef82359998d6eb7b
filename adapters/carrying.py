"""The lines of NumPy that carry the weights of a layer in one framework to its port in another.

An array of weights has its axes in an order of its framework's own, in the letters of ``signature.weighed``: O for
outputs, I for inputs, M for the outputs of each input, G for the groups, and # for all spatial axes; in lower case if
of one group.

Pure: the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..cases.case import Case

SPATIAL = {1: "W", 2: "HW", 3: "DHW"}


class NotCarried(ValueError):
    """Weights cannot be carried; the message says why."""


@dataclass(frozen=True)
class Kernel:
    """The kernel of a layer: the order of its axes, the layer that it is of, and whether it is applied mirrored."""

    axes: str
    case: Case
    mirrored: bool = False

    @property
    def order(self) -> str:
        """The axes as one letter each, all in capitals: ``HWIO``."""
        return self.axes.upper().replace("#", SPATIAL[self.case.rank])

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        case = self.case
        inputs, outputs, groups = case.in_channels, case.out_channels, case.groups
        if case.op == "conv" or "G" in self.axes:
            inputs //= 1 if "M" in self.axes else groups
        if case.op == "conv_transpose" or "G" in self.axes:
            outputs //= groups
        sizes = {"O": outputs, "I": inputs, "M": case.out_channels // case.in_channels, "G": groups}
        return tuple({**sizes, **dict(zip(SPATIAL[case.rank], case.kernel))}[letter] for letter in self.order)


def carry(source: Kernel, target: Kernel, bias: bool) -> str:
    """Return a function ``carry`` of NumPy arrays, as source text. Raise NotCarried if there is no such function."""
    names = "kernel, bias" if bias else "kernel"
    lines = carry_lines(source, target) or [f"# both have {source.order} {source.shape}"]
    text = f'"""Return the weights of the port, from those of the original layer: {names}."""'
    return "\n    ".join([f"def carry({names}):", text, *lines, f"return {names}"])


def carry_lines(source: Kernel, target: Kernel) -> list[str]:
    """Return the lines that make the array ``kernel`` of one layer that of another. Raise NotCarried if none can."""
    lines = _Lines(source)
    if source.case.op != target.case.op:
        raise NotCarried("the port is another operation")
    if "M" in source.axes and "M" not in target.axes:
        lines.together()
    if "G" in source.axes:
        lines.one_after_the_other()
    if source.case.groups != target.case.groups:
        lines.in_one_group(source, target)
    if source.mirrored != target.mirrored:
        lines.mirror()
    if source.case.kernel != target.case.kernel:
        lines.spread(source.case, target.case)
    if "M" in target.axes and "M" not in lines.order:
        lines.apart(target)
    if "G" in target.axes:
        lines.in_groups(target)
    lines.transpose(target.order)
    if lines.shape != target.shape:
        raise NotCarried(f"they would have the shape {lines.shape} instead of {target.shape}")
    return lines.lines


class _Lines:
    """The lines so far, and the order of axes and the shape that ``kernel`` has after them."""

    def __init__(self, source: Kernel) -> None:
        self.order, self.shape = source.order, source.shape
        self.rank = source.case.rank
        self.lines: list[str] = []

    def transpose(self, order: str) -> None:
        """Bring the axes into an order."""
        if order == self.order:
            return
        places = [self.order.index(letter) for letter in order]
        shape = tuple(self.shape[place] for place in places)
        comment = f"  # {self.order} {self.shape} to {order} {shape}"
        self.lines.append(f"kernel = kernel.transpose{tuple(places)}{comment}")
        self.order, self.shape = order, shape

    def together(self) -> None:
        """Make the outputs of each input of a depthwise kernel one axis of all outputs."""
        self.transpose(f"IM{SPATIAL[self.rank]}")
        inputs, each, *taps = self.shape
        self._reshape(f"OI{SPATIAL[self.rank]}", (inputs * each, 1, *taps))

    def apart(self, target: Kernel) -> None:
        """Make the outputs of a kernel with one input per group two axes: inputs, and the outputs of each."""
        self.transpose(f"OI{SPATIAL[self.rank]}")
        inputs = target.case.in_channels
        self._reshape(f"IM{SPATIAL[self.rank]}", (inputs, self.shape[0] // inputs, *self.shape[2:]))

    def one_after_the_other(self) -> None:
        """Make the groups of a kernel, and the axis after them, one axis."""
        groups, first, *rest = self.shape
        self._reshape(self.order[1:], (groups * first, *rest))

    def in_groups(self, target: Kernel) -> None:
        """Make the groups of a kernel an axis of their own, before the axis that holds them."""
        self.transpose(target.order[1:])
        self._reshape(target.order, target.shape)

    def _reshape(self, order: str, shape: tuple[int, ...]) -> None:
        self.lines.append(f"kernel = kernel.reshape{shape}  # {self.order} to {order}")
        self.order, self.shape = order, shape

    def in_one_group(self, source: Kernel, target: Kernel) -> None:
        """Make the kernels of all groups one kernel, with zeros between the channels of different groups."""
        groups = source.case.groups
        if target.case.groups != 1:
            raise NotCarried(f"the port has {target.case.groups} groups instead of {groups}")
        whole = "OI" if source.case.op == "conv" else "IO"  # first the axis that holds the channels of all groups
        self.transpose(f"{whole}{SPATIAL[self.rank]}")
        each, other = self.shape[0] // groups, self.shape[1]
        shape = (self.shape[0], other * groups, *self.shape[2:])
        rows, columns = f"{each} * group : {each} * (group + 1)", f"{other} * group : {other} * (group + 1)"
        self.lines += [
            f"blocks, kernel = kernel, numpy.zeros({shape}, kernel.dtype)  # zeros between the groups",
            f"for group in range({groups}):",
            f"    kernel[{rows}, {columns}] = blocks[{rows}]",
        ]
        self.shape = shape

    def spread(self, source: Case, target: Case) -> None:
        """Put zeros between the taps of a kernel, and after the last."""
        steps = tuple(d // other for d, other in zip(source.dilation, target.dilation))
        letters = SPATIAL[self.rank]
        sizes, at = dict(zip(letters, target.kernel)), dict(zip(letters, zip(source.kernel, steps)))
        shape = tuple(sizes.get(letter, size) for letter, size in zip(self.order, self.shape))
        places = ", ".join(_every(*at[letter]) if letter in at else ":" for letter in self.order)
        self.lines += [
            f"taps, kernel = kernel, numpy.zeros({shape}, kernel.dtype)  # zeros between and after the taps",
            f"kernel[{places}] = taps",
        ]
        self.shape = shape

    def mirror(self) -> None:
        """Mirror the kernel along all spatial axes."""
        places = ", ".join("::-1" if letter in SPATIAL[self.rank] else ":" for letter in self.order)
        self.lines.append(f"kernel = kernel[{places}].copy()  # mirrored")


def _every(taps: int, step: int) -> str:
    """Return the slice of the places of taps in a kernel that they are spread in."""
    end = (taps - 1) * step + 1
    return f":{end}" if step == 1 else f":{end}:{step}"
