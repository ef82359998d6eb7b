"""Shows how many calls of a model have been recorded: on a terminal at once, elsewhere only if it takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..cases.text import count, printable

OFTEN = 5.0  # seconds between lines where there is no terminal


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes the number of calls so far."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status(printable(what, 100)) as status:
            yield lambda calls: status.update(f"{printable(what, 100)}: {count(calls, 'call')}")
        return
    said = time.monotonic()

    def tell(calls: int) -> None:
        nonlocal said
        if time.monotonic() - said > OFTEN:
            said = time.monotonic()
            print(f"{printable(what, 100)}: {count(calls, 'call')}...", file=sys.stderr, flush=True)

    yield tell
