"""The pages of the matrix, from the templates beside this module; they load from their own folder only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from ... import __version__
from ...adapters.registry import title
from ...cases.text import count, printable
from ..findings.words import MEANINGS, word
from . import naming
from .badge import BAD, GOOD, UNKNOWN, Badge
from .column import Column, headings
from .example import Example, alike, drawing
from .history import history, sentence
from .index import Finding, Matrix

MOST_LAYERS = 200  # on the page of a finding
MOST_IDS = 2000  # by which a finding is found
STATIC = ("matrix.css", "search.js", "frame.js")
LIVE = "live/index.html"


@dataclass(frozen=True)
class Script:
    """A script that shows a finding, empty where there is none, and the command that runs it first and prints it."""

    command: str
    text: str


class Pages:
    """Makes the files of a matrix, by their paths in its folder. ``live`` says whether the live page is beside it."""

    def __init__(self, matrix: Matrix, live: bool) -> None:
        self.matrix, self.live = matrix, live
        self.names = headings(matrix.columns)
        self._templates = Environment(
            loader=PackageLoader("convparity.report.matrix"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "word": word,
            "count": count,
            "printable": printable,
            "live": _live_address,
            "sentence": _sentence,
        }
        self._templates.globals |= {"version": __version__, "live": LIVE if live else "", "meanings": MEANINGS}

    @cached_property
    def files(self) -> dict[Column, str]:
        """The name of the badge of each column, without its ending."""
        columns = self.matrix.columns
        return dict(zip(columns, naming.of_columns((one.adapter, self.names[one]) for one in columns), strict=True))

    def static(self) -> Iterator[tuple[str, str]]:
        """Yield what the pages share: their style and scripts."""
        folder = files("convparity.report.matrix") / "templates"
        yield from ((name, (folder / name).read_text(encoding="utf-8")) for name in STATIC)

    def index(self, causes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the index, and the badge of each column. ``causes`` are those of the findings' examples, by name."""
        matrix, badges = self.matrix, {}
        for column in matrix.columns:
            badges[column] = self._column_badge(column)
            yield f"badges/{self.files[column]}.svg", self._made("badge.svg", badge=badges[column])
        adapters: dict[str, list[Column]] = {}
        for column in matrix.columns:
            adapters.setdefault(column.adapter, []).append(column)
        shown = [(one, causes[one.name], self._told(one), self._words(one)) for one in matrix.findings]
        named = {printable(name, 60): columns for name, columns in adapters.items()}
        made = self._made(
            "index.html", root="", matrix=matrix, pages=self, adapters=named, badges=badges, findings=shown
        )
        yield "index.html", made

    def finding(self, finding: Finding, examples: Sequence[Example], script: Script) -> Iterator[tuple[str, str]]:
        """Yield the page of a finding, with its badge and its drawing."""
        seen, drawn = history(self.matrix, finding), drawing(examples)
        place = f"findings/{finding.name}"
        having = [one for one in seen if one.having]
        says = f"{len(having)} of {count(sum(one.run > 0 for one in seen), 'environment')}"
        badge = Badge(word(finding.verdict), says, BAD)
        if drawn:
            yield f"{place}-drawing.html", drawn.page()
        yield f"{place}.svg", self._made("badge.svg", badge=badge)
        shown = {"finding": finding, "examples": examples, "groups": alike(examples), "script": script, "seen": seen}
        shown |= {"told": self._told(finding), "badge": badge, "drawn": drawn, "layers": finding.cases[:MOST_LAYERS]}
        yield f"{place}.html", self._made("finding.html", root="../", matrix=self.matrix, pages=self, **shown)

    def _made(self, template: str, **shown: Any) -> str:
        return self._templates.get_template(template).render(**shown)

    def _column_badge(self, column: Column) -> Badge:
        about = f"{printable(column.adapter, 60)} {self.names[column]}"
        if not any(part.marks for part in self.matrix.parts[column]):
            return Badge(about, "not run", UNKNOWN)
        found = sum(self.matrix.having(finding, column)[0] > 0 for finding in self.matrix.findings)
        return Badge(about, count(found, "finding"), BAD if found else GOOD)

    def _told(self, finding: Finding) -> str:
        return sentence(history(self.matrix, finding), self.names)

    def _words(self, finding: Finding) -> str:
        """Return what a finding is found by, besides what is shown of it: verdict, frameworks, catalogs and layers."""
        layers = [self.matrix.layers[id] for id in finding.cases[:MOST_IDS]]
        words = [finding.verdict, *(title(name) for name in finding.adapters)]
        words += [layer.catalog for layer in layers] + [layer.described for layer in layers]
        words += ["changed"] if "not in" in self._told(finding) else []
        return printable(" ".join(dict.fromkeys([*words, *finding.cases[:MOST_IDS]])), 100_000)


def _sentence(text: str) -> str:
    """Return a text of a report with a capital letter and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _live_address(example: Example) -> str:
    """Return the address of the live page that is asked about the line of an example."""
    sizes = "x".join(map(str, (example.case.in_channels, *example.case.input)))
    return f"{LIVE}#{urlencode({'line': example.source, 'input': sizes})}"
