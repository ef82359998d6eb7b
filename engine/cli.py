"""The command line. Everything heavy is imported by the command that needs it, so that ``--help`` is quick."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import __version__
from .cases.errors import HarnessFault, InputError

if TYPE_CHECKING:
    from .api import RunReport
    from .report.assessment import Report

BAD_INPUT, FAULT, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    name="convparity",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Does this convolution layer do the same thing in every framework?",
    epilog=(
        "Exit status: 0 everything agrees, or --exit-zero; 1 something does not; 2 bad usage or input; "
        "3 a framework could not be run at all; 130 stopped by Ctrl-C, with what was observed kept."
    ),
)

Catalogs = Annotated[list[str], typer.Argument(metavar="CATALOG...", help="TOML files, or names of shipped catalogs.")]
Envs = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="[LABEL:]ADAPTER=PYTHON",
        help="An interpreter that has a framework: torch, tensorflow, keras-torch, keras-jax, flax, mxnet, "
        "onnxruntime. Repeat for several.",
    ),
]
Own = Annotated[
    list[Path] | None,
    typer.Option("--adapter", metavar="FILE", help="A Python file with an adapter of your own. Repeat for several."),
]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the HTML report.")]
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the verdicts as JSON.")]
Select = Annotated[
    str | None, typer.Option("-k", metavar="EXPR", help="Only cases whose id matches: 'same and not 512'.")
]
Timeout = Annotated[float, typer.Option("--timeout", metavar="S", min=0.1, help="Seconds that a case may take.")]
Memory = Annotated[
    float, typer.Option("--memory", metavar="GB", min=0.1, help="Memory that a case may take, beyond the import.")
]
AsWritten = Annotated[bool, typer.Option("--as-written", help="Run no ports, and no other input sizes.")]
ShapesOnly = Annotated[
    bool, typer.Option("--shapes-only", help="Run nothing; ask each framework for the shape that it infers.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with RESULTS; run only what is not in it.")]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Run everything, and keep nothing for later runs; see `convparity cache`.")
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 even where something diverges.")]


class Schema(StrEnum):
    """What ``convparity schema`` prints."""

    catalog = "catalog"
    results = "results"
    verdicts = "verdicts"


def _version(wanted: bool) -> None:
    if wanted:
        print(f"convparity {__version__}")
        raise typer.Exit


@app.callback()
def convparity(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Does this convolution layer do the same thing in every framework?"""


@app.command()
def run(
    catalogs: Catalogs,
    env: Envs = None,
    own: Own = None,
    output: Annotated[Path | None, typer.Option("-o", metavar="RESULTS", help="Keep the observations.")] = None,
    html: Html = None,
    json_file: Json = None,
    select: Select = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="Environments side by side; default: the cores.")
    ] = None,
    as_written: AsWritten = False,
    shapes_only: ShapesOnly = False,
    resume: Resume = False,
    no_cache: NoCache = False,
    exit_zero: ExitZero = False,
) -> None:
    """Take catalogs through every environment, and report."""
    from . import api
    from .runner import Settings

    _check_folders(html, json_file)
    start = time.monotonic()
    settings = Settings(timeout, memory, jobs, as_written, shapes_only, resume, not no_cache)
    report = api.run_in(api.chosen_cases(catalogs, select), api.specs(env, own or ()), output, settings)
    _finish(report, html, json_file, exit_zero, lambda: f"{_from_cache(report)}, {time.monotonic() - start:.1f} s")


@app.command()
def observe(
    environment: Annotated[str, typer.Argument(metavar="[LABEL:]ADAPTER[=PYTHON]", help="One environment.")],
    catalogs: Catalogs,
    output: Annotated[Path, typer.Option("-o", metavar="RESULTS", help="The results file to write.")],
    own: Own = None,
    select: Select = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    as_written: AsWritten = False,
    shapes_only: ShapesOnly = False,
    resume: Resume = False,
    no_cache: NoCache = False,
) -> None:
    """Take catalogs through one environment, and only write the results file: one job of a CI matrix."""
    from . import api, own_adapters
    from .environments import with_interpreter
    from .runner import Settings

    settings = Settings(timeout, memory, 1, as_written, shapes_only, resume, not no_cache)
    for file in own or ():
        own_adapters.use(file)
    specs = api.specs([with_interpreter(environment)])
    report = api.run_in(api.chosen_cases(catalogs, select), specs, output, settings)
    for note in report.results.notes:
        print(note, file=sys.stderr)
    observed = report.counts.total()
    print(f"{output}: {observed} of {len(report.cases)} cases observed{_from_cache(report)}", file=sys.stderr)
    _faults(report)
    if not report.complete:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(FAULT if report.results.faults else 0)


