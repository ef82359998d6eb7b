"""Chooses releases among those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from ..cases.errors import InputError
from ..cases.text import printable

LAST = 6  # releases, unless something is asked for


@dataclass(frozen=True)
class Choice:
    """The releases that are asked for: those with ``named`` versions, or else some of those that there are.

    From ``oldest`` to ``newest``, both included, these are the newest patch release of each minor version, or ``every``
    one; of these the ``last`` ones. ``newest`` 3.14 includes 3.14.1.
    """

    last: int | None = None
    oldest: Version | None = None
    newest: Version | None = None
    named: tuple[Version, ...] = ()
    every: bool = False

    def of(self, released: Iterable[Version], supported: str = "") -> list[Version]:
        """Return the releases to observe, oldest first, among those of the versions that convparity supports."""
        if self.named:
            return sorted(set(self.named))
        allowed = SpecifierSet(supported, prereleases=True)
        found = sorted(one for one in released if one in allowed and self._within(one))
        if not self.every:
            found = list({one.release[:2]: one for one in found}.values())
        return found[-self.last :] if self.last else found

    def _within(self, version: Version) -> bool:
        if self.oldest and version < self.oldest:
            return False
        return not self.newest or version <= self.newest or _begins(version, self.newest)

    @classmethod
    def parse(
        cls, last: int | None, oldest: str | None, newest: str | None, named: str | None, every: bool = False
    ) -> Choice:
        """Return the choice that options mean. Raise InputError for texts that are no versions, or exclude each other.

        ``named`` has commas between its versions.
        """
        others = {"--last": last, "--from": oldest, "--to": newest, "--every": every or None}
        if named and (wrong := next((name for name, value in others.items() if value is not None), "")):
            raise InputError([f"{wrong}: cannot be combined with --versions, which names every release"])
        start, end = _ends((oldest, newest), ("--from", "--to"))
        texts = [part.strip() for part in (named or "").split(",") if part.strip()]
        last = last if last or start or end else LAST
        return cls(last, start, end, tuple(version_of(text, "--versions") for text in texts), every)

    @classmethod
    def between(cls, good: str | None, bad: str | None) -> Choice:
        """Return the choice of every release from one to another. Raise InputError for texts that are no versions."""
        start, end = _ends((good, bad), ("--good", "--bad"))
        return cls(None, start, end, (), every=True)


def _ends(texts: tuple[str | None, str | None], options: tuple[str, str]) -> list[Version | None]:
    """Return the oldest and the newest version of a range, as two options give them."""
    start, end = (version_of(text, name) if text else None for text, name in zip(texts, options, strict=True))
    if start and end and start > end and not _begins(start, end):
        raise InputError([f"{options[0]}: {start} is newer than {options[1]} {end}; exchange the two"])
    return [start, end]


def version_of(text: str, option: str) -> Version:
    """Return the version of a text. Raise InputError, which names the option, if it is none."""
    try:
        return Version(text)
    except InvalidVersion:
        raise InputError([f"{option}: {printable(text, 60)!r} is not a version, such as 3.15.1"]) from None


def _begins(version: Version, start: Version) -> bool:
    """Return whether a version is one of another's own, as 3.14.1 is of 3.14 and 1.7.0.post2 of 1.7.0."""
    return version.release[: len(start.release)] == start.release
