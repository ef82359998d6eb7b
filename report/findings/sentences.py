"""The line to write in a framework for a layer that was read, explained in sentences. Nothing is run.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...adapters.dressed import lacking
from ...adapters.dressing import Dressing
from ...adapters.registry import held, title
from ...adapters.spelling import Spelling
from ...cases.case import Case
from ...cases.text import printable, several, shape_text
from .predicted import NOTHING, Below, Predicted, predictions


def sentences(
    case: Case, dressing: Dressing, asides: Sequence[str], adapters: Sequence[str], below: Below = NOTHING
) -> Iterator[str]:
    """Yield the answer for the frameworks of some adapters, line by line.

    ``asides`` are sentences about the line that was read; ``below`` has lines to show below the answer for an adapter.
    """
    for predicted in predictions(case, dressing, adapters):
        yield from answer(predicted, dressing)
        yield from below.get(predicted.prediction.adapter, ())
        yield ""
    yield from (*asides, *([""] if asides else []))
    models = several(list(dict.fromkeys(map(held, adapters))))
    yield f"Predicted by {'a model' if len(adapters) == 1 else 'models'} of {models}; nothing was run."
    yield "To run it, give --run, --env or --with in place of --to. Without any of these, the formula is shown as well."


def answer(predicted: Predicted, dressing: Dressing) -> Iterator[str]:
    """Yield the line to write in one framework, and why not the line that people write there."""
    adapter, written = predicted.prediction.adapter, predicted.written
    name = title(adapter)
    if predicted.verdict == "agrees":
        yield from _code(f"In {name}, write", written)
        yield from _same(predicted)
    elif not predicted.verdict:
        yield from _code(f"In {name}, people write", written)
        yield "The behaviour of this line is not predicted; add --run or --env to run it."
    elif predicted.port:
        yield from _code(f"In {name}, write", predicted.port)
        if written:
            yield from _code("and not", written)
        yield from _why(predicted, "The second line" if written else "")
    elif written:
        yield from _code(f"In {name}, no line is known that does the same. The nearest is", written)
        yield from _why(predicted, "It")
    else:
        yield f"In {name}, no line is known that does the same."
        yield from _why(predicted, "")
    if kind := lacking(adapter, dressing):
        yield f"Everything from {kind} on is left out: {name} has no activation of this name."


def _code(lead: str, source: str) -> Iterator[str]:
    yield from (lead, "", f"    {source}", "")


def _same(predicted: Predicted) -> Iterator[str]:
    """Yield that the line as written is the same layer, and where it is not."""
    found = predicted.comparison
    shape = found.shape[2:] if found and found.shape else ()
    yield f"This is the same layer: its output is {shape_text(shape)}, from the same elements."
    if found and found.sizes:
        yield f"At other input sizes it may be another one: it {found.sizes}."


def _why(predicted: Predicted, line: str) -> Iterator[str]:
    """Yield why a line, named by how a sentence begins, is not the layer that was asked for; or why there is none."""
    spelling, found = predicted.prediction.spelling, predicted.comparison
    if not line or found is None:
        yield _sentence(predicted.reason)
        return
    reason = printable(found.reason, 600)
    if predicted.verdict == "shifted" and found.shape:
        yield f"{line} has the right shape, {shape_text(found.shape[2:])}, but {reason}."
    else:
        yield f"{line} is not the same layer: {reason}."
    if found.sizes:
        yield f"It {found.sizes}."
    if isinstance(spelling, Spelling) and spelling.literal:
        yield f"{spelling.literal.source} raises an error: {printable(spelling.literal.error, 300)}."
    elif isinstance(spelling, Spelling) and spelling.note:
        yield _sentence(spelling.note)


def _sentence(text: str) -> str:
    """Return a clause as a sentence."""
    return f"{text[:1].upper()}{printable(text, 600)[1:]}."
