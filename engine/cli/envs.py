"""``convparity envs``: lists the environments."""

from __future__ import annotations

from ..cases.errors import HarnessFault
from .options import Envs
from .tables import show, versions


def envs(env: Envs = None) -> None:
    """List the environments, with the packages in each and where it was found."""
    from ..environments.find import look, resolve

    specs = resolve(env or ())
    rows, missing = [], []
    for spec in specs:
        found = look(spec)
        if found is None:
            missing.append(
                f"{spec.label}: {spec.adapter} is not installed in {spec.python}, or this interpreter does not run"
            )
        packages = "missing" if found is None else versions(found.packages)
        if found and found.changes:
            packages += f" (never cached: {found.changes})"
        rows.append((spec.label, spec.adapter, packages, spec.python, spec.origin))
    show(("label", "adapter", "packages", "interpreter", "from"), rows)
    if missing:
        raise HarnessFault("\n".join(missing))
