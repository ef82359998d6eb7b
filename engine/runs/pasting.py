"""The lines to paste that an explanation shows below each environment, with their weights carried if asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from ..adapters.dressing import BARE
from ..adapters.expression import Reading
from ..adapters.registry import NAMES
from ..cases.errors import HarnessFault, InputError
from ..environments.find import EnvironmentSpec
from ..report.findings.predicted import NOTHING, Below
from ..report.findings.to_write import ToWrite, indented, to_write
from .porting import Port, checked, prepared


def to_paste(line: str, asked: Reading, specs: Sequence[EnvironmentSpec], with_weights: bool) -> Below:
    """Return the lines to paste for each environment of a built-in adapter, by its label.

    With weights, both layers are run before anything is shown as verified. Without, a line is only needed where the
    original has more than the layer that was run.
    """
    known = [spec for spec in specs if spec.adapter in NAMES]
    if asked.layer is None or asked.refusal:
        return NOTHING
    if with_weights:
        return {label: list(_told(made)) for label, made in _run(line, asked, known) if made.write.weights}
    writes = {spec.label: to_write(asked, spec.adapter) for spec in known if asked.dressing != BARE}
    return {
        label: [f"  to paste, predicted, not run: {write.source}"]
        for label, write in writes.items()
        if isinstance(write, ToWrite)
    }


def _run(line: str, asked: Reading, specs: Sequence[EnvironmentSpec]) -> Iterator[tuple[str, Port]]:
    """Yield the ports to environments, by their labels, run where they can be."""
    made = []
    for spec in specs:
        with suppress(InputError):  # no port: the explanation says so
            made.append((prepared(line, asked, spec.adapter), spec))
    done: list[Port] = []
    fault = ""
    try:
        done.extend(checked(made, specs) if made else ())
    except HarnessFault as error:
        fault = str(error)
    done += [replace(one, why_not=one.why_not or fault) for one, _ in made[len(done) :]]
    yield from zip((spec.label for _, spec in made), done, strict=True)


def _told(made: Port) -> Iterator[str]:
    if made.check and not made.check.agrees:
        yield f"  to paste: not shown, as it differs from the original: {made.stamp}"
        return
    yield f"  to paste, {made.stamp}:"
    yield from indented(made.write)
