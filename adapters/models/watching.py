"""The recorder of a framework whose functions are wrapped, where a model can reach them, while the model runs.

Worker code: standard library and NumPy, in syntax that Python 3.9 accepts.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .recorder import Recorder, Told, calling_line


class WatchingRecorder(Recorder):
    """What a call makes by itself is part of it: while one is observed, those inside it are not."""

    packages: tuple[str, ...] = ()  # whose lines are not the model's own

    def __init__(self, adapter: Any, folder: Path, progress: Callable[[int], None] = lambda count: None) -> None:
        super().__init__(adapter, folder, progress)
        self.inside = 0  # calls that are being observed

    def told(self, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
        """Return what a function or operator of the framework is."""
        raise NotImplementedError

    def path(self) -> str:
        """Return the place in the model at which a function is called, if that is known."""
        return ""

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is observed when a model calls it on tensors."""

        @functools.wraps(function)
        def observed(*args: Any, **kwargs: Any) -> Any:
            if self.inside or not any(True for _ in self._tensors((args, kwargs))):
                return function(*args, **kwargs)
            where = {"name": name.strip("_"), "path": self.path(), "source": calling_line(self.packages)}
            return self.seen(name, function, args, kwargs, where)

        return observed

    def seen(self, name: str, function: Callable[..., Any], args: Any, kwargs: Any, where: Mapping[str, str]) -> Any:
        """Return the result of a function, and record the call."""
        return self.observe(self.alone(function), (args, kwargs), lambda given: self.told(name, *given), **where)

    def alone(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function inside which nothing is observed."""

        def applied(*args: Any, **kwargs: Any) -> Any:
            with self.observing():
                return function(*args, **kwargs)

        return applied

    @contextlib.contextmanager
    def observing(self) -> Iterator[None]:
        """Observe nothing for as long as this lasts."""
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1


@contextlib.contextmanager
def replaced(changes: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """Give objects other attributes, each an (object, name, value), for as long as this lasts."""
    with contextlib.ExitStack() as undoing:
        for owner, name, value in changes:
            undoing.callback(setattr, owner, name, vars(owner)[name] if name in vars(owner) else getattr(owner, name))
            setattr(owner, name, value)
        yield
