"""Times layers that are asked one after another, in workers that stay, and compares the results with one fresh run.

    python benchmarks/warm.py [LAYERS]

The environments are those of pyproject.toml. It prints the first answer, the others, and whether every observation is
the same but for its time.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import convparity
from convparity.runs.working import silence


def observations(report: convparity.Report) -> dict[object, object]:
    """Return what was observed, by environment, case, input and spelling."""
    return {
        key: (seen.outcome, seen.source, seen.shape, seen.digest, seen.error, seen.sampling and seen.sampling.content)
        for key, seen in report.results.observations.items()
    }


def main(count: int = 300) -> None:
    """Run the layers both ways and print the figures as JSON."""
    silence()
    layers = convparity.load_catalog("grid").cases[:count]
    seconds, found = [], {}
    with convparity.Workers() as workers:
        for layer in layers:
            start = time.perf_counter()
            found |= observations(workers.run(layer, cache=False))
            seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    fresh = observations(convparity.run(*layers, cache=False))
    whole = time.perf_counter() - start
    rest = seconds[1:]
    figures = {
        "layers": len(layers),
        "environments": len({key[0] for key in found}),
        "first": round(seconds[0], 2),
        "median of the others": round(statistics.median(rest), 3),
        "95 %": round(sorted(rest)[int(0.95 * len(rest))], 3),
        "all": round(sum(seconds), 1),
        "one fresh run of all": round(whole, 1),
        "observations": len(found),
        "equal": found == fresh,
        "different": [str(key) for key in fresh if found.get(key) != fresh[key]][:5],
    }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
