"""The matrix of a report: its cases by its environments, with a verdict in each cell, for a slide."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ...cases.case import Case
from ...cases.errors import InputError
from ...cases.text import count, printable, several
from ..findings.report import Report
from ..findings.words import word
from ..verdicts.verdict import VERDICTS, kind
from .figure import Figure
from .theme import TINT, Theme, bare, canvas, legend, theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 60  # rows
LABEL = 52  # characters of a row's label
# For each verdict a mark, and the number of its colour among the series; none for agreement.
MARKS: dict[str, tuple[str, int | None]] = {
    "agrees": ("✓", None),
    "shifted": ("→", 1),
    "values": ("≈", 3),
    "shape": ("□", 0),
    "misdeclares": ("!", 4),
    "inexpressible": ("∅", 5),
    "unproven": ("?", 5),
    "accepts": ("+", 2),
    "rejects": ("-", 2),
}
FAILED = ("✗", 5)  # every other verdict
KINDS = (*VERDICTS, "misdeclares")


def matrix(report: Report, dark: bool = False) -> Figure:
    """Return the figure of a report's cases by its environments.

    Of more than MOST cases, those that diverge are drawn. Raise InputError if there is nothing, or still too much.
    """
    cases = _rows(report)
    colours = theme(dark)
    figure = canvas(0.27 * len(cases) + 1.5, colours)
    axes = figure.subplots()
    bare(axes, colours)
    seen: Counter[str] = Counter()
    for row, case in enumerate(cases):
        for column, environment in enumerate(report.environments):
            found = report.verdict(case, environment)
            if found is not None:
                seen[kind(found)] += 1
            _cell(axes, row, column, kind(found) if found else "", colours)
    _labels(axes, report, cases, colours)
    legend(figure, colours, _key(axes, seen, colours), loc="outside lower left", ncols=4)
    return Figure(figure, printable(report.headline, 200), alt(report, cases, seen))


def alt(report: Report, cases: list[Case], seen: Counter[str]) -> str:
    """Return what is seen: the number of cells with each verdict, and the environments with the most divergences."""
    environments = report.environments
    told = [f"A matrix of {count(len(cases), 'layer')} by {count(len(environments), 'environment')}"]
    told[0] += f": {several([f'{word(name)} {number}' for name, number in seen.most_common()])}."
    if left := len(report.cases) - len(cases):
        told.append(f"{count(left, 'more layer')} {'agrees' if left == 1 else 'agree'} everywhere.")
    for environment in environments:
        verdicts = (report.verdict(case, environment) for case in cases)
        worse = Counter(word(kind(found)) for found in verdicts if found is not None and found.diverges)
        said = several([f"{name} {number}" for name, number in worse.most_common()]) or "all agree"
        told.append(f"{environment.label} {environment.shown_version}: {said}.".replace(" :", ":"))
    return " ".join(told)


def _rows(report: Report) -> list[Case]:
    """Return the cases to draw."""
    cases = list(report.cases)
    if len(cases) > MOST:
        apart = {one.verdict.case.id for one in report.divergences}
        cases = [case for case in cases if case.id in apart]
    if not cases or not report.environments:
        raise InputError(["nothing to draw: the report has no layers, no environments, or no divergence among many"])
    if len(cases) > MOST:
        raise InputError([f"{len(cases)} layers that diverge; expected at most {MOST}; choose some with -k EXPR"])
    return cases


def _cell(axes: Axes, row: int, column: int, name: str, colours: Theme) -> None:
    """Draw a cell: its mark, on the colour of its verdict."""
    from matplotlib.patches import Rectangle

    mark, number = MARKS.get(name, FAILED) if name else ("", None)
    face = colours.cell if number is None else (colours.series[number], TINT)
    axes.add_patch(Rectangle((column, row), 0.94, 0.88, facecolor=face, edgecolor=colours.line, linewidth=0.6))
    axes.text(column + 0.47, row + 0.46, mark, ha="center", va="center", color=colours.ink, fontsize=9)


def _labels(axes: Axes, report: Report, cases: list[Case], colours: Theme) -> None:
    names = [
        "\n".join(filter(None, [printable(one.label, 24), printable(one.shown_version, 24)]))
        for one in report.environments
    ]
    axes.set_xticks([column + 0.47 for column in range(len(names))], names, fontsize=8)
    axes.xaxis.tick_top()
    axes.set_yticks(
        [row + 0.44 for row in range(len(cases))], [printable(case.id, LABEL) for case in cases], fontsize=8
    )
    axes.tick_params(length=0, labelcolor=colours.ink)
    axes.set_xlim(-0.05, len(names))
    axes.set_ylim(len(cases), -0.05)


def _key(axes: Axes, seen: Counter[str], colours: Theme) -> list[object]:
    """Return the legend's entries: the verdicts that are there, with their marks."""
    from matplotlib.patches import Patch

    key: list[object] = []
    for name in sorted(seen, key=KINDS.index):
        mark, number = MARKS.get(name, FAILED)
        face = colours.cell if number is None else (colours.series[number], TINT)
        label = f"{mark} {word(name)} ({seen[name]})"
        key.append(Patch(facecolor=face, edgecolor=colours.line, label=label))
    return key
