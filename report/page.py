"""What the HTML report shows, put together from a run as plain data. The template only lays it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from ..cases.arithmetic import AXIS_NAMES, Axis, Invalid
from ..cases.case import Case
from ..cases.text import printable, several
from .assessment import Cluster, Divergence, Report
from .edges import UNITS
from .explanations import shape_text
from .formula import by_tap, formula, reads, total
from .page_parts import (
    LABEL_LIMIT,
    Agreeing,
    AxisLine,
    Badge,
    Block,
    Cell,
    Code,
    Detail,
    EnvironmentRow,
    Finding,
    Group,
    Link,
    Panel,
    Port,
    Reads,
    ReadsRow,
    Row,
    Spelled,
    case_id,
    clean,
    label_of,
    sentence,
)
from .results import Environment
from .verdicts import Verdict, kind, reference_maps
from .windows import (
    AxisWindows,
    Drawing,
    Layer,
    asked_windows,
    draw,
    drawable,
    in_words,
    layout,
    measured_windows,
    sole_row,
)
from .words import ORDER

EVERY_ONE = 60  # up to so many cases: all in the order of the catalog, and every divergent one drawn
DRAWN = 5  # cases of each finding that are drawn where there are more
LINKS = 12  # links of a finding that are shown at once
COLUMNS = 6  # windows in a table of what is read


class Page:
    """The report as the template needs it."""

    def __init__(self, report: Report, version: str) -> None:
        self.report = report
        self.version = version
        self._numbers = {case.id: number for number, case in enumerate(report.cases, 1)}
        self._columns = {environment.label: i for i, environment in enumerate(report.environments, 1)}

    # The head of the page.

    @property
    def faults(self) -> list[tuple[str, str]]:
        """Harness faults: which environment, and what happened."""
        return [(printable(label, LABEL_LIMIT), clean(message)) for label, message in self.report.results.faults]

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of the run before believing it."""
        return [sentence(note) for note in self.report.notes]

    @property
    def counts(self) -> list[tuple[Badge, int]]:
        """How many rows have each verdict, the most dangerous first."""
        counts = dict(self.report.counts)
        counts["misdeclares"] = sum(d.verdict.misdeclares for d in self.report.divergences)
        return [(Badge(verdict), counts[verdict]) for verdict in ORDER if counts.get(verdict)]

    @property
    def observed(self) -> str:
        """What the counts are out of."""
        cases, environments = len(self.report.cases), len(self.report.environments)
        plural = "" if cases == 1 else "s", "" if environments == 1 else "s"
        return f"{cases} layer{plural[0]} by {environments} environment{plural[1]}"

    @property
    def environments(self) -> list[EnvironmentRow]:
        """The environments that ran."""
        return [self._environment(environment) for environment in self.report.environments]

    @property
    def platforms(self) -> list[str]:
        """The machines that it ran on, each once."""
        found = (str(environment.details.get("platform", "")) for environment in self.report.environments)
        return [printable(platform) for platform in dict.fromkeys(found) if platform]

    @staticmethod
    def _environment(environment: Environment) -> EnvironmentRow:
        details = environment.details
        facts = details.get("facts")
        recorded = [f"{key} {value}" for key, value in facts.items()] if isinstance(facts, dict) else []
        packages = environment.packages.items()
        return EnvironmentRow(
            label_of(environment),
            printable(environment.adapter, LABEL_LIMIT),
            printable(str(environment.version), LABEL_LIMIT),
            [(printable(str(name), LABEL_LIMIT), printable(str(version), LABEL_LIMIT)) for name, version in packages],
            printable(str(details.get("python", "")), LABEL_LIMIT),
            clean(str(details.get("imports", ""))),
            printable(", ".join(recorded)),
            printable(str(details.get("origin", ""))),
        )

    @property
    def legend(self) -> list[Badge]:
        """Every verdict there is, the most dangerous first."""
        return [Badge(verdict) for verdict in ORDER]

    # The findings.

    @cached_property
    def findings(self) -> list[Finding]:
        """The clusters, the most dangerous first."""
        return [self._finding(i, cluster) for i, cluster in enumerate(self.report.clusters, 1)]

    def _finding(self, number: int, cluster: Cluster) -> Finding:
        verdict = cluster.example.verdict
        case = verdict.case
        links = [Link(f"#{self._anchor(other)}", case_id(other)) for other in cluster.cases]
        return Finding(
            f"finding-{number}",
            Badge(cluster.verdict),
            cluster.example.silent,
            [printable(label, LABEL_LIMIT) for label in cluster.environments],
            len(cluster.cases),
            sentence(cluster.cause, 400),
            links[0],
            printable(case.describe()),
            _shapes(verdict),
            sentence(cluster.example.holds.text) if cluster.example.holds else "",
            [_spelled(d) for d in cluster.alike],
            self._thumbnail(cluster),
            links[:LINKS],
            links[LINKS:],
            sum(other.id in self._drawn for other in cluster.cases),
        )

    def _thumbnail(self, cluster: Cluster) -> Drawing | None:
        """The example's windows, with those asked for in outline."""
        if cluster.verdict not in ("shape", "shifted"):
            return None
        case, label = cluster.example.verdict.case, cluster.environments[0]
        for group, panel in zip(self._groups(case), self._panels(case), strict=True):
            if label in group.environments and not group.asked:
                return panel.drawings[-1][1]
        return None

    @cached_property
    def _drawn(self) -> set[str]:
        """The ids of the cases that are drawn."""
        if not self.large:
            return set(self._numbers)
        return {case.id for cluster in self.report.clusters for case in cluster.cases[:DRAWN]}

    @cached_property
    def _order(self) -> list[Case]:
        """The cases as they are listed: a large catalog begins with what diverges, the most dangerous first."""
        if not self.large:
            return self.report.cases
        first = [case for cluster in self.report.clusters for case in cluster.cases]
        return list({case.id: case for case in [*first, *self.report.cases]}.values())

    @cached_property
    def _divergent(self) -> dict[str, list[Divergence]]:
        by_case: dict[str, list[Divergence]] = {}
        for divergence in self.report.divergences:
            by_case.setdefault(divergence.verdict.case.id, []).append(divergence)
        return by_case

    def _anchor(self, case: Case) -> str:
        return f"case-{self._numbers[case.id]}"

    # The matrix.

    @property
    def columns(self) -> list[str]:
        """The environments' labels."""
        return [label_of(environment) for environment in self.report.environments]

    @property
    def large(self) -> bool:
        """Whether there is too much to show all of it at once."""
        return len(self.report.cases) > EVERY_ONE

    @cached_property
    def rows(self) -> list[Row]:
        """A row for each case."""
        return [self._row(case) for case in self._order]

    def _row(self, case: Case) -> Row:
        diverges = case.id in self._divergent
        verdicts = [self.report.verdict(case, environment) for environment in self.report.environments]
        known = next((verdict for verdict in verdicts if verdict), None)
        return Row(
            f"row-{self._numbers[case.id]}",
            f"#{self._anchor(case)}" if diverges else "",
            printable(case.describe()),
            case_id(case),
            "" if known is None else shape_text(known.expected_shape) if known.expected_shape else "no answer",
            [self._cell(case, verdict) for verdict in verdicts],
            diverges,
        )

    def _cell(self, case: Case, verdict: Verdict | None) -> Cell:
        if verdict is None:
            return Cell(Badge(""), False, "", "")
        href = f"#{self._anchor(case)}" if case.id in self._divergent else ""
        if verdict.diverges:
            href += f"-{self._columns[verdict.environment.label]}"
        shape = "" if verdict.shape is None else shape_text(verdict.shape)
        return Cell(Badge(verdict.verdict), verdict.misdeclares, shape, href)

    # The cases in detail.

    agrees = Badge("agrees")

    @property
    def divergent(self) -> int:
        """How many cases are shown in detail."""
        return len(self._divergent)

    @property
    def details(self) -> Iterator[Detail]:
        """The divergent cases, in the order of the matrix."""
        examples = {cluster.example.verdict.case.id for cluster in self.report.clusters}
        for case in self._order:
            if case.id in self._divergent:
                yield self._detail(case, case.id in examples and not self.large)

    def _detail(self, case: Case, is_example: bool) -> Detail:
        divergences = sorted(self._divergent[case.id], key=lambda d: ORDER.index(kind(d.verdict)))
        reference = divergences[0].verdict.reference
        axes = () if isinstance(reference.axes, Invalid) else reference.axes
        drawn = case.id in self._drawn
        groups = self._groups(case)
        return Detail(
            self._anchor(case),
            f"#row-{self._numbers[case.id]}",
            is_example,
            printable(case.describe()),
            case_id(case),
            layer_words(case),
            [(label_of(d.verdict.environment), Badge(kind(d.verdict))) for d in divergences],
            _formula_head(case),
            _axis_lines(case, axes),
            sentence(reference.reason),
            self._panels(case) if drawn else [],
            "" if drawn or not groups else f"Drawn are the first {DRAWN} cases of each finding; this is a later one.",
            _reads(case, groups) if drawn or len(groups) > 1 else [],
            [self._block(d) for d in divergences],
            self._agreeing(case),
        )

    def _block(self, divergence: Divergence) -> Block:
        verdict = divergence.verdict
        seen = verdict.observation
        return Block(
            f"{self._anchor(verdict.case)}-{self._columns[verdict.environment.label]}",
            label_of(verdict.environment),
            printable(str(verdict.environment.version), LABEL_LIMIT),
            Badge(verdict.verdict),
            verdict.misdeclares,
            _shapes(verdict),
            sentence(verdict.reason),
            sentence(divergence.holds.text) if divergence.holds else "",
            Code.of(seen),
            Port.of(divergence),
            clean(seen.error),
            clean(seen.log),
        )

    def _agreeing(self, case: Case) -> list[Agreeing]:
        verdicts = [self.report.verdict(case, environment) for environment in self.report.environments]
        return [
            Agreeing(label_of(v.environment), shape_text(v.shape) if v.shape else "raises", Code.of(v.observation))
            for v in verdicts
            if v is not None and not v.diverges
        ]

    def _groups(self, case: Case) -> list[Group]:
        """What was asked for, and every other way in which the elements are read; empty where there is no answer."""
        verdicts = [self.report.verdict(case, environment) for environment in self.report.environments]
        found = [verdict for verdict in verdicts if verdict is not None]
        if not found or isinstance(found[0].reference.axes, Invalid) or not drawable(found[0].reference.axes):
            return []
        reference = found[0].reference
        asked = Group(True, [], found[0].expected_shape, reference_maps(reference))
        groups = {_fingerprint(asked.maps): asked}
        for verdict in found:
            sampling, maps = verdict.observation.sampling, verdict.maps
            if maps is None or (sampling is not None and not (sampling.separable and sampling.exact)):
                continue  # not measured, or not in a way that a drawing could show
            group = groups.setdefault(_fingerprint(maps), Group(False, [], verdict.shape, maps))
            group.environments.append(verdict.environment.label)
        return list(groups.values())

    def _panels(self, case: Case) -> list[Panel]:
        groups = self._groups(case)
        if not groups:
            return []
        axes = self._divergent[case.id][0].verdict.reference.axes
        assert not isinstance(axes, Invalid)
        return _panels(case, axes, groups)


