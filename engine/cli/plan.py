"""``convparity plan``: prints the commands that divide a run between several jobs."""

from __future__ import annotations

from typing import Annotated

import typer

from ..cases.errors import InputError
from ..cases.text import count, did_you_mean, printable
from ..runs.planning import FORMS, Plan
from .options import Envs, Own, Select, With


def plan(
    catalogs: Annotated[
        list[str],
        typer.Argument(metavar="CATALOG...", help="TOML files, or names of catalogs that come with convparity."),
    ],
    jobs: Annotated[
        int, typer.Option("--jobs", metavar="N", min=1, help="Number of jobs to divide the cases between.")
    ],
    form: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="FORM",
            help=f"What runs the jobs: {', '.join(FORMS)} (GitHub Actions; replace OWNER in its text).",
        ),
    ] = "shell",
    select: Select = None,
    env: Envs = None,
    with_: With = None,
    own: Own = None,
) -> None:
    """Print the commands that run catalogs in several jobs, and the one that merges and reports them."""
    from .. import api
    from ..adapters.own.loading import Adapters
    from ..environments.ready import with_option

    if form not in FORMS:
        known = f"expected one of {', '.join(FORMS)}{did_you_mean(form, FORMS)}"
        raise InputError([f"--for: {printable(form, 60)!r} is not a form; {known}"])
    cases = len(api.chosen_cases(catalogs, select))
    if jobs > cases:
        have = f"{count(jobs, 'job')} for {count(cases, 'case')} would leave some without a case"
        raise InputError([f"--jobs: {have}; expected at most {cases}"])
    asked = [spec.request.asked for spec in with_option(with_ or (), Adapters(own or ())) if spec.request]
    repeated = {"--env": env, "--with": with_, "--adapter": own}
    options = [part for name, values in repeated.items() for value in values or () for part in (name, str(value))]
    options += ["-k", select] if select else []
    print("\n".join(FORMS[form](Plan(catalogs, options, asked, jobs))))
