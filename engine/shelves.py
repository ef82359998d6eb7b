"""Which shelves of the cache a run reads and fills: one for the references, and one for each environment."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from . import fingerprint
from .cache import Cache, Shelf
from .environments import EnvironmentSpec, installed
from .worker_process import Limits


class Shelves:
    """The shelves for runs in some environments, by label; none for an environment that may change unseen."""

    def __init__(self, cache: Cache, specs: Sequence[EnvironmentSpec], limits: Limits) -> None:
        """Looks, all at once, at what is installed where nobody has looked."""
        self.references = cache.shelf("references", fingerprint.of_references())
        self.environments: dict[str, Shelf] = {}
        unknown = list({spec.python for spec in specs if spec.installed is None})
        with ThreadPoolExecutor() as pool:
            looks = dict(zip(unknown, pool.map(installed, unknown), strict=True))
        for spec in specs:
            found = spec.installed or looks[spec.python].get(spec.adapter)
            # Adapters of one's own import what they like, such as what is being worked on.
            if found and not found.changes and spec.own is None:
                identity = fingerprint.of_environment(spec, found, limits)
                self.environments[spec.label] = cache.shelf("environment", identity)