def _fingerprint(maps: tuple[np.ndarray, ...]) -> tuple[object, ...]:
    return tuple((indices.shape, indices.tobytes()) for indices in maps)


def _shapes(verdict: Verdict) -> str:
    """The shape that came out, against the one asked for."""
    asked = verdict.expected_shape
    if verdict.shape is None:
        return f"no output where {shape_text(asked)} was asked" if asked else ""
    if asked is None:
        return f"{shape_text(verdict.shape)} where there is no answer"
    if verdict.shape == asked:
        return f"{shape_text(asked)}, as asked"
    return f"{shape_text(verdict.shape)} where {shape_text(asked)} was asked"


def _spelled(divergence: Divergence) -> Spelled:
    verdict = divergence.verdict
    return Spelled(label_of(verdict.environment), Code.of(verdict.observation), Port.of(divergence))


def layer_words(case: Case) -> str:
    """The layer in a sentence: nothing is left to a default."""

    def sizes(numbers: tuple[int, ...]) -> str:
        return "x".join(map(str, numbers)) or "no size"

    padding = f"'{case.padding}'" if isinstance(case.padding, str) else _padding_words(case)
    parts = [
        f"kernel {sizes(case.kernel)}",
        f"stride {sizes(case.stride)}",
        f"padding {padding}",
        f"dilation {sizes(case.dilation)}",
        *_channels_and_edges(case),
        f"batch {case.batch}",
        case.dtype,
    ]
    operation = _OPERATIONS.get(case.op, case.op)
    return printable(f"{operation} of an input of {sizes(case.input)}: {', '.join(parts)}.", 400)


