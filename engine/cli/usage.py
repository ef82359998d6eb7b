"""The help of commands as plain text: the usage, examples, and the options in groups.

Typer's own help differs between its versions, names the type of each flag, and cannot show examples on their lines.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup

from .examples import EXAMPLES

COLUMN = 28  # where the help of an option begins
WIDEST = 110  # columns
ARGUMENTS, OPTIONS, COMMANDS = "Arguments", "Options", "Commands"


class Command(TyperCommand):
    """A command whose help has examples and groups of options."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, with optional arguments in brackets."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        options = [param for param in self.params if param.required and param not in arguments]
        return [
            "[OPTIONS]",
            *(f"{option.opts[0]} {option.metavar}" for option in options),
            *(str(one.metavar) if one.required else f"[{one.metavar}]" for one in arguments),
        ]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write("\n".join(_help(self, ctx)) + "\n")


class Group(TyperGroup):
    """A command with commands of its own, which its help lists in groups."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write("\n".join(_help(self, ctx)) + "\n")


def _help(command: Any, context: Any) -> Iterator[str]:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    pieces = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from textwrap.wrap(pieces, width, initial_indent="Usage: ", subsequent_indent=" " * 7)
    yield ""
    for paragraph in (command.help or "").split("\n\n"):
        yield from textwrap.wrap(" ".join(paragraph.split()), width)
        yield ""
    name = " ".join(context.command_path.split()[1:]).removeprefix("-m convparity").strip()
    if examples := EXAMPLES.get(name, ()):
        yield "Examples:"
        for line, what in examples:
            yield f"  convparity {line}"
            yield from textwrap.wrap(what, width, initial_indent=" " * 6, subsequent_indent=" " * 6)
        yield ""
    for title, rows in groups(command, context).items():
        yield f"{title}:"
        for left, right in rows:
            yield from _row(left, right, width)
        yield ""
    if command.epilog:
        yield from textwrap.wrap(command.epilog, width)


def groups(command: Any, context: Any) -> dict[str, list[tuple[str, str]]]:
    """Return the rows of each group: arguments, then commands, then options; those without a group come last."""
    groups: dict[str, list[tuple[str, str]]] = {}
    rest: list[tuple[str, str]] = []
    for name, one in getattr(command, "commands", {}).items():
        row = name, one.get_short_help_str(limit=200)
        groups.setdefault(_panel(one) or COMMANDS, []).append(row)
    for param in command.get_params(context):
        if getattr(param, "hidden", False):
            continue
        if param.param_type_name == "argument":
            groups.setdefault(ARGUMENTS, []).append((str(param.metavar), param.help or ""))
        elif _panel(param):
            groups.setdefault(str(_panel(param)), []).append((_names(param), _about(param)))
        else:
            rest.append((_names(param), _about(param)))
    return {**groups, OPTIONS: rest} if rest else groups


def _panel(one: Any) -> str | None:
    """Return the name of the group that an option or a command was given."""
    panel = getattr(one, "rich_help_panel", None)
    return panel if isinstance(panel, str) else None


def _names(param: Any) -> str:
    """Return the names of an option, the short one first, and its value: ``-o, --output FILE``."""
    names = sorted([*param.opts, *param.secondary_opts], key=lambda name: name.startswith("--"))
    value = "" if getattr(param, "is_flag", False) or getattr(param, "count", False) else f" {param.metavar or 'TEXT'}"
    return ("" if len(names[0]) == 2 else "    ") + ", ".join(names) + value


def _about(param: Any) -> str:
    text = param.help or ""
    shows = getattr(param, "show_default", False) and not getattr(param, "is_flag", False)
    default = param.default
    if shows and isinstance(default, str | int | float) and "(default" not in text:
        said = f"{default:g}" if isinstance(default, float) else default
        text = f"{text.removesuffix('.')} (default: {said})."
    return text


def _row(left: str, right: str, width: int) -> Iterator[str]:
    """Yield a row of two columns; a left one that is too wide has a line of its own."""
    lines: Sequence[str] = textwrap.wrap(right, max(width - COLUMN, 20), break_on_hyphens=False) or [""]
    if len(left) + 4 > COLUMN:
        yield f"  {left}"
    else:
        yield f"  {left}".ljust(COLUMN) + lines[0]
        lines = lines[1:]
    yield from (" " * COLUMN + line for line in lines)
