"""The usage line of a command, the same in every version of typer, which put different brackets around a metavar."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command whose usage line names its required options and its arguments as they are declared."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, with optional arguments in brackets."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        options = [param for param in self.params if param.required and param not in arguments]
        return [
            "[OPTIONS]",
            *(f"{option.opts[0]} {option.metavar}" for option in options),
            *(str(one.metavar) if one.required else f"[{one.metavar}]" for one in arguments),
        ]
