"""The reference of the commands, as Markdown: what ``--help`` shows of each, from the same source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convparity.cli.examples import EXAMPLES
from convparity.cli.main import application
from convparity.cli.usage import groups
from typer import Context
from typer.main import get_command

from .text import plain


def markdown() -> str:
    """Return a section for each command, in the groups of ``convparity --help``."""
    top = get_command(application())
    return "\n".join(_sections(top, Context(top, info_name="convparity")))


def _sections(top: Any, context: Any) -> Iterator[str]:
    for title, rows in groups(top, context).items():
        named = [top.commands[name] for name, _ in rows if name in top.commands]
        if named:
            yield f"## {title}\n"
        for command in named:
            yield from _section(command, Context(command, parent=context, info_name=command.name), "###")
    yield f"## Exit status\n\n{top.epilog.removeprefix('Exit status: ')}\n"


def _section(command: Any, context: Any, level: str) -> Iterator[str]:
    """Yield the section of a command, then of the commands that it has itself."""
    yield f"{level} {context.command_path}\n"
    yield f"```console\n{' '.join(['$', context.command_path, *command.collect_usage_pieces(context)])}\n```\n"
    yield "\n\n".join(plain(" ".join(part.split())) for part in (command.help or "").split("\n\n")) + "\n"
    for line, what in EXAMPLES.get(context.command_path.removeprefix("convparity "), ()):
        yield f"{plain(what)}\n\n```console\n$ convparity {line}\n```\n"
    for title, rows in groups(command, context).items():
        yield f"**{title}**\n"
        yield from (f"`{left.strip()}`\n: {plain(right) or '-'}\n" for left, right in rows)
    for name, one in getattr(command, "commands", {}).items():
        yield from _section(one, Context(one, parent=context, info_name=name), f"{level}#")
