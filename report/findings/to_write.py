"""The line to write in a framework for a layer that was read, and the lines that carry its weights there.

Nothing is run.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...adapters.carrying import Kernel, NotCarried, carry
from ...adapters.dressed import dressed
from ...adapters.expression import Reading
from ...adapters.ported import read_spelled, spell_port
from ...adapters.prediction import predict
from ...adapters.registry import USUAL, folder
from ...adapters.scripts import CHANNELS_LAST
from ...adapters.spelling import Inexpressible, Spelling
from ...cases.case import Case
from ..verdicts.computed import Comparison, Computed

WEIGHTS = ("kernel", "bias")


@dataclass(frozen=True)
class ToWrite:
    """A line for an adapter's framework, and ``carry``, which makes its weights from those of the original layer.

    ``carry`` is the source of a function of NumPy arrays, empty for a layer without weights; where there is none,
    ``why_not`` says why. ``kernel`` are the sizes of the line's kernel or window.
    """

    adapter: str
    source: str
    channels_last: bool
    kernel: tuple[int, ...]
    weights: tuple[str, ...] = ()
    carry: str = ""
    why_not: str = ""


def spell(case: Case, mirrored: bool, adapter: str, bias: bool = False) -> Spelling | Inexpressible:
    """Return the line that people write for a case, if it is the same at all sizes, and else the port.

    ``mirrored`` says whether the original applies its kernel mirrored.

    Negative padding is for a port as well: some frameworks take it, and then raise an error.
    """
    if not isinstance(case.padding, str) and min(map(min, case.padding)) < 0:
        return spell_port(case, adapter, bias)
    found = predict(case, adapter)
    if isinstance(found.spelling, Spelling) and found.reading and not found.reading.refusal:
        computed = replace(Computed.by(found.reading), mirrored=found.reading.mirrored != mirrored)
        comparison = Comparison(case, computed)
        if comparison.verdict == "agrees" and not comparison.sizes:
            return found.spelling
    return spell_port(case, adapter, bias)


def to_write(asked: Reading, adapter: str) -> ToWrite | Inexpressible:
    """Return the line to write in an adapter's framework for a layer that was read, with everything beside it."""
    dressing = asked.dressing
    found = spell(asked.case, asked.mirrored, adapter, dressing.bias)
    if isinstance(found, Inexpressible):
        return found
    source = dressed(found.source, adapter, dressing)
    last = folder(adapter) in CHANNELS_LAST
    if asked.case.pools:
        return ToWrite(adapter, source, last, asked.case.kernel)
    reading = read_spelled(found.source, asked.case)
    if reading is None:
        return Inexpressible(f"the line is one that convparity does not read: {found.source}")
    given = adapter, source, last, reading.case.kernel, WEIGHTS if dressing.bias else WEIGHTS[:1]
    if asked.partial:
        return ToWrite(*given, why_not="it has two convolutions, and one is carried at a time; give each by itself")
    try:
        return ToWrite(*given, carry(kernel_of(asked), kernel_of(reading), dressing.bias))
    except NotCarried as why:
        return ToWrite(*given, why_not=str(why))


def kernel_of(reading: Reading) -> Kernel:
    """Return the kernel of a layer that was read. Raise NotCarried if the order of its axes is not known."""
    axes = reading.layer.kernel_axes if reading.layer else ""
    if not axes:
        raise NotCarried("the order of the axes of its weights is not known")
    return Kernel(axes, reading.case, reading.mirrored)


def carried(asked: Reading) -> dict[str, list[str]]:
    """Return the lines that carry the weights of a layer to each adapter's line, none of which has been run."""
    found = {}
    for adapter in USUAL if asked.layer and not asked.refusal else ():
        write = to_write(asked, adapter)
        if isinstance(write, ToWrite) and write.weights:
            found[adapter] = ["  with its weights, predicted, not run:", *indented(write)]
    return found


def indented(write: ToWrite) -> list[str]:
    """Return the line and those that carry its weights as part of a text, or why there are none."""
    carry = write.carry or f"# no weights can be carried: {write.why_not}"
    return [f"    {line}" for line in (write.source, *carry.splitlines())]
