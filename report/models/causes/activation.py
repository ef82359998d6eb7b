"""The form of an activation, such as GELU by the error function or by tanh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..activations import FORMS
from ..differing import Differing, Fix

SLOPES = (0.01, 0.1, 0.2, 0.3)
WORDS = {"gelu": "GELU by the error function", "gelu_tanh": "GELU by tanh", "silu": "SiLU (swish)"}


def candidates(pair: Differing) -> Iterator[Fix]:
    """Yield other forms and parameters, those of the original first."""
    if pair.port.kind != "activation":
        return
    mine = {name: pair.port.settings.get(name) for name in ("form", "parameters")}
    stated = {name: pair.original.settings.get(name) for name in ("form", "parameters")}
    plain: list[dict[str, Any]] = [{"form": form, "parameters": {}} for form in FORMS if form != "clip"]
    slopes: list[dict[str, Any]] = [
        {"form": "leaky_relu", "parameters": {"negative_slope": slope}} for slope in (0.01, 0.1, 0.2, 0.3)
    ]
    for wanted in [stated, *plain, *slopes]:
        if wanted != mine and wanted["form"] in FORMS:
            yield Fix("activation", f"is {words(mine)} where the original is {words(wanted)}", dict(wanted))


def words(settings: dict[str, object]) -> str:
    """Return the form of an activation with its parameters."""
    parameters = settings.get("parameters")
    more = ", ".join(f"{n} {v:g}" for n, v in parameters.items()) if isinstance(parameters, dict) else ""
    form = str(settings.get("form"))
    return WORDS.get(form, form) + (f" ({more})" if more else "")
