"""Reads the reason why pip, uv or virtualenv failed from its output."""

from __future__ import annotations

import re
from collections.abc import Sequence

NO_INDEX = re.compile(
    "connection (?:error|refused|broken)|connecterror|dns error|name resolution|name or service|timed out|unreachable|"
    "error sending request|max retries|proxy",
    re.IGNORECASE,
)
UV_ERROR = re.compile("error: |\N{MULTIPLICATION SIGN} ")
UV_FRAME = "\N{MULTIPLICATION SIGN}\N{BOX DRAWINGS LIGHT ARC UP AND RIGHT}\N{BOX DRAWINGS LIGHT HORIZONTAL}" + (
    "\N{BLACK RIGHT-POINTING TRIANGLE}\N{BOX DRAWINGS LIGHT VERTICAL}\N{BOX DRAWINGS LIGHT VERTICAL AND RIGHT}"
)
NOTHING = "No matching distribution"  # the only error of `pip index`
UNRESOLVED = "ResolutionImpossible"  # pip names its help page, after the reason


def reason(lines: Sequence[str]) -> str:
    """Return why a command failed, in one line, from its output; empty if it does not say."""
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ") and UNRESOLVED not in line]
    network = [line.strip() for line in lines if NO_INDEX.search(line)]
    if network and (not errors or "from versions: none" in "".join(errors) or errors[0].startswith(NOTHING)):
        return f"the package index cannot be reached: {network[-1].removeprefix('WARNING: ')}"
    if errors and "(from versions: none)" in errors[0]:
        return f"{errors[0]}: the package index does not have it, or cannot be reached"
    if errors:
        return ": ".join([errors[0].rstrip("."), *_causes(lines)] if _causes(lines) else errors[:3])
    said = [" ".join(line.strip().strip(UV_FRAME).split()) for line in lines[_start(lines) :]]
    text = " ".join(filter(None, said)).removeprefix("error: ").replace(" cause: ", ": ")
    return text or next((line.strip() for line in reversed(lines) if line.strip()), "")


def _start(lines: Sequence[str]) -> int:
    """Return the number of the first line of an error of uv."""
    return next((n for n, line in enumerate(lines) if UV_ERROR.match(line.strip())), len(lines))


def _causes(lines: Sequence[str]) -> list[str]:
    """Return the conflict that pip describes, as one text in a list."""
    head = "The conflict is caused by:"
    found: list[str] = []
    for line in lines[lines.index(head) + 1 :] if head in lines else ():
        if not line.startswith(" "):
            break
        found.append(line.strip())
    return ["; ".join(found)] if found else []