_OPERATIONS = {
    "conv": "Convolution",
    "conv_transpose": "Transposed convolution",
    "max_pool": "Max pooling",
    "avg_pool": "Average pooling",
}


def _channels_and_edges(case: Case) -> list[str]:
    """The channels, and what only some operations have."""
    if case.pools:
        parts = [f"{case.in_channels} channel{'' if case.in_channels == 1 else 's'}"]
        parts += ["ceil mode"] if case.ceil_mode else []
        if case.op == "avg_pool":
            parts.append("padding counted" if case.counts_padding else "padding not counted")
        return parts
    groups = f" in {case.groups} groups" if case.groups != 1 else ""
    parts = [f"{case.in_channels} to {case.out_channels} channels{groups}"]
    if case.output_padding is not None:
        parts.append("output padding " + "x".join(map(str, case.output_padding)))
    if case.padding_mode != "zeros":
        parts.append(f"{case.padding_mode} mode")
    return parts


def _padding_words(case: Case) -> str:
    """Padding in numbers: one for all sides where they are alike, else (before,after) for each axis."""
    assert not isinstance(case.padding, str)
    sides = {side for pair in case.padding for side in pair}
    if len(sides) == 1:
        return f"{sides.pop()} on every side"
    names = AXIS_NAMES.get(case.rank, ())
    pairs = [f"({before},{after})" for before, after in case.padding]
    if len(names) != len(pairs):
        return ", ".join(pairs) or "of no axis"
    return several([f"{pair} on the {name}" for name, pair in zip(names, pairs, strict=True)])


