"""The command line. Each command imports the heavy modules that it needs, so that ``--help`` is quick."""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from types import FrameType
from typing import Annotated

import typer

from .. import __version__
from ..cases.errors import BAD_INPUT, FAULT, INTERRUPTED, HarnessFault, InputError
from . import streams
from .bisect import bisect
from .cache import cache
from .catalogs import catalogs
from .check_adapter import check_adapter
from .compare import compare
from .demo import demo
from .diff import diff
from .envs import envs
from .expect import expect
from .explain import explain
from .figure import figure
from .github import no_commands
from .hunt import hunt
from .layers import layers
from .lock import lock
from .observe import observe
from .plan import plan
from .port import port
from .preflight import preflight
from .record import record
from .report import report
from .repro import repro
from .run import run
from .schema import schema
from .show import show
from .site import site
from .stack import stack
from .usage import Command, Group
from .versions import versions

app = typer.Typer(
    name="convparity",
    cls=Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Does this convolution layer do the same thing in every framework?",
    epilog=(
        "Exit status: 0 if everything agrees or is as expected, or with --exit-zero; 1 if something does not; 2 for "
        "bad usage or input; 3 if a framework could not be run at all, if results files contradict each other or come "
        "from a run that was stopped, or if an output cannot be written; 130 if stopped by Ctrl-C, SIGTERM or SIGHUP, "
        "which keeps the observations made so far, or because the program that reads the output has ended."
    ),
)
ASKS, RUNS, MODELS, KEEPS = "Ask about a layer", "Run and report", "Models", "Track changes"
ABOUT = "Environments, adapters and files"
for group, commands in (
    (ASKS, (explain, compare, stack, port, repro, site)),
    (RUNS, (run, observe, report, plan, hunt, show, demo)),
    (MODELS, (record, layers, preflight)),
    (KEEPS, (diff, lock, versions, bisect)),
    (ABOUT, (catalogs, check_adapter, cache, schema)),
):
    for command in commands:
        app.command(cls=Command, rich_help_panel=group)(command)
app.add_typer(figure, name="figure", rich_help_panel=ASKS)
app.add_typer(expect, name="expect", rich_help_panel=KEEPS)
app.add_typer(envs, name="envs", rich_help_panel=ABOUT)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"convparity {__version__}")
        raise typer.Exit


@app.callback()
def convparity(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Does this convolution layer do the same thing in every framework?"""
    if context.invoked_subcommand != "schema":  # its output holds no foreign text, and is often redirected to a file
        context.with_resource(no_commands())


def _asked_alone(words: list[str]) -> None:
    """Leave the other commands out if the first word names one: typer builds them all, for a sixth of a start."""
    asked = words[0] if words else ""
    command = [one for one in app.registered_commands if _name(one) == asked]
    group = [one for one in app.registered_groups if one.name == asked]
    if command or group:
        app.registered_commands, app.registered_groups = command, group


def _name(command: typer.models.CommandInfo) -> str:
    """Return the word that a command is called by."""
    return command.name or command.callback.__name__.replace("_", "-") if command.callback else ""


def main() -> None:
    """The entry point: runs the command, prints our own errors as plain lines, and exits as the help documents."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):  # Windows has no SIGHUP
        if signal.getsignal(number) is signal.SIG_DFL:  # under nohup, SIGHUP is ignored
            signal.signal(number, _stop)
    gc.set_threshold(100_000, 50, 100)  # a run keeps almost everything; collecting garbage took a fifth of the time
    streams.prepare()
    _asked_alone(sys.argv[1:])
    try:
        status = _status()
        sys.stdout.flush()  # so that a failure is reported here, and not by the interpreter as it ends
    except BrokenPipeError:  # the reader of our output has ended, such as head
        streams.drop(sys.stdout, sys.stderr)
        status = INTERRUPTED
    except streams.Unprintable as lost:
        streams.drop(sys.stdout)
        _complain(f"error: {lost}")
        status = FAULT
    sys.exit(status)


def _status() -> int | str | None:
    """Return the exit status of the command, after running it.

    Raise BrokenPipeError if nobody reads its output, and Unprintable if the output cannot be written.
    """
    try:
        app()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer exits with 1, as if something diverged
            raise end.__context__ from None
        return end.code
    except InputError as error:
        _complain("\n".join(error.problems))
        return BAD_INPUT
    except HarnessFault as fault:
        _complain(f"error: {fault}")
        return FAULT
    except KeyboardInterrupt:
        return INTERRUPTED
    except (BrokenPipeError, streams.Unprintable):
        raise
    except Exception:  # a bug in convparity must not exit with the status that means that frameworks diverge
        _complain(f"{traceback.format_exc()}error: convparity's own code failed, as shown above; please report it")
        return FAULT
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C. Ignore the signal from then on: `timeout` sends it twice, which would cut the end short."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _complain(text: str) -> None:
    with no_commands():
        print(text, file=sys.stderr)
