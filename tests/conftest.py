"""Runs made up for tests: the lines of a results file, as the worker and the runner write them."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from .made_up_model import MadeUpModel

if os.environ.get("CONVPARITY_TEST_ADAPTER") == "unit" and "PYTEST_XDIST_WORKER" in os.environ:
    # Of 1,200 commands that the unit tests start, each would start half a second later if its lines were traced.
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

try:
    import hypothesis
except ImportError:  # in the frameworks' environments, whose tests do without
    pass
else:  # a test of how long an example takes would be one of the machine
    hypothesis.settings.register_profile("convparity", deadline=None)
    hypothesis.settings.load_profile("convparity")


class MadeUpRun:
    """Collects lines and reads them the way a results file is read. Nothing is run."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def case(self, **parameters: Any) -> Any:
        """A case of the catalog, from the parameters of a catalog entry."""
        from convparity.cases.catalog.validate import make_case

        case = make_case(**{"input": [8, 8], "kernel": 3, "padding": 1, "stride": 2, **parameters})
        self.lines.append({"kind": "case", "case": case.to_json()})
        return case

    def environment(self, label: str, adapter: str = "torch", packages: Any = None, **details: Any) -> str:
        details = {"python": "3.11.7", "origin": "--env", "timeout": 30.0, "memory": 2**32, **details}
        packages = packages or {adapter: "1.2.3", "numpy": "2.4.6"}
        line = {"label": label, "adapter": adapter, "packages": packages, "details": details}
        self.lines.append({"kind": "environment", **line})
        return label

    def observed(self, label: str, case: Any, **fields: Any) -> None:
        """Any observation at all."""
        line = {"kind": "observation", "environment": label, "case": case.id, "input": list(case.input)}
        defaults = {"spelling": "as written", "want": "values", "seconds": 0.001, "log": "", "source": "a_layer()"}
        self.lines.append({**line, **defaults, **fields})

    def agrees(self, label: str, case: Any, **fields: Any) -> None:
        """The answer of the reference."""
        from convparity.cases.reference import refer

        reference = refer(case)
        answer = {
            "outcome": "ran",
            "shape": list(reference.shape or ()),
            "digest": reference.digest,
            "dtype": "float32",
        }
        self.observed(label, case, **{"declared": answer["shape"], **answer, **fields})

    def reads(self, label: str, case: Any, *maps: list[list[int]], on: Any = None, **fields: Any) -> None:
        """Other numbers, and the elements that were measured to be read: a map (output, kernel) for each axis."""
        shape = [case.batch, case.out_channels, *map(len, maps)]
        ran = {"outcome": "ran", "shape": shape, "digest": "other", "dtype": "float32", **fields}
        if on is None:
            self.observed(label, case, declared=shape, **ran)
        sampling = {"maps": list(maps), "separable": True, "exact": True}
        self.observed(label, case, **{"sampling": sampling, **ran, "want": "sampling", "input": list(on or case.input)})

    def fault(self, label: str, message: str) -> None:
        self.lines.append({"kind": "fault", "environment": label, "message": message})

    def report(self, complete: bool = True) -> Any:
        from convparity.report.findings.report import Report
        from convparity.report.results.file import Results
        from convparity.report.verdicts.run import Run

        results = Results()
        for line in self.lines:
            results.add(line)
        return Report(Run(results, complete=complete))


SAME_ON_8 = [[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, -1]]
ASKED_ON_9 = [[-1, 0, 1], [1, 2, 3], [3, 4, 5], [5, 6, 7], [7, 8, -1]]


@pytest.fixture
def run() -> MadeUpRun:
    """A run with nothing in it."""
    return MadeUpRun()


@pytest.fixture
def shifted_run() -> MadeUpRun:
    """Kernel 3, padding 1, stride 2 on 8x8: torch agrees, Keras reads one element further on, and has a port."""
    run = MadeUpRun()
    case = run.case(id="layer-3-stride")
    torch, keras = run.environment("torch"), run.environment("keras", "tensorflow")
    words = {"source": "layers.Conv2D(1, 3, strides=2, padding='same')", "words": "'same'", "note": "No numbers"}
    run.agrees(torch, case, source="nn.Conv2d(1, 1, 3, stride=2, padding=1)")
    run.reads(keras, case, SAME_ON_8, SAME_ON_8, **words)
    run.reads(keras, case, ASKED_ON_9, ASKED_ON_9, on=(9, 9), **words)
    port = "keras.Sequential([layers.ZeroPadding2D(1), layers.Conv2D(1, 3, strides=2)])"
    run.agrees(keras, case, spelling="port", source=port)
    return run


@pytest.fixture
def heeds_ctrl_c():
    """For ``preexec_fn``: the process heeds Ctrl-C also where a shell started the tests in the background."""
    return lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def model(tmp_path) -> MadeUpModel:
    """A model without any call, whose recording is made up."""
    return MadeUpModel(tmp_path / "recording")
