"""``convparity envs``: which environments there are."""

from __future__ import annotations

from ..cases.errors import HarnessFault
from .options import Envs
from .tables import table, versions


def envs(env: Envs = None) -> None:
    """Show which environments there are, where each came from, and what is in it."""
    from rich.console import Console
    from rich.text import Text

    from ..environments import installed, resolve

    specs = resolve(env or ())
    shown = table(("label", "adapter", "packages", "interpreter", "from"))
    missing = []
    for spec in specs:
        found = spec.installed or installed(spec.python).get(spec.adapter)
        if found is None:
            missing.append(f"{spec.label}: {spec.adapter} is not installed in {spec.python}, or it does not run")
        what = "missing" if found is None else versions(found.packages)
        if found and found.changes:
            what += f" (run every time: {found.changes})"
        shown.add_row(*map(Text, (spec.label, spec.adapter, what, spec.python, spec.origin)))
    Console().print(shown)
    if missing:
        raise HarnessFault("\n".join(missing))
