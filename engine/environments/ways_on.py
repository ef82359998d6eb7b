"""What to do where no framework can be run: the ways on, with the size and the time of each."""

from __future__ import annotations

from ..adapters.needs import NEEDS
from ..adapters.registry import USUAL
from .managed.telling import size_text, time_text

NOTHING_FOUND = (
    "no framework found in this interpreter, an active environment or the python on the PATH; "
    "name an interpreter that has one, such as --env torch=/path/to/python"
)


def ways_on(problem: str) -> str:
    """Return the message for a problem that leaves no framework to run, with the ways to go on below it."""
    return f"""{problem}, or take one of three ways on:
  run ... --predict            predicts what each framework does, and installs nothing (at once)
  run ... --with onnxruntime   installs one framework, for convparity only ({_cost("onnxruntime")})
  run ... --with all           installs all of them ({_cost(*USUAL)})
`convparity demo` needs nothing: it shows a recorded run of all frameworks."""


def _cost(*names: str) -> str:
    needs = [NEEDS[name] for name in names]
    size, seconds = sum(need.megabytes for need in needs), sum(need.seconds for need in needs)
    return f"{size_text(size)}, about {time_text(seconds)} and the download"