@app.command("report")
def report_command(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files of observe, or of run -o.")],
    html: Html = None,
    json_file: Json = None,
    exit_zero: ExitZero = False,
) -> None:
    """Merge results files, and report."""
    from . import api

    _check_folders(html, json_file)
    _finish(api.read_results(*results), html, json_file, exit_zero)


@app.command()
def explain(
    layer: Annotated[
        str | None, typer.Argument(metavar="LAYER", help='Such as "nn.Conv2d(3, 64, 7, stride=2, padding=3)".')
    ] = None,
    input_: Annotated[
        str | None, typer.Option("--input", metavar="[C]x[D]x[H]xW", help="The input: 3x512x512, or 512x512.")
    ] = None,
    kernel: Annotated[str | None, typer.Option("--kernel", metavar="K", help="Instead of LAYER: 3x5, or 3.")] = None,
    op: Annotated[
        str | None, typer.Option("--op", metavar="OP", help="conv (the default), conv_transpose, max_pool or avg_pool.")
    ] = None,
    padding: Annotated[
        str | None, typer.Option("--padding", metavar="P", help="1, or 0,1 per axis, or 0+1,2+2 per side, or a word.")
    ] = None,
    stride: Annotated[str | None, typer.Option("--stride", metavar="S", help="2, or 3,4 per axis.")] = None,
    dilation: Annotated[str | None, typer.Option("--dilation", metavar="D", help="2, or 1,2 per axis.")] = None,
    output_padding: Annotated[
        str | None, typer.Option("--output-padding", metavar="O", help="Of conv_transpose: 1, or 0,1 per axis.")
    ] = None,
    padding_mode: Annotated[
        str | None, typer.Option("--padding-mode", metavar="MODE", help="zeros, reflect, replicate or circular.")
    ] = None,
    ceil_mode: Annotated[bool, typer.Option("--ceil", help="Of pools: a last window may hang over the end.")] = False,
    count_include_pad: Annotated[
        bool | None,
        typer.Option("--count-include-pad/--no-count-include-pad", help="Of avg_pool: whether padding is counted."),
    ] = None,
    env: Envs = None,
    own: Own = None,
    run_it: Annotated[bool, typer.Option("--run", help="Run it in the environments that are found.")] = False,
    exit_zero: ExitZero = False,
) -> None:
    """Work one layer out by the formula; with --env or --run, see what each framework does and what to paste."""
    from .explain_request import read_request
    from .report.formula import work_out

    case = read_request(
        layer,
        input_,
        ceil_mode=ceil_mode,
        count_include_pad=count_include_pad,
        op=op,
        kernel=kernel,
        padding=padding,
        stride=stride,
        dilation=dilation,
        output_padding=output_padding,
        padding_mode=padding_mode,
    )
    if not env and not own and not run_it:
        print("\n".join(work_out(case)))
        return
    from . import api
    from .report.explained import Explained

    explained = Explained(case, api.run_in((case,), api.specs(env, own or ())))
    print(explained)
    assert explained.report is not None
    _exit(explained.report, exit_zero)


