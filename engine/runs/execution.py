"""A run from its request to its report: taken from the cache as a whole, or observed and written as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from ..cache.fingerprint import Shelves
from ..cache.store import Cache
from ..cases.case import Case
from ..cases.errors import HarnessFault, InputError
from ..environments.find import EnvironmentSpec
from ..report.findings.report import Report
from ..report.results import file as results_file
from ..report.results.file import Results
from ..report.verdicts.run import Run
from . import resume_checks as resuming
from . import scratch
from .file_lock import hold
from .kept_runs import LARGEST_KEPT, Finished
from .outputs import write
from .progress import showing_progress
from .request import RunRequest
from .runner import Runner, Settings
from .working import working

DEFAULTS = Settings()


def run_in(
    cases: Sequence[Case],
    specs: Sequence[EnvironmentSpec],
    output: str | Path | None = None,
    settings: Settings = DEFAULTS,
) -> Report:
    """:func:`convparity.run` with everything resolved. Raises what that does."""
    if settings.resume and output is None:
        raise InputError(["--resume needs the results file to go on with: -o RESULTS"])
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
        if not earlier and (report := _as_it_was(finished, path)):
            return report
        run, written = _run(request, earlier, shelves)
        report = Report(run)
        if written:
            with working("keeping the run"):
                finished.keep(report, written)
        if cache.problem:
            run.results.notes.append(cache.problem)
    return report


def _as_it_was(finished: Finished, output: Path | None) -> Report | None:
    """The report of the same run, with its results file written where one is wanted; None where none was kept."""
    with working("looking for the same run"):
        report, results = finished.report(), finished.results() if output else b""
    if report is None or results is None:
        return None
    if output:
        path, content = output, results
        write(path, lambda: path.write_bytes(content))
    return report


@contextmanager
def _opened(path: Path, goes_on: bool) -> Iterator[TextIO]:
    """A results file to write, emptied unless the run goes on with it. Raises InputError."""
    try:
        file = path.open("a", encoding="utf-8")
        if path.is_file():  # and no pipe or device
            hold(file)
            if not goes_on:
                file.truncate(0)
    except BlockingIOError:
        file.close()
        raise InputError([f"{path}: another run is writing it; name another file with -o"]) from None
    except OSError as error:
        raise InputError([f"{path}: cannot be written: {error.strerror}"]) from None
    try:
        yield file
    finally:
        with suppress(OSError):  # what cannot be written was told when it was
            file.close()


def _run(request: RunRequest, earlier: Results | None, shelves: Shelves | None = None) -> tuple[Run, bytes]:
    """Observe; returns the run, and what the results file holds where the same run would say it all again."""
    path = request.output or scratch.new_file()
    try:
        with _opened(path, bool(earlier)) as file, showing_progress() as progress:
            run = Runner(file, request.settings, earlier, progress, shelves)
            complete = run.observe(request.cases, request.specs, request.positions)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise HarnessFault(f"the run cannot go on: {error.strerror}{where}") from None
    except Exception:
        if not request.output:  # nobody knows of it
            path.unlink(missing_ok=True)
        raise
    results = run.recorder.results
    settled = complete and run.happens_again and not results.faults and not results.conflicts
    again = settled and path.is_file() and path.stat().st_size <= LARGEST_KEPT  # a pipe is not read again
    written = path.read_bytes() if again else b""
    if not complete:
        results.notes.append(
            f"stopped before the end; what was observed is kept, to report or to go on with by --resume -o {path}"
        )
    elif not request.output:
        path.unlink(missing_ok=True)  # `cache --clear` may have been quicker
    found = Run(results, run.references, complete, not complete, run.recorder.from_cache)
    return found, written
