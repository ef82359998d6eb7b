"""Checks a folder that was built: every link inside it leads somewhere, and no page asks for anything outside it.

``python docs/extensions/check.py FOLDER`` prints what is wrong, and exits with 1 if anything is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}
FETCHED = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)")
LEADS_ONLY = {"canonical", "next", "prev", "index", "search", "author"}  # what <link> names and nothing loads


class Page(HTMLParser):
    """The anchors of a page, its links, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "top"}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what one element names."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif LOADED.get(tag) in given and given.get("rel") not in LEADS_ONLY:
            self.loaded.append(given[LOADED[tag]])


def problems(folder: Path) -> Iterator[str]:
    """Yield each dead link of a folder of pages, and each address outside it from which a page loads something."""
    folder, opened = folder.resolve(), cache(Page)
    for path in sorted(folder.rglob("*.css")):
        found = FETCHED.findall(path.read_text(encoding="utf-8"))
        yield from (f"{path.relative_to(folder)}: loads {one}" for one in found)
    for path in sorted(folder.rglob("*.html")):
        page, name = opened(path), path.relative_to(folder)
        yield from (f"{name}: loads {one}" for one in page.loaded if urlsplit(one).netloc)
        for link in dict.fromkeys([*page.links, *page.loaded]):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not there.is_relative_to(folder) or not there.is_file():
                yield f"{name}: {link} leads to no file"
            elif there.suffix == ".html" and unquote(parts.fragment) not in opened(there).anchors:
                yield f"{name}: {link} leads to no place on its page"


def main() -> int:
    """Print the problems of the folder that is given, and return the exit status."""
    folder = Path(sys.argv[1])
    found = list(problems(folder))
    print("\n".join(found) or f"{folder}: every link leads somewhere, and nothing is loaded from elsewhere")
    return int(bool(found) or not (folder / "index.html").is_file())


if __name__ == "__main__":
    sys.exit(main())
