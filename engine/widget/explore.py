"""The function that opens the widget, where a notebook has what it needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .. import api
from ..cases.errors import HarnessFault
from ..runs.lending import serving_now

if TYPE_CHECKING:
    from .explorer import Explorer

LAYER = "nn.Conv2d(1, 1, 3, stride=2, padding=1)"
MISSING = "the widget needs anywidget, which is not installed here; install it: pip install 'convparity[notebook]'"


def explore(
    layer: str = LAYER,
    input: Sequence[int] = (8, 8),
    environments: api.Environments = None,
    with_: str | Iterable[str] = (),
    measure: bool = True,
) -> Explorer:
    """Return a widget that shows a layer and lets its reader change it: windows, formula, verdicts and ports follow.

    ``layer`` is a line of source of any framework, and ``input`` the sizes that it is applied to, with channels and
    batch in front if you like. What is shown is predicted at once; a notebook's warm workers measure it in the
    background unless ``measure`` is false, in ``environments`` or ``with_``, as for :func:`convparity.run`. ``layer``,
    ``input`` and ``case`` of the widget can be read, set and observed. Raise InputError for a line or an environment
    that cannot be understood, HarnessFault without anywidget.
    """
    try:
        from .explorer import Explorer
    except ModuleNotFoundError as error:
        raise HarnessFault(MISSING) from error
    warm = measure and serving_now()
    return Explorer(layer, tuple(map(int, input)), api.found_specs(environments, with_) if warm else ())
