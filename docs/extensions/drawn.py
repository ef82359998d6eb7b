"""The directive ``drawn``: a command of ``convparity figure``, with the figure that it writes.

GitHub shows the block of the command. The site has the figure on light and on dark ground; its own text alternative
becomes that of the picture.
"""

from __future__ import annotations

import io
import os
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from convparity.cli.main import application
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from typer.main import get_command


class Drawn(SphinxDirective):
    """A figure and, below it, the command that draws it."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the figure and its command. Raise an error of the page for a command that fails."""
        command = "\n".join(self.content)
        words = shlex.split(command)
        if words[:2] != ["convparity", "figure"] or "-o" not in words:
            raise self.error(f"expected `convparity figure ... -o FILE.svg`, not {command!r}")
        at = words.index("-o") + 1
        folder = Path(self.env.doctreedir) / "figures"
        pictures = []
        for ground, option in (("light", []), ("dark", ["--dark"])):
            file = folder / ground / words[at]
            alt = self._drawn([*words[1:at], str(file), *words[at + 1 :], *option])
            uri = Path(os.path.relpath(file, Path(self.env.doc2path(self.env.docname)).parent)).as_posix()
            pictures.append(nodes.image(uri=uri, alt=alt, classes=[f"only-{ground}", "drawn"]))
        block = nodes.literal_block(command, command, language="console", classes=["drawn"])
        return [*pictures, block]

    def _drawn(self, words: list[str]) -> str:
        """Return the text alternative of a figure, after writing it."""
        said = io.StringIO()
        try:
            with redirect_stdout(said):
                get_command(application())(words, standalone_mode=False)
        except Exception as error:
            raise self.error(f"{shlex.join(words)}: {error}") from error
        return said.getvalue().strip()


def setup(app: Any) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_directive("drawn", Drawn)
    return {"parallel_read_safe": True}
