"""The preflight of a model: its layers predicted in other frameworks, or measured where there are environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..adapters.models.recording import Recording, Unreadable
from ..adapters.registry import USUAL, held
from ..cases.case import Case
from ..cases.errors import InputError
from ..cases.text import printable
from ..environments.aliases import adapters_in
from ..environments.find import EnvironmentSpec
from ..report.findings.report import Report
from ..report.preflight.layers import Layers, layers_of
from ..report.preflight.preflight import Preflight
from ..report.results.file import Results
from ..report.verdicts.run import Run
from ..runs.execution import run_in
from ..runs.predicted import predicted_run
from ..runs.run_folder import run_folder
from ..runs.working import working
from ..workers.limits import Limits
from .recordings import process, record_into
from .request import ModelRequest, input_files


@contextmanager
def recording(request: ModelRequest, texts: list[str], limits: Limits, random: bool = False) -> Iterator[Recording]:
    """Yield the recording of a model, which is made for this and deleted afterwards unless it is one already.

    With ``random``, it is made with random weights in place of the model's own, where that can be done.

    Raise InputError if a given one turns out to be damaged.
    """
    if request.recording is not None:
        if texts:
            raise InputError([f"--input: {request.name} is a recording, which has its input"])
        try:
            yield request.recording
        except Unreadable as error:
            raise InputError([printable(str(error), 500)]) from None
        return
    with run_folder() as folder:
        files = input_files(texts, folder)
        with process(request, folder, limits) as worker:
            made = record_into(worker, request, files, folder / "recording", random)
        yield made


def layers_in(made: Recording) -> Layers:
    """Return the layers of a recorded model. Raise InputError if it has none."""
    found = layers_of(made)
    if not found.layers:
        left = "; left out: " + ", ".join(one.path for one in found.left_out) if found.left_out else ""
        raise InputError([printable(f"{found.model}: no convolution and no pool among its calls{left}", 500)])
    return found


def targets(text: str | None, original: str) -> list[str]:
    """Return the adapters that ``--to`` names; by default, one for each framework but that of the original.

    Raise InputError for a word that names none.
    """
    if text is None:
        frameworks = {held(name).split()[0]: name for name in reversed(USUAL)}
        mine = held(original).split()[0] if original in USUAL else ""
        return [name for name in USUAL if frameworks[held(name).split()[0]] == name and held(name).split()[0] != mine]
    return adapters_in(text)


def preflight(layers: Layers, adapters: Sequence[str], specs: Sequence[EnvironmentSpec] = ()) -> Preflight:
    """Return the preflight of a model in some adapters' frameworks.

    The adapters of which there is an environment among ``specs`` are measured in it; the others are predicted.
    """
    measured = [spec for spec in specs if spec.adapter in adapters]
    predicted = [name for name in adapters if name not in {spec.adapter for spec in measured}]
    runs: list[Run] = [predicted_run(layers.cases, predicted)] if predicted else []
    if measured:
        runs.append(run_in(layers.cases, measured).run)
    found = Preflight(layers, Report(_together(layers.cases, runs)))
    with working("following the windows through the model"):
        for target in found.targets:
            _ = target.vanishes, target.rows
    return found


def _together(cases: Sequence[Case], runs: Sequence[Run]) -> Run:
    """Return several runs of the same cases, in different environments, as one."""
    if len(runs) == 1:
        return runs[0]
    whole = Results(ended=True, cases={case.id: case for case in cases})
    for run in runs:
        whole.environments.update(run.results.environments)
        whole.observations.update(run.results.observations)
        whole.faults += run.results.faults
        whole.notes += run.results.notes
        whole.conflicts += run.results.conflicts
    complete, interrupted = all(run.complete for run in runs), any(run.interrupted for run in runs)
    measured = runs[-1]
    return Run(whole, measured.references, complete, interrupted, measured.from_cache)
