"""The scripts of findings: each shows, by itself, how the framework differs from one in which the layer is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..adapters.running import EAGER
from ..cases.errors import HarnessFault, InputError
from ..environments.find import EnvironmentSpec
from ..releases.script import reproduced
from ..runs.reproducing import reproduce
from .finding import Finding
from .observing import together
from .two_modes import in_two_modes


def add_scripts(
    findings: Sequence[Finding], specs: Sequence[EnvironmentSpec], tell: Callable[[int], None] = lambda _: None
) -> None:
    """Give each finding its script, or the reason why it has none; ``tell`` is told the number of each, from 1."""
    by_label = {spec.label: spec for spec in specs}
    for number, one in enumerate(findings, 1):
        tell(number)
        other = opposite(one, list(by_label))
        if other is None:
            one.unscripted = "there is no environment to show it against"
            continue
        try:
            one.script = _script(one, by_label[one.labels[0]], by_label[other])
            one.unscripted = "" if one.script else "as a script, the layer gives the same in both"
        except (InputError, HarnessFault) as why:
            one.unscripted = str(why)


def opposite(one: Finding, labels: Sequence[str]) -> str | None:
    """Return the environment to show a finding against: a twin, else one in which the layer is right, else any."""
    others = [label for label in labels if label not in one.labels]
    preferred = [label for label in (*one.sighting.twins, *one.agreeing) if label in others]
    return next(iter([*preferred, *others]), None)


def _script(one: Finding, spec: EnvironmentSpec, other: EnvironmentSpec) -> str:
    """Return the script; empty if the two do not differ in it. Raise InputError if there is none."""
    if spec.own or other.own:
        raise InputError(["an adapter of your own has no lines that a script could hold"])
    case = together(one.case)
    if spec.adapter != other.adapter:
        return reproduce(case, (spec.adapter, other.adapter), [spec, other])
    modes = [each.choices.get("mode", EAGER) for each in (spec, other)]
    if modes[0] != modes[1]:
        return in_two_modes(case, [spec, other], modes)
    row = one.sighting.row
    return reproduced(case, [spec, other], [each.label for each in (spec, other)], row.reason or one.kind)
