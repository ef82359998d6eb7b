"""Bring a file of expectations up to date with a run, changing no more lines than necessary.

Entries, and names in their lists, that are stale or match nothing are removed; entries for unexpected divergences are
added at the end. tomlkit edits the lists, since it keeps comments and layout; whole entries are removed as lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from ...cases.case import Case
from ...cases.catalog.toml_file import TomlFile
from ...cases.errors import InputError
from ...cases.text import several
from ..policy.expectations import Checked, Expectation
from ..policy.expectations_file import load_expectations
from ..policy.failures import Policy
from ..results.file import SPELLINGS
from ..verdicts.verdict import Verdict, kind
from .report import Report
from .told import named

# The parameters that can select cases instead of their ids, the most informative first.
TELLING = ("op", "rank", "padding", "padding_mode", "stride", "dilation", "groups", "dtype", "ceil_mode", "kernel")
MOST_ALTERNATIVES = 4  # of one parameter; more than this is not a rule
IDS = 8  # of the layers of an entry, as they are printed
FEW = 3  # up to this many, ids are as good as any rule that selects them


@dataclass
class Update:
    """The new text of a file, and a list of its changes."""

    text: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    narrowed: list[str] = field(default_factory=list)
    newline: str = "\n"

    @property
    def changed(self) -> bool:
        """Whether anything changed."""
        return bool(self.added or self.removed or self.narrowed)


def update(path: Path, report: Report, partial: bool = False) -> Update:
    """Return the update of a file of expectations under which a run, including its ports, is as expected.

    A file that does not exist counts as empty. Expired entries stay, since people have to decide about them. Raise
    InputError where the file cannot be used.
    """
    if not path.exists():
        return _add(Update(""), path, report, [], _checked(report, [], partial), partial)
    expectations = load_expectations([path])
    file = TomlFile(path, "expectations file")
    if expectations and not file.lines[file.position(("expect", 0))[0] - 1].lstrip().startswith("[["):
        raise InputError(
            [f"{file.place(*file.position(('expect',)))}: written in brackets; write [[expect]] above each"]
        )
    before = _checked(report, expectations, partial)
    left = {expectation.index: _narrowed(expectation, before) for expectation in expectations}
    text = path.read_bytes().decode()
    bom, text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    done = Update(text, newline="\r\n" if "\r\n" in text else "\n")
    _take_out(done, file, [e for e in expectations if left[e.index] is None])
    kept = [(e, narrow) for e in expectations if (narrow := left[e.index]) is not None]
    _narrow(done, kept)
    _add(done, path, report, [narrow for _, narrow in kept], before, partial)
    done.text = bom + done.text
    return done


def _checked(report: Report, expectations: Sequence[Expectation], partial: bool) -> Checked:
    checked = report.held_against(Policy(expectations=tuple(expectations), partial=partial)).expected
    assert checked is not None
    return checked


def _narrowed(expectation: Expectation, checked: Checked) -> Expectation | None:
    """Return an expectation without the parts that no longer hold, or None where nothing is left.

    First the environments that it lists and in which none of it holds are removed, then the patterns that do not hold
    in one of the others.
    """
    promises = {(promise.pattern, promise.label) for promise in checked.stale if promise.expectation is expectation}
    gone = {pattern for e, pattern in checked.unmatched if e is expectation and not checked.partial}
    patterns = [pattern for pattern in expectation.patterns if pattern not in gone]
    environments = {v.environment.label: v.environment for v in checked.rows.values()}
    about = [environment for environment in environments.values() if expectation.is_about(environment)]
    dead = {e.label for e in about if patterns and all((pattern, e.label) in promises for pattern in patterns)}
    living = {e.adapter for e in about if e.label not in dead}
    adapters = tuple(a for a in expectation.adapters if a in living or not any(e.adapter == a for e in about))
    labels = tuple(label for label in expectation.environments if label not in dead)
    listed = {e.label for e in about if e.adapter not in adapters} if expectation.adapters else set()
    listed |= dead & set(expectation.environments)
    patterns = [p for p in patterns if not any(pattern == p and label not in listed for pattern, label in promises)]
    nothing = not patterns or (expectation.adapters and not adapters) or (expectation.environments and not labels)
    if nothing:
        return None
    cases = tuple(patterns) if expectation.cases else ()
    return replace(expectation, cases=cases, adapters=adapters, environments=labels)


def _take_out(done: Update, file: TomlFile, gone: Sequence[Expectation]) -> None:
    """Remove the lines of entries, and a blank line after each; the comments around them stay."""
    lines = re.findall("[^\n]*\n|[^\n]+", done.text)  # splitlines also splits at characters that TOML allows in a line
    for expectation in reversed(gone):
        first, last = file.span(("expect", expectation.index))
        after = last < len(lines) and not lines[last].strip() and (first < 2 or not lines[first - 2].strip())
        del lines[first - 1 : last + after]
        done.removed.insert(0, f"{expectation.place}: {expectation.reason}")
    done.text = "".join(lines)


def _narrow(done: Update, kept: Sequence[tuple[Expectation, Expectation]]) -> None:
    """Remove names from the lists of entries."""
    if all(old == new for old, new in kept):
        return
    document = tomlkit.parse(done.text)
    entries = document["expect"]
    assert isinstance(entries, AoT)
    for table, (old, new) in zip(entries, kept, strict=True):
        for key, was, now in (
            ("case", old.cases, new.cases),
            ("adapter", old.adapters, new.adapters),
            ("environment", old.environments, new.environments),
        ):
            for name in (name for name in was if name not in now):
                table[key].remove(name)
                done.narrowed.append(f"{old.place}: {key} without {name}")
    done.text = tomlkit.dumps(document)


def _add(done: Update, path: Path, report: Report, kept: list[Expectation], before: Checked, partial: bool) -> Update:
    """Append entries for all divergences that the kept entries do not expect."""
    report = report.held_against(Policy(expectations=tuple(kept), partial=partial))
    checked = _checked(report, kept, partial)
    entries = [entry for rows in _findings(report, checked) for entry in _entries(rows, report, before)]
    for entry, rows in entries:
        table = tomlkit.table()
        for key, value in entry.items():
            table.add(key, _item(value))
        text = f"[[expect]]\n{table.as_string()}".replace("\n", done.newline)
        if done.text and not done.text.endswith("\n"):
            done.text += done.newline
        if done.text:
            done.text += done.newline
        done.text += text
        where = several(list(dict.fromkeys(row.environment.label for row in rows)))
        ids = named(list(dict.fromkeys(row.case.id for row in rows)), IDS)
        done.added.append(f"{path}: {entry['verdict']} in {where}: {entry['reason']} [{ids}]")
    return done


def _findings(report: Report, checked: Checked) -> list[list[Verdict]]:
    """Return the rows of each unexpected finding, as written, then those of ports by environment and verdict."""
    found = [[d.verdict for d in cluster.divergences] for cluster in report.clusters if not cluster.waived]
    ports: dict[tuple[str, str], list[Verdict]] = {}
    for key, row in checked.rows.items():
        if row.spelling == SPELLINGS[1] and row.diverges and key not in checked.waived:
            ports.setdefault((row.environment.label, kind(row)), []).append(row)
    return found + list(ports.values())


def _entries(rows: Sequence[Verdict], report: Report, before: Checked) -> list[tuple[dict[str, Any], list[Verdict]]]:
    """Return the entry for a finding with its rows, or one for each reason that old entries gave for parts of it."""
    by_reason: dict[tuple[str, str] | None, list[Verdict]] = {}
    for row in rows:
        old = before.waived.get((row.case.id, row.environment.label, row.spelling))
        by_reason.setdefault((old.reason, old.link) if old else None, []).append(row)
    return [(_entry(group, report, *(why or (group[0].reason, ""))), group) for why, group in by_reason.items()]


def _entry(rows: Sequence[Verdict], report: Report, reason: str, link: str) -> dict[str, Any]:
    cases = list({row.case.id: row.case for row in rows}.values())
    environments = list({row.environment.label: row.environment for row in rows}.values())
    plain = all(environment.label == environment.adapter for environment in environments)
    entry: dict[str, Any] = _which(cases, report, {environment.label for environment in environments}, rows[0].spelling)
    entry["adapter" if plain else "environment"] = _one_or_all([environment.label for environment in environments])
    if rows[0].spelling != SPELLINGS[0]:
        entry["spelling"] = rows[0].spelling
    entry["verdict"] = kind(rows[0])
    pads = {row.pads for row in rows}
    if len(pads) == 1 and (same := pads.pop()) is not None and kind(rows[0]) == "shifted":
        entry["pads"] = [list(pair) for pair in same]
    entry["reason"] = reason
    return entry | ({"link": link} if link else {})


def _which(cases: Sequence[Case], report: Report, labels: set[str], spelling: str) -> dict[str, Any]:
    """Return a few parameters that select exactly these cases among those that ran; if none do, their ids."""
    ids = {case.id for case in cases}
    if len(ids) > FEW:
        ran = [c for c in report.cases if any(report.verdict(c, label, spelling) for label in labels)]
        chosen = {name: values for name in TELLING if len(values := _values(cases, name)) <= MOST_ALTERNATIVES}

        def select(names: Iterable[str]) -> set[str]:
            return {c.id for c in ran if all(_value(c, name) in chosen[name] for name in names)}

        if select(chosen) == ids:
            names = list(chosen)
            for name in reversed(TELLING):
                if name in names and select(rest := [n for n in names if n != name]) == ids:
                    names = rest
            if names:
                return {name: _any([_spelling(value) for value in chosen[name]]) for name in names}
    return {"case": _one_or_all([re.sub(r"([*?[])", r"[\1]", case.id) for case in cases])}


def _value(case: Case, name: str) -> Any:
    """Return a parameter for comparison: all paddings in numbers are equal."""
    value = getattr(case, name)
    return "numbers" if name == "padding" and not isinstance(value, str) else value


def _values(cases: Iterable[Case], name: str) -> list[Any]:
    return list(dict.fromkeys(_value(case, name) for case in cases))


def _spelling(value: Any) -> Any:
    """Return a parameter as a catalog spells it."""
    if not isinstance(value, tuple):
        return value
    return list(value) if len(set(value)) > 1 else value[0]


def _any(values: Sequence[Any]) -> Any:
    distinct = [value for i, value in enumerate(values) if value not in values[:i]]
    return distinct[0] if len(distinct) == 1 else {"any": distinct}


def _one_or_all(names: Sequence[str]) -> str | list[str]:
    return names[0] if len(names) == 1 else list(names)


def _item(value: Any) -> Any:
    """Return a value for tomlkit: long lists with one name per line, choices on one line."""
    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        inline.update(value)
        return inline
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(value)
        return array.multiline(len(value) > FEW)
    return value
