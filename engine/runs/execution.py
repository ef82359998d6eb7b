"""Turns the request for a run into its report, which is either taken whole from the cache or observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ..cache.fingerprint import Shelves
from ..cache.store import Cache
from ..cases.case import Case
from ..cases.errors import HarnessFault, InputError
from ..cases.text import count
from ..environments.find import EnvironmentSpec
from ..environments.ready import ready
from ..report import output_file
from ..report.findings.report import Report
from ..report.results import file as results_file
from ..report.results.file import Results
from ..report.verdicts.run import Run
from . import resume_checks as resuming
from . import scratch
from .file_lock import hold
from .kept_runs import LARGEST_KEPT, Finished
from .lending import serving_now
from .outputs import write
from .progress import showing_progress
from .request import RunRequest
from .runner import Runner
from .settings import Settings
from .working import working

DEFAULTS = Settings()


def run_in(
    cases: Sequence[Case],
    specs: Sequence[EnvironmentSpec],
    output: str | Path | None = None,
    settings: Settings = DEFAULTS,
) -> Report:
    """Return the report of a run, as :func:`convparity.run` does but with everything resolved."""
    if settings.resume and output is None:
        raise InputError(["--resume needs the results file to continue: -o RESULTS"])
    pool = serving_now()
    specs = pool.known(specs) if pool else ready(specs)
    positions = settings.shard.positions(len(cases)) if settings.shard else None
    if positions is not None:
        cases = [cases[position] for position in positions]
    path = Path(output) if output else None
    request = RunRequest(cases, specs, path, settings, positions)
    earlier = results_file.reopen(path) if settings.resume and path and path.exists() else None
    resuming.check(cases, specs, earlier or Results(), output)
    if not settings.cache:
        return Report(_run(request, earlier)[0])
    with closing(Cache()) as cache:
        shelves = Shelves(cache, specs, settings.limits)
        finished = Finished(cache, shelves, request)
        whole = settings.max_findings is None
        if whole and not earlier and (report := _as_it_was(finished, path)):
            return report
        run, written = _run(request, earlier, shelves)
        report = Report(run)
        if written and whole:
            with working("storing the run in the cache"):
                finished.keep(written, run)
        if cache.problem:
            run.results.notes.append(cache.problem)
    return report


def _as_it_was(finished: Finished, output: Path | None) -> Report | None:
    """Return the cached report of the same run, after writing its results file if requested; None if not cached."""
    with working("reading the same run from the cache"):
        content = finished.content()
        report = finished.report(content) if content else None
    if report is None or content is None:
        return None
    if output:
        path, written = output, content
        write(path, lambda: output_file.write(path, written))
    return report


@contextmanager
def _opened(path: Path, resumes: bool) -> Iterator[TextIO]:
    """Yield a results file to write, emptied unless the run resumes it. Raise InputError if it cannot be written."""
    try:
        file = output_file.appending(path)
        if path.is_file():  # not a pipe or a device
            hold(file)
            if not resumes:
                file.truncate(0)
    except BlockingIOError:
        file.close()
        raise InputError([f"{path}: another run is writing it; name another file with -o"]) from None
    except OSError as error:
        raise InputError([f"{path}: cannot be written: {error.strerror}"]) from None
    try:
        yield file
    finally:
        with suppress(OSError):  # a failure to write was already reported
            file.close()


def _run(request: RunRequest, earlier: Results | None, shelves: Shelves | None = None) -> tuple[Run, bytes]:
    """Return the run, and the content of its results file if the run is worth keeping, else nothing."""
    path = request.output or scratch.new_file()
    try:
        with _opened(path, bool(earlier)) as file, showing_progress() as progress:
            run = Runner(file, request.settings, earlier, progress, shelves, bool(request.output))
            complete = run.observe(request.cases, request.specs, request.positions)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise HarnessFault(f"the run cannot continue: {error.strerror}{where}") from None
    except Exception:
        if not request.output:  # the user does not know of this file
            path.unlink(missing_ok=True)
        raise
    results = run.recorder.results
    if run.enough:
        failing = count(len(run.failing), "failing layer")
        results.notes.append(f"ended after {failing}, as --max-findings says")
    lost = run.recorder.lost
    settled = complete and run.happens_again and not results.faults and not results.conflicts and not lost
    worth_keeping = settled and path.is_file() and path.stat().st_size <= LARGEST_KEPT  # a pipe cannot be read again
    written = path.read_bytes() if worth_keeping else b""
    if lost:
        results.notes.append(f"{lost}; so nothing of this run is kept for later runs")
        path.unlink(missing_ok=True)
    elif not complete:
        results.notes.append(
            f"stopped before the end; the observations so far are kept: report them, or continue by --resume -o {path}"
        )
    elif not request.output:
        path.unlink(missing_ok=True)  # `cache --clear` may have deleted it already
    found = Run(results, run.references, complete, not complete, run.recorder.from_cache)
    return found, written