def _formula_head(case: Case) -> str:
    """The formula for taps that stand side by side; a line of an axis on which they do not says what stands for k."""
    plain = formula(replace(case, dilation=(1,) * case.rank)).replace("-", "\u2212")
    what = "what is cropped from" if case.op == "conv_transpose" else "the total of"
    return f"Output size: {plain}, where p is {what} both sides"


def _axis_lines(case: Case, axes: tuple[Axis, ...]) -> list[AxisLine]:
    lines: dict[Axis, list[str]] = {}
    for name, axis in zip(AXIS_NAMES.get(case.rank, ()), axes, strict=False):
        lines.setdefault(axis, []).append(name)
    return [
        AxisLine(
            several(names),
            total(axis),
            axis.formula(),
            f"the {axis.kernel} taps reach over {axis.effective}" if axis.dilation > 1 and axis.kernel > 1 else "",
        )
        for axis, names in lines.items()
    ]


def _panels(case: Case, axes: tuple[Axis, ...], groups: list[Group]) -> list[Panel]:
    """The groups' windows, drawn on one scale; with two axes as an area, otherwise as a strip for each axis."""
    windows = [
        [asked_windows(a) if group.asked else measured_windows(m, a) for a, m in zip(axes, group.maps, strict=True)]
        for group in groups
    ]
    planes = [(0, 1)] if case.rank == 2 else [(None, i) for i in range(case.rank)]
    layers = [[_layer(of, plane) for plane in planes] for of in windows]
    layouts = [(layout([of[p][0] for of in layers]), layout([of[p][1] for of in layers])) for p in range(len(planes))]
    panels = []
    for g, group in enumerate(groups):
        who = several(group.labels)
        title = f"The windows asked for{f', and of {who}' if who else ''}" if group.asked else f"The windows of {who}"
        drawings = [
            draw(
                layers[g][p],
                layouts[p],
                title,
                " ".join(in_words(_units(case, i), group.maps[i], case.input[i]) for i in plane if i is not None),
                None if group.asked else layers[0][p],
            )
            for p, plane in enumerate(planes)
        ]
        names = AXIS_NAMES[case.rank] if len(drawings) > 1 else ("",)
        named = list(zip(names, drawings, strict=True))
        panels.append(Panel(group.asked, who, shape_text(group.shape), _pads_words(case, windows[g]), named))
    return panels


def _layer(windows: list[AxisWindows], plane: tuple[int | None, int]) -> Layer:
    down, across = plane
    return (sole_row() if down is None else windows[down]), windows[across]


def _units(case: Case, axis: int) -> str:
    return UNITS[AXIS_NAMES[case.rank][axis]][1]


def _pads_words(case: Case, windows: list[AxisWindows]) -> str:
    """The pads of a drawing, in words."""
    if len({axis.pads for axis in windows}) == 1:
        return f"pads {shape_text(windows[0].pads)}" if windows[0].pads else ""
    pads = [f"{_units(case, i)} {shape_text(axis.pads)}" for i, axis in enumerate(windows) if axis.pads]
    return f"pads {', '.join(pads)}" if pads else ""


def _reads(case: Case, groups: list[Group]) -> list[Reads]:
    """What each window reads, for the axes on which the groups differ, or for all where there is only one group."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for i in range(case.rank):
        maps = tuple(group.maps[i] for group in groups)
        if len(groups) == 1 or len(set(_fingerprint(maps))) > 1:
            alike.setdefault((case.input[i], *_fingerprint(maps)), []).append(i)
    return [_reads_table(case, several([_units(case, i) for i in axes]), axes[0], groups) for axes in alike.values()]


def _reads_table(case: Case, name: str, axis: int, groups: list[Group]) -> Reads:
    if case.op == "conv_transpose":
        unit, caption, words = "output", f"{name} that each output is made from, tap by tap", by_tap
    else:
        unit, caption, words = "window", f"{name} that each window reads", reads

    def read(indices: np.ndarray, output: int) -> str:
        return words(indices[output].tolist()) if output < len(indices) else f"no {unit}"

    most = max(len(group.maps[axis]) for group in groups)
    shown: list[int | None] = list(range(most))
    if most > COLUMNS:
        shown = [0, 1, 2, None, most - 2, most - 1]
    asked = groups[0].maps[axis]
    rows = []
    for group in groups:
        got = group.maps[axis]
        cells = [("…", False) if o is None else (read(got, o), read(got, o) != read(asked, o)) for o in shown]
        rows.append(ReadsRow(several(["asked"] * group.asked + group.labels), group.asked, cells))
    return Reads(caption, unit, ["" if o is None else str(o + 1) for o in shown], rows)
