"""The predictions for a layer in each framework, in words. Nothing is run.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...adapters.dressed import dressed, lacking
from ...adapters.dressing import BARE, Dressing
from ...adapters.ported import port_line
from ...adapters.prediction import Prediction, predict
from ...adapters.registry import USUAL, held, title
from ...adapters.spelling import Inexpressible, Spelling
from ...cases.case import Case
from ...cases.text import printable, several, shape_text
from ..verdicts.computed import Comparison, Computed
from .words import word

Below = Mapping[str, Sequence[str]]
NOTHING: Below = {}


@dataclass(frozen=True)
class Predicted:
    """The prediction for one adapter's framework, as it is written there, and the port where that differs.

    Both lines have the bias, the activations and the name of the line that was asked about, its ``dressing``.
    """

    prediction: Prediction
    dressing: Dressing = BARE

    @cached_property
    def comparison(self) -> Comparison | None:
        """The predicted layer beside the requested one; None where there is no line, or none that can be read."""
        reading = self.prediction.reading
        if reading is None:
            return None
        return Comparison(self.prediction.case, Computed.by(reading))

    @property
    def verdict(self) -> str:
        """The predicted verdict; empty where nothing is predicted."""
        if isinstance(self.prediction.spelling, Inexpressible):
            return "inexpressible"
        return self.comparison.verdict if self.comparison else ""

    @property
    def written(self) -> str:
        """The line as people write it, with its dressing; empty where there is none."""
        spelling = self.prediction.spelling
        if isinstance(spelling, Inexpressible):
            return ""
        return dressed(spelling.source, self.prediction.adapter, self.dressing)

    @cached_property
    def port(self) -> str:
        """The line that reproduces the case, where the line as written does not; empty where there is no such line."""
        if self.verdict in ("", "agrees"):
            return ""
        return port_line(self.prediction.case, self.prediction.adapter, self.dressing)

    @property
    def reason(self) -> str:
        """Why the predicted verdict is not ``agrees``, and what the framework cannot express; else empty."""
        spelling = self.prediction.spelling
        if isinstance(spelling, Inexpressible):
            return spelling.reason
        if self.comparison is None or self.verdict == "agrees":
            return ""
        lead = f"{spelling.note}; " if spelling.note else ""
        return lead + self.comparison.reason

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The spatial sizes of the output of the line as written; None where there is none, or none is predicted."""
        return self.comparison.shape[2:] if self.comparison and self.comparison.shape else None

    def to_json(self) -> dict[str, Any]:
        """Return the prediction as ``--json`` writes it."""
        spelling, found = self.prediction.spelling, self.comparison
        literal = spelling.literal if isinstance(spelling, Spelling) else None
        return {
            "adapter": self.prediction.adapter,
            "framework": title(self.prediction.adapter),
            "version": held(self.prediction.adapter),
            "verdict": self.verdict or None,
            "shape": None if self.sizes is None else list(self.sizes),
            "source": self.written or None,
            "literal": {"source": literal.source, "error": literal.error} if literal else None,
            "reason": self.reason or None,
            "sizes": (found.sizes if found and self.verdict != "agrees" else "") or None,
            "port": self.port or None,
        }

    def lines(self) -> Iterator[str]:
        """Yield the prediction as lines of text."""
        said = word(self.verdict) if self.verdict else "not predicted"
        yield " ".join(filter(None, [self.prediction.adapter, shape_text(self.sizes) if self.sizes else "", said]))
        spelling = self.prediction.spelling
        if isinstance(spelling, Spelling):
            yield f"  as written:  {self.written}"
            if spelling.literal:
                yield f"  literal:     {spelling.literal.source}  # raises {spelling.literal.error}"
        if self.reason:
            yield f"  {printable(self.reason, 600)}"
        if self.comparison and (sizes := self.comparison.sizes) and self.verdict != "agrees":
            yield f"  {sizes}"
        if self.port:
            yield f"  port (predicted to agree): {self.port}"
        elif self.verdict not in ("", "agrees"):
            yield "  no port is known"
        if kind := lacking(self.prediction.adapter, self.dressing):
            yield f"  left out from {kind} on: the framework has no activation of this name"


def predictions(case: Case, dressing: Dressing = BARE, adapters: Iterable[str] = USUAL) -> list[Predicted]:
    """Return the prediction for a case in each adapter's framework."""
    return [Predicted(predict(case, adapter), dressing) for adapter in adapters]


def lines(
    case: Case, dressing: Dressing = BARE, adapters: Iterable[str] = USUAL, below: Below = NOTHING
) -> Iterator[str]:
    """Yield the predictions as lines of text, under a heading that says that nothing was run.

    ``below`` has lines to show below the prediction of an adapter.
    """
    adapters = tuple(adapters)
    versions = list(dict.fromkeys(map(held, adapters)))
    models = "a model" if len(versions) == 1 else "models"
    yield ""
    yield f"Predicted by {models} of {several(versions)}; nothing was run. To run it, add --run, --env or --with."
    for predicted in predictions(case, dressing, adapters):
        yield ""
        yield from predicted.lines()
        yield from below.get(predicted.prediction.adapter, ())
