"""Lists the environments and the cases of a run, and runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..cases.text import count
from .tables import show

if TYPE_CHECKING:
    from ..cases.case import Case
    from ..environments.find import EnvironmentSpec


def show_request(cases: Sequence[Case], specs: Sequence[EnvironmentSpec]) -> None:
    """Print the environments and the cases of a run."""
    print(f"{count(len(specs), 'environment')}:")
    rows = [(spec.label, spec.adapter, spec.python or "installed when first needed", spec.origin) for spec in specs]
    show(("label", "adapter", "interpreter", "from"), rows)
    print(f"\n{count(len(cases), 'case')}:")
    show_cases(cases)


def show_cases(cases: Iterable[Case]) -> None:
    """Print the id of each case, and the case in words."""
    show(("id", "layer"), [(case.id, case.describe()) for case in cases])
