"""The colours of code: blocks that are only indented name no language, so it is told by their first line."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform

BEGINNINGS = (
    (r"\$ ", "console"),
    (r"\[\[?[\w.\"]+\]\]?\s*$|\w+ = [\[{\"]", "toml"),
    (r"(convparity|pip|python3?[.\d]*|tox|npm|git) ", "shell"),
    (r"(import|from|class|def|with|#|print)\b|\w[\w., ]* = |[\w.]+\(", "python"),
)


class Languages(SphinxTransform):
    """Names the language of the blocks that have none."""

    default_priority = 500

    def apply(self, **kwargs: Any) -> None:
        """Set the language of each block of a page."""
        for block in self.document.findall(nodes.literal_block):
            if block.get("language", "none") in ("none", "default"):
                block["language"] = language(block.astext())
                block["force"] = True  # a block of two languages is coloured as far as it can be


def language(text: str) -> str:
    """Return the language that a block is coloured as: ``none`` where its first line tells none."""
    return next((name for beginning, name in BEGINNINGS if re.match(beginning, text)), "none")


def setup(app: Any) -> dict[str, Any]:
    """Register the transform with Sphinx."""
    app.add_transform(Languages)
    return {"parallel_read_safe": True}
