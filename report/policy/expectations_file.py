"""The reader of expectation files in TOML, which reports every problem with its line and column."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ...cases.case import FIELDS
from ...cases.catalog.toml_file import Steps, TomlFile
from ...cases.catalog.validate import RANKS, check_parameter
from ...cases.errors import InputError
from ...cases.text import did_you_mean, printable, shown
from ..results.file import SPELLINGS
from ..verdicts.verdict import DIVERGENT
from .expectations import NUMBERS, Expectation, Fact, Pads

PARAMETERS = ("rank", *(field.name for field in FIELDS if field.takes != "id"))
OTHERS = (
    "case",
    "adapter",
    "environment",
    "spelling",
    "packages",
    "facts",
    "verdict",
    "pads",
    "unforeseen",
    "reason",
    "link",
    "expires",
)
VERDICTS = ("agrees", *DIVERGENT)  # of what is not as predicted, even if it agrees
KEYS = (*OTHERS, *PARAMETERS)


def load_expectations(files: str | Path | Iterable[str | Path], adapters: Collection[str] = ()) -> list[Expectation]:
    """Return the expectations in a file or in several, in order.

    ``adapters`` are the adapters that an entry may name; if it is empty, any. Raise InputError with every problem in
    every file, each as ``FILE:LINE:COLUMN: problem``.
    """
    found: list[Expectation] = []
    problems: list[str] = []
    for file in [files] if isinstance(files, str | Path) else files:
        try:
            reader = _Reader(Path(file), adapters)
        except InputError as error:
            hint = "" if Path(file).exists() else "; `convparity expect update RESULTS --expectations FILE` makes it"
            problems += [f"{problem}{hint}" for problem in error.problems]
            continue
        found += reader.expectations()
        problems += reader.sorted_problems()
    if problems:
        raise InputError(problems)
    return found


class _Reader(TomlFile):
    """The reader of one file of expectations. It records problems; an entry with problems has an unusable result."""

    def __init__(self, path: Path, adapters: Collection[str]) -> None:
        super().__init__(path, "expectations file")
        self.adapters = adapters

    def expectations(self) -> list[Expectation]:
        for key in self.document:
            if key not in ("about", "expect"):
                hint = did_you_mean(key, ("about", "expect"))
                self.problem((key,), f"{printable(key, 60)}: unknown key; expected about, [[expect]]{hint}", True)
        if not isinstance(self.document.get("about", ""), str):
            self.problem(("about",), f"about: {shown(self.document['about'])} is not a string")
        entries = self.document.get("expect", [])
        if not (isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)):
            self.problem(("expect",), "expect: not a list of tables; write [[expect]] above each one", True)
            return []
        return [self.entry(i, entry) for i, entry in enumerate(entries)]

    def entry(self, index: int, entry: dict[str, Any]) -> Expectation:
        at: Steps = ("expect", index)
        for key in entry:
            if key not in KEYS:
                text = f"{printable(key, 60)}: unknown key; expected {', '.join(sorted(KEYS))}"
                self.problem((*at, key), text + did_you_mean(key, KEYS), True)
        for key, why in (("verdict", "what is expected"), ("reason", "why it is expected, for whoever reads it next")):
            if key not in entry:
                self.problem(at, f"{key} is missing; an expectation says {why}")
        if "spelling" in entry and entry["spelling"] not in SPELLINGS:
            self.unknown((*at, "spelling"), entry["spelling"], SPELLINGS)
        expires = entry.get("expires")
        if expires is not None and (not isinstance(expires, date) or isinstance(expires, datetime)):
            text = f"expires: {shown(expires)} is not a date; expected a date without quotes, such as 2030-01-31"
            self.problem((*at, "expires"), text)
            expires = None
        return Expectation(
            file=str(self.path),
            line=self.position(at)[0],
            index=index,
            verdicts=self.names(at, entry, "verdict", VERDICTS if entry.get("unforeseen") is True else DIVERGENT),
            reason=self.text(at, entry, "reason"),
            cases=self.names(at, entry, "case"),
            parameters={key: self.alternatives(at, entry, key) for key in PARAMETERS if key in entry},
            adapters=self.names(at, entry, "adapter", self.adapters),
            environments=self.names(at, entry, "environment"),
            spelling=entry.get("spelling", SPELLINGS[0]),
            packages=self.packages(at, entry),
            facts=self.facts(at, entry),
            pads=self.pads(at, entry),
            unforeseen=self.flag(at, entry, "unforeseen"),
            link=self.text(at, entry, "link"),
            expires=expires,
        )

    def unknown(self, path: Steps, value: Any, known: Collection[str]) -> None:
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        key = next(step for step in reversed(path) if isinstance(step, str))
        self.problem(path, f"{key}: {shown(value)} is not known; expected {', '.join(known)}{hint}")

    def text(self, at: Steps, entry: dict[str, Any], key: str) -> str:
        value = entry.get(key, "")
        if key in entry and not (isinstance(value, str) and value.strip()):
            self.problem((*at, key), f"{key}: {shown(value)} is not allowed; expected a string that is not empty")
            return ""
        return str(value)

    def flag(self, at: Steps, entry: dict[str, Any], key: str) -> bool | None:
        value = entry.get(key)
        if value is not None and not isinstance(value, bool):
            self.problem((*at, key), f"{key}: {shown(value)} is not allowed; expected true or false")
            return None
        return value

    def names(self, at: Steps, entry: dict[str, Any], key: str, known: Collection[str] = ()) -> tuple[str, ...]:
        """Return the names in a key that holds one name or a list of alternatives."""
        if key not in entry:
            return ()
        value = entry[key]
        if value == []:
            self.problem((*at, key), f"{key}: [] is empty; expected one name, or a list of several")
        several = isinstance(value, list)
        for i, name in enumerate(value if several else [value]):
            path = (*at, key, i) if several else (*at, key)
            if not isinstance(name, str) or not name:
                self.problem(path, f"{key}: {shown(name)} is not a name; expected a string that is not empty")
            elif known and name not in known:
                self.unknown(path, name, known)
        return tuple(map(str, value if several else [value]))

    def alternatives(self, at: Steps, entry: dict[str, Any], key: str) -> tuple[Any, ...]:
        """Return the alternatives of a parameter: one value as in a catalog, or those of ``{ any = [...] }``."""
        value = entry[key]
        if isinstance(value, dict):
            if list(value) != ["any"] or not isinstance(value["any"], list) or not value["any"]:
                self.problem((*at, key), f"{key}: {shown(value)} is not a choice; write {{ any = [..., ...] }}")
                return ()
            values, path = value["any"], (*at, key, "any")
        else:
            values, path = [value], (*at, key)
        rank = entry.get("rank")
        for i, item in enumerate(values):
            where = (*path, i) if isinstance(value, dict) else path
            if key == "rank":
                if item not in RANKS or isinstance(item, bool | float):
                    self.problem(where, f"rank: {shown(item)} is not known; expected 1, 2 or 3")
            elif not (key == "padding" and item == NUMBERS):
                for problem in check_parameter(key, item, rank if type(rank) is int and rank in RANKS else None):
                    self.problem((*where, *problem.path[1:]), problem.text)
        return tuple(values)

    def packages(self, at: Steps, entry: dict[str, Any]) -> dict[str, SpecifierSet]:
        value = entry.get("packages", {})
        if not isinstance(value, dict):
            text = f'packages: {shown(value)} is not a table; write packages = {{ keras = ">=3.15" }}'
            self.problem((*at, "packages"), text)
            return {}
        found = {}
        for name, versions in value.items():
            try:
                found[name] = SpecifierSet(versions)
            except (InvalidSpecifier, TypeError, AttributeError):
                allowed = "expected a condition such as '>=3.15' or '>=3,<3.16'"
                text = f"packages: {shown(versions)} is not a version condition; {allowed}"
                self.problem((*at, "packages", name), text)
        return found

    def facts(self, at: Steps, entry: dict[str, Any]) -> dict[str, tuple[Fact, ...]]:
        value = entry.get("facts", {})
        if not isinstance(value, dict):
            self.problem((*at, "facts"), f"facts: {shown(value)} is not a table; write facts = {{ onednn = true }}")
            return {}
        found = {}
        for name, said in value.items():
            known = said if isinstance(said, list) else [said]
            if not known or not all(isinstance(fact, str | int) for fact in known):
                allowed = "expected a string, an integer, true or false, or a list of several"
                self.problem((*at, "facts", name), f"facts: {shown(said)} is not a fact; {allowed}")
            found[name] = tuple(known)
        return found

    def pads(self, at: Steps, entry: dict[str, Any]) -> Pads | None:
        value = entry.get("pads")
        if value is None:
            return None
        pairs = value if isinstance(value, list) else [value]
        good = 1 <= len(pairs) <= 3 and all(
            isinstance(pair, list) and len(pair) == 2 and all(type(side) is int for side in pair) for pair in pairs
        )
        if not good:
            text = f"pads: {shown(value)} is not allowed; expected a [before, after] pair per axis"
            self.problem((*at, "pads"), text)
            return None
        return tuple((before, after) for before, after in pairs)
