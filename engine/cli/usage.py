"""The usage line of a command, the same whichever typer is installed: they differ in what they put around a metavar."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Command(TyperCommand):
    """A command whose usage names the options that have to be given, and its arguments, as they are declared."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line. An argument that may be left out is in brackets."""
        arguments = [param for param in self.params if param.param_type_name == "argument"]
        options = [param for param in self.params if param.required and param not in arguments]
        return [
            "[OPTIONS]",
            *(f"{option.opts[0]} {option.metavar}" for option in options),
            *(str(one.metavar) if one.required else f"[{one.metavar}]" for one in arguments),
        ]
