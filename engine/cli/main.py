"""The command line. Each command imports the heavy modules that it needs, so that ``--help`` is quick."""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from importlib import import_module
from types import FrameType
from typing import Annotated

import typer

from .. import __version__
from ..cases.errors import BAD_INPUT, FAULT, INTERRUPTED, HarnessFault, InputError
from . import streams
from .github import no_commands
from .usage import Command, Group

COMMANDS = {  # by the heading that the help lists them under, each in the module of its name
    "Ask about a layer": ("explain", "compare", "stack", "port", "repro", "site", "figure"),
    "Run and report": ("run", "observe", "report", "plan", "hunt", "show", "demo"),
    "Models": ("record", "layers", "preflight"),
    "Track changes": ("diff", "lock", "versions", "bisect", "expect"),
    "Environments, adapters and files": ("catalogs", "check-adapter", "cache", "schema", "envs"),
}


def application(asked: str = "") -> typer.Typer:
    """Return the application with one command, or with all of them where none has that name.

    Importing and building all of them takes a third of the time in which one of them answers.
    """
    app = typer.Typer(
        name="convparity",
        cls=Group,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Does this convolution layer do the same thing in every framework?",
        epilog=(
            "Exit status: 0 if everything agrees or is as expected, or with --exit-zero; 1 if something does not; 2 "
            "for bad usage or input; 3 if a framework could not be run at all, if results files contradict each other "
            "or come from a run that was stopped, or if an output cannot be written; 130 if stopped by Ctrl-C, SIGTERM "
            "or SIGHUP, which keeps the observations made so far, or because the program that reads the output has "
            "ended."
        ),
    )
    app.callback()(convparity)
    headings = {word: heading for heading, words in COMMANDS.items() for word in words}
    for word in [asked] if asked in headings else headings:
        name = word.replace("-", "_")
        command = getattr(import_module(f".{name}", __package__), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=word, rich_help_panel=headings[word])
        else:
            app.command(cls=Command, rich_help_panel=headings[word])(command)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"convparity {__version__}")
        raise typer.Exit


def convparity(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Does this convolution layer do the same thing in every framework?"""
    if context.invoked_subcommand != "schema":  # its output holds no foreign text, and is often redirected to a file
        context.with_resource(no_commands())


def main() -> None:
    """The entry point: runs the command, prints our own errors as plain lines, and exits as the help documents."""
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):  # Windows has no SIGHUP
        if signal.getsignal(number) is signal.SIG_DFL:  # under nohup, SIGHUP is ignored
            signal.signal(number, _stop)
    gc.set_threshold(100_000, 50, 100)  # a run keeps almost everything; collecting garbage took a fifth of the time
    streams.prepare()
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
        application(*sys.argv[1:2])()
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
