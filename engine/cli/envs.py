"""``convparity envs``: which environments there are."""

from __future__ import annotations

from ..cases.errors import HarnessFault
from .options import Envs
from .tables import show, versions


def envs(env: Envs = None) -> None:
    """Show which environments there are, where each came from, and what is in it."""
    from ..environments.find import look, resolve

    specs = resolve(env or ())
    rows, missing = [], []
    for spec in specs:
        found = look(spec)
        if found is None:
            missing.append(f"{spec.label}: {spec.adapter} is not installed in {spec.python}, or it does not run")
        what = "missing" if found is None else versions(found.packages)
        if found and found.changes:
            what += f" (run every time: {found.changes})"
        rows.append((spec.label, spec.adapter, what, spec.python, spec.origin))
    show(("label", "adapter", "packages", "interpreter", "from"), rows)
    if missing:
        raise HarnessFault("\n".join(missing))
