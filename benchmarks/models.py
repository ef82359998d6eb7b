"""The time that comparing two models takes, in forward passes of the port: MobileNetV2 and ResNet50, Keras to PyTorch.

    python benchmarks/models.py [--original keras-torch]

``record`` runs the model once and writes every call; it is given for the original and for the port, which has faults.
``replay`` is the time in which the layers of both models run alone, on the original's values and on others, and in
which the port runs again mended. ``explain`` is the search for the causes, with NumPy. ``comparison`` is everything
after the recordings. Seconds on the clock depend on the other work of the machine, and ratios less. The models are
those of the tests (tests/system/nets), and the environments those that ``convparity envs`` shows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convparity.environments.find import find_one, variables_of
from convparity.environments.interpreters import inherited
from convparity.models.comparison import Comparison
from convparity.models.jobs import Job
from convparity.models.recordings import process, record_into
from convparity.models.replayed import Side
from convparity.models.replaying import Replayer
from convparity.models.request import input_files, model
from convparity.runs.run_folder import run_folder
from convparity.workers.limits import Limits
from rich.console import Console
from rich.table import Table

NETS = Path(__file__).parents[1] / "tests" / "system" / "nets"
LIMITS = Limits(600.0, 8 * 2**30)
PASSES = 5
FORWARD = """
import importlib, sys, time, torch
name, arguments, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.path.insert(0, ".")
net = eval(f"importlib.import_module(name).torch_port{arguments}").eval()
x = torch.randn(1, 3, size, size)
torch.set_num_threads(1)
taken = []
with torch.no_grad():
    for _ in range(%d + 1):
        start = time.perf_counter()
        net(x)
        taken.append(time.perf_counter() - start)
print(min(taken[1:]))
"""


PARTS = ("original", "port", "replay", "explain", "comparison")


@dataclass(frozen=True)
class Pair:
    """An original in Keras, and its port in PyTorch with arguments that give it faults."""

    name: str
    module: str
    faults: str


SIZE = 224  # height and width of the input, which the originals fix
PAIRS = (Pair("MobileNetV2", "mobilenet", "()"), Pair("ResNet50", "resnet", "(epsilon=1e-5)"))


def main() -> None:
    """Time, and print the table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--original", default="keras-torch", help="environment of the original")
    arguments = options.parse_args()
    os.chdir(NETS)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in (
        "model",
        "layers",
        "forward",
        "record original",
        "record port",
        "replay",
        "explain",
        "comparison",
        "differ",
    ):
        table.add_column(heading, justify="left" if heading == "model" else "right")
    for pair in PAIRS:
        table.add_row(*row(pair, arguments.original))
    console = Console(width=140)
    console.print(table)
    console.print("forward in ms; the others in forward passes of the port, with seconds behind them")


def row(pair: Pair, original: str) -> list[str]:
    """Return the row of a pair."""
    forward = passed(pair, SIZE)
    names = f"{original}:{pair.module}:keras_original", f"torch:{pair.module}:torch_port{pair.faults}"
    took = compared(*names, [f"1x3x{SIZE}x{SIZE}"])
    cells = [f"{took.seconds[part] / forward:.0f} ({took.seconds[part]:.1f})" for part in PARTS]
    return [pair.name, str(took.layers), f"{1000 * forward:.0f}", *cells, str(took.differ)]


@dataclass(frozen=True)
class Took:
    """The seconds of each part of a comparison, its layers, and how many differ."""

    seconds: dict[str, float]
    layers: int
    differ: int


class Timed:
    """A replayer whose time is added up."""

    def __init__(self, replayer: Replayer, seconds: dict[str, float]) -> None:
        self.replayer, self.seconds = replayer, seconds

    def run(self, jobs: Iterable[Job]) -> Iterator[Any]:
        """Yield the results of the replayer."""
        yield from timed(self.replayer.run(list(jobs)), self.seconds, "replay")


def timed(results: Iterator[Any], seconds: dict[str, float], part: str) -> Iterator[Any]:
    """Yield results, and add the seconds that each takes to those of a part."""
    while True:
        start = time.perf_counter()
        result = next(results, None)
        seconds[part] += time.perf_counter() - start
        if result is None:
            return
        yield result


def compared(original: str, port: str, texts: list[str]) -> Took:
    """Return the time of comparing two models, without the start of their processes."""
    seconds = dict.fromkeys(PARTS, 0.0)
    with run_folder() as folder, ExitStack() as stack:
        files = input_files(texts, folder)
        sides = []
        for part, name in (("original", original), ("port", port)):
            request = model(name)
            own = folder / part
            own.mkdir()
            worker = stack.enter_context(process(request, own, LIMITS))
            start = time.perf_counter()
            recording = record_into(worker, request, files, own / "recording")
            seconds[part] = time.perf_counter() - start
            sides.append(Side(name, recording, Timed(Replayer(worker, name, own / "values"), seconds)))
        start = time.perf_counter()
        comparison = Comparison(sides[0], sides[1], "torch")
        explained = comparison.explaining.explained
        comparison.explaining.explained = lambda check, got: timed(explained(check, got), seconds, "explain")
        found = comparison.compared()
        seconds["comparison"] = time.perf_counter() - start
    return Took(seconds, len(found.layers), len(found.differ))


def passed(pair: Pair, size: int) -> float:
    """Return the seconds of the fastest of some forward passes of the port, on one thread as in a worker."""
    spec = find_one("torch", "torch")
    command = [spec.python, "-c", FORWARD % PASSES, pair.module, pair.faults, str(size)]
    variables = {**inherited(os.environ), **variables_of(spec)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    if done.returncode:
        sys.exit(done.stderr)
    return float(done.stdout)


main()
