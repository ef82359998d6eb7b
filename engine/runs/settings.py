"""The settings of a run."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..cases.errors import InputError
from ..report.policy.failures import DEFAULT, Policy
from ..workers.limits import Limits
from .sharding import Shard

MOST = 1_000_000  # seconds or GB, which the system's own limits can hold


@dataclass(frozen=True)
class Settings:
    """The settings of a run.

    ``timeout``, in seconds, and ``memory``, in GB beyond what the import takes, are the limits of each case. ``jobs``
    is the number of workers to run in parallel, by default the number of CPU cores. With ``only_as_written`` neither
    ports nor other input sizes are run; with ``shapes_only`` no layer is run, and each framework is only asked for the
    shape that it infers. ``resume`` continues the results file. ``cache`` allows reading observations of earlier runs
    from the cache and storing new ones. Only the cases of ``shard`` are run. The run ends once ``max_findings`` layers
    fail under the ``policy``. Limits out of range raise InputError.
    """

    timeout: float = 30.0
    memory: float = 4.0
    jobs: int | None = None
    only_as_written: bool = False
    shapes_only: bool = False
    resume: bool = False
    cache: bool = True
    shard: Shard | None = None
    max_findings: int | None = None
    policy: Policy = field(default=DEFAULT, compare=False)

    def __post_init__(self) -> None:
        problems = [
            f"{name} is {value}; expected a number of {unit} above 0, at most {MOST:,}"
            for name, value, unit in (("timeout", self.timeout, "seconds"), ("memory", self.memory, "GB"))
            if not 0 < value <= MOST  # which nan is not either
        ]
        if problems:
            raise InputError(problems)

    @property
    def limits(self) -> Limits:
        """The limits of each case."""
        return Limits(self.timeout, int(self.memory * 2**30))