@app.command()
def envs(env: Envs = None) -> None:
    """Show which environments there are, where each came from, and what is in it."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from .environments import installed, resolve

    specs = resolve(env or ())
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("label", "adapter", "packages", "interpreter", "from"):
        table.add_column(column, overflow="fold")
    missing = []
    for spec in specs:
        found = spec.installed or installed(spec.python).get(spec.adapter)
        if found is None:
            missing.append(f"{spec.label}: {spec.adapter} is not installed in {spec.python}, or it does not run")
        versions = "missing" if found is None else _versions(found.packages)
        if found and found.changes:
            versions += f" (run every time: {found.changes})"
        table.add_row(*map(Text, (spec.label, spec.adapter, versions, spec.python, spec.origin)))
    Console().print(table)
    if missing:
        raise HarnessFault("\n".join(missing))


@app.command("check-adapter")
def check_adapter(
    adapter: Annotated[str, typer.Argument(metavar="NAME|FILE.py", help="An adapter, or a file with one of your own.")],
    env: Annotated[
        str | None, typer.Option("--env", metavar="PYTHON", help="The interpreter; default: where it is found.")
    ] = None,
) -> None:
    """Take an adapter through a conformance catalog, and say what is missing in it or wrong."""
    from .conformance import check

    checked = check(adapter, env)
    print("\n".join(checked.lines))
    raise typer.Exit(1 if checked.wrong else 0)


@app.command("cache")
def cache_command(
    clear: Annotated[bool, typer.Option("--clear", help="Empty it.")] = False,
) -> None:
    """Show what is kept of earlier runs, so that nothing is run twice: where, how much, of which environments."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from .cache import Cache

    with contextlib.closing(Cache()) as cache:
        if clear:
            _write(cache.path, cache.clear)
            print(f"{cache.path}: empty")
            return
        holdings, size = cache.holdings(), cache.size / 2**20
        if cache.problem:
            raise HarnessFault(cache.problem)
    environments = [holding for holding in holdings if holding.kind == "environment" and holding.about]
    observations = sum(holding.entries for holding in environments)
    references = sum(holding.entries for holding in holdings if holding.kind == "references")
    print(f"{cache.path}: {size:.1f} MB, {observations} observations, {references} references")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("adapter", "packages", "interpreter", "observations", "last used"):
        table.add_column(column, overflow="fold")
    for holding in environments:
        packages = _versions(holding.about["ready"]["packages"])
        used = time.strftime("%Y-%m-%d %H:%M", time.localtime(holding.used))
        cells = (holding.about["adapter"], packages, holding.about["interpreter"], str(holding.entries), used)
        table.add_row(*map(Text, cells))
    if environments:
        Console().print(table)


@app.command()
def schema(which: Annotated[Schema, typer.Argument(help="The format.")]) -> None:
    """Print the JSON Schema of a format."""
    folder = "cases" if which is Schema.catalog else "report"
    print(resources.files(f"{__package__}.{folder}").joinpath(f"schemas/{which}.json").read_text("utf-8"), end="")


def _finish(
    report: Report,
    html: Path | None,
    json_file: Path | None,
    exit_zero: bool,
    of_the_run: Callable[[], str] = str,
) -> None:
    from rich.console import Console

    from .report import terminal

    terminal.show(report, Console(soft_wrap=False))
    written = []
    if html:
        from .report.html import write

        _write(html, lambda: write(report, html))
        written.append(str(html))
    if json_file:
        text = json.dumps(report.to_json(), indent=1) + "\n"
        _write(json_file, lambda: json_file.write_text(text, encoding="utf-8"))
        written.append(str(json_file))
    faults = f"{len(report.results.faults)} harness faults"
    size = f"{len(report.cases)} layers x {len(report.environments)} environments, {faults}{of_the_run()}"
    print("   ".join([*written, size]))
    _exit(report, exit_zero)


def _from_cache(report: RunReport) -> str:
    return f", {report.from_cache} from the cache" if report.from_cache else ""


def _versions(packages: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages.items())


def _check_folders(*paths: Path | None) -> None:
    """Refuse files that could not be written, before the work is done."""
    problems = [
        f"{path}: cannot be written: there is no folder {path.parent}"
        for path in paths
        if path and not path.parent.is_dir()
    ]
    if problems:
        raise InputError(problems)


def _write(path: Path, write: Callable[[], object]) -> None:
    try:
        write()
    except OSError as error:
        raise InputError([f"{path}: cannot be written: {error.strerror}"]) from None


def _faults(report: Report) -> None:
    for _, message in report.results.faults:
        print(f"harness fault: {message}", file=sys.stderr)


def _exit(report: Report, exit_zero: bool) -> None:
    if not report.complete:
        raise typer.Exit(INTERRUPTED)
    status = report.exit_status
    raise typer.Exit(0 if status == 1 and exit_zero else status)


def main() -> None:
    """The command, with our own errors as plain lines and the exit status that the help states."""
    gc.set_threshold(100_000, 50, 100)  # a run keeps all it makes; to look for garbage in it took a fifth of the time
    try:
        app()
    except InputError as error:
        print("\n".join(error.problems), file=sys.stderr)
        sys.exit(BAD_INPUT)
    except BrokenPipeError:  # the reader of our output has gone, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    except HarnessFault as fault:
        print(f"harness fault: {fault}", file=sys.stderr)
        sys.exit(FAULT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception:  # a bug of ours: never the status that says that frameworks diverge
        traceback.print_exc()
        print("harness fault: convparity's own code failed, as above; please report it", file=sys.stderr)
        sys.exit(FAULT)
