"""Pages with generated parts, the pages of the repository's root, and links to files that are no pages.

A page says where a part belongs, such as ``<!-- commands -->``, which GitHub does not show.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import commands, formats, live, python, requests

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ROOT_PAGES = {"readme": "README.md", "contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}
PARTS: dict[str, Callable[[], str]] = {
    "commands": commands.markdown,
    "formats": formats.markdown,
    "python": python.markdown,
    "live": live.markdown,
    "requests": requests.markdown,
}
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def setup(app: Any) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True}


def _read(app: Any, name: str, source: list[str]) -> None:
    source[0] = page(name, source[0])


def page(name: str, text: str) -> str:
    """Return the text of a page of the site, whose source is given: with its parts, and links that lead somewhere."""
    file = DOCS / f"{name}.md"
    if name in ROOT_PAGES:
        file = ROOT / ROOT_PAGES[name]
        text = file.read_text(encoding="utf-8")
    text = LINK.sub(lambda link: _led(link, file.parent, (DOCS / name).parent), text)
    for part, made in PARTS.items():
        if f"<!-- {part} -->" in text:
            text = text.replace(f"<!-- {part} -->", made())
    return text


def _led(link: re.Match[str], of_file: Path, of_page: Path) -> str:
    """Return a link of a file as its page has it; only its text where that is a folder or no page of the site."""
    mark, text, target, anchor = link.groups(default="")
    there = (of_file / target).resolve()
    if "://" in target or not there.exists():
        return link[0]
    names = {ROOT / file: DOCS / f"{name}.md" for name, file in ROOT_PAGES.items()}
    there = names.get(there, there)
    if there.is_dir() or (there.suffix == ".md" and DOCS not in there.parents):
        return text
    led = os.path.relpath(there, of_page)
    return f"{mark}[{text}]({Path(led).as_posix()}{anchor})"
