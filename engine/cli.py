"""The command line. Everything heavy is imported by the command that needs it, so that ``--help`` is quick."""

from __future__ import annotations

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
        help="An interpreter that has a framework: torch, tensorflow, flax, mxnet. Repeat for several.",
    ),
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
Resume = Annotated[bool, typer.Option("--resume", help="Go on with RESULTS; run only what is not in it.")]
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
    resume: Resume = False,
    exit_zero: ExitZero = False,
) -> None:
    """Take catalogs through every environment, and report."""
    from . import api

    _check_folders(html, json_file)
    start = time.monotonic()
    report = api.run(
        *catalogs,
        environments=env,
        select_by=select,
        output=output,
        timeout=timeout,
        memory=memory,
        jobs=jobs,
        only_as_written=as_written,
        resume=resume,
    )
    _finish(report, html, json_file, exit_zero, time.monotonic() - start)


@app.command()
def observe(
    environment: Annotated[str, typer.Argument(metavar="[LABEL:]ADAPTER[=PYTHON]", help="One environment.")],
    catalogs: Catalogs,
    output: Annotated[Path, typer.Option("-o", metavar="RESULTS", help="The results file to write.")],
    select: Select = None,
    timeout: Timeout = 30.0,
    memory: Memory = 4.0,
    as_written: AsWritten = False,
    resume: Resume = False,
) -> None:
    """Take catalogs through one environment, and only write the results file: one job of a CI matrix."""
    from . import api
    from .environments import with_interpreter

    report = api.run(
        *catalogs,
        environments=[with_interpreter(environment)],
        select_by=select,
        output=output,
        timeout=timeout,
        memory=memory,
        only_as_written=as_written,
        resume=resume,
    )
    observed = report.counts.total()
    print(f"{output}: {observed} of {len(report.cases)} cases observed", file=sys.stderr)
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
        str | None, typer.Option("--input", metavar="[C]xHxW", help="The input: 3x512x512, or 512x512.")
    ] = None,
    kernel: Annotated[
        str | None, typer.Option("--kernel", metavar="KHxKW", help="Instead of LAYER: 3x5, or 3.")
    ] = None,
    padding: Annotated[
        str | None, typer.Option("--padding", metavar="P", help="1, or 0,1 per axis, or 0+1,2+2 per side, or a word.")
    ] = None,
    stride: Annotated[str | None, typer.Option("--stride", metavar="S", help="2, or 3,4 per axis.")] = None,
    dilation: Annotated[str | None, typer.Option("--dilation", metavar="D", help="2, or 1,2 per axis.")] = None,
    env: Envs = None,
    run_it: Annotated[bool, typer.Option("--run", help="Run it in the environments that are found.")] = False,
    exit_zero: ExitZero = False,
) -> None:
    """Work one layer out by the formula; with --env or --run, see what each framework does and what to paste."""
    from .explain_request import read_request
    from .report.formula import work_out

    case = read_request(layer, input_, kernel=kernel, padding=padding, stride=stride, dilation=dilation)
    if not env and not run_it:
        print("\n".join(work_out(case)))
        return
    from . import api
    from .report.explained import Explained

    explained = Explained(case, api.run_in((case,), api.specs(env)))
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
        packages = installed(spec.python).get(spec.adapter)
        if packages is None:
            missing.append(f"{spec.label}: {spec.adapter} is not installed in {spec.python}, or it does not run")
        versions = "missing" if packages is None else ", ".join(f"{name} {v}" for name, v in packages.items())
        table.add_row(*map(Text, (spec.label, spec.adapter, versions, spec.python, spec.origin)))
    Console().print(table)
    if missing:
        raise HarnessFault("\n".join(missing))


@app.command()
def schema(which: Annotated[Schema, typer.Argument(help="The format.")]) -> None:
    """Print the JSON Schema of a format."""
    folder = "cases" if which is Schema.catalog else "report"
    print(resources.files(f"{__package__}.{folder}").joinpath(f"schemas/{which}.json").read_text("utf-8"), end="")


def _finish(
    report: Report, html: Path | None, json_file: Path | None, exit_zero: bool, seconds: float | None = None
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
    took = "" if seconds is None else f", {seconds:.1f} s"
    faults = f"{len(report.results.faults)} harness faults"
    size = f"{len(report.cases)} layers x {len(report.environments)} environments, {faults}{took}"
    print("   ".join([*written, size]))
    _exit(report, exit_zero)


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
