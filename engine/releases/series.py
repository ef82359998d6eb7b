"""A series of environments that differ in the version of one package: a request for each release of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from ..adapters.own.loading import Adapters
from ..cases.errors import HarnessFault, InputError
from ..cases.text import printable, several
from ..environments.aliases import PACKAGES
from ..environments.find import EnvironmentSpec
from ..environments.managed.interpreters import find_python
from ..environments.managed.request import framework, requests
from ..environments.ready import with_option
from ..report.findings.history import Release
from ..runs.working import working
from .choice import Choice
from .registry import released

MINORS = range(9, 20)  # of Python 3, which are looked for
OPTION = "ADAPTER"


@dataclass(frozen=True)
class Candidate:
    """A release of a series: its environment, which is made when it is needed, or why there can be none."""

    version: Version
    spec: EnvironmentSpec | None = field(compare=False)
    problem: str = ""

    def release(self, problem: str = "") -> Release:
        """Return the release as a history has it, with a problem that was met later."""
        return Release(str(self.version), self.spec.label if self.spec else "", self.problem or problem)


class Series:
    """The environments of one adapter in which the version of one package changes, and nothing else is asked for."""

    def __init__(self, asked: str, package: str | None = None) -> None:
        """``asked`` is a request as in ``--with``, such as ``keras-torch`` or ``flax,jax==0.7.2``, without a label.

        ``package`` is the package that changes, by default the adapter's own framework.
        Raise InputError if the request cannot be understood, or has a version for that package.
        """
        if ":" in asked:
            raise InputError([f"{OPTION}: {printable(asked, 60)!r} has a label; each release has one of its own"])
        self.asked, self.adapters = asked, Adapters()
        ((_, self.request),) = requests([asked], self.adapters, OPTION)
        self.first, self.comma, self.rest = asked.partition(",")
        word, exact, _ = self.first.partition("==")
        if self.request.npm and not package:
            what = f"{OPTION}: the releases of {framework(self.request.adapter)} are npm's, which are not listed here"
            raise InputError([f"{what}; run one of them with --with {self.request.adapter}==VERSION"])
        self.own = canonicalize_name(word if word in PACKAGES else framework(self.request.adapter))
        self.package = canonicalize_name(package or self.own)
        given = {canonicalize_name(one.partition("==")[0]) for one in self.rest.split(",")}
        if self.package in given | ({self.own} if exact else set()):
            what = f"{OPTION}: {printable(asked, 60)!r} has a version of {self.package}, which is what changes"
            raise InputError([f"{what}; leave it out, and name versions by options such as --from and --to"])

    @property
    def adapter(self) -> str:
        """The name of the adapter."""
        return self.request.adapter

    @property
    def supported(self) -> str:
        """The specifier of the versions that convparity supports."""
        return next((one.supported for one in self.request.needs.packages if one.name == self.package), "")

    def chosen(self, choice: Choice, pre: bool = False) -> list[Candidate]:
        """Return the releases that are chosen among those that the package index has, oldest first.

        One that has no wheel for a Python at hand has a problem. A version that was named need not be listed, as a
        yanked release is not. Raise HarnessFault if the index has none, and InputError if none is chosen.
        """
        with working(f"asking the package index for the releases of {self.package}"):
            here, elsewhere = pythons(self.request.python)
            found = released(self.package, [*here, *elsewhere], pre)
        versions = choice.of(set().union(*found.values()), self.supported)
        if not versions:
            newest = max(set().union(*found.values()))
            what = f"no release of {self.package} is in this range; the newest is {newest}"
            raise InputError([f"{what}, and convparity supports {self.supported or 'any'}"])
        return [self._candidate(version, found, here) for version in versions]

    def _candidate(self, version: Version, found: dict[str, set[Version]], here: Sequence[str]) -> Candidate:
        having = [python for python, versions in found.items() if version in versions]
        if having and not set(having) & set(here):
            others = f"Python {several(having)}"
            return Candidate(version, None, f"it has no wheel for Python {several(list(here))}, but for {others}")
        python = next((one for one in having if one in here), here[0])
        try:
            return Candidate(version, self.spec(version, "" if python == here[0] else python))
        except InputError as error:  # a version that was named and is too old
            return Candidate(version, None, "; ".join(error.problems))

    def spec(self, version: Version, python: str = "") -> EnvironmentSpec:
        """Return the environment for a release, on a Python; by default the one that is preferred."""
        if self.package == self.own:
            text = f"{self.first}=={version}{self.comma}{self.rest}"
        else:
            text = f"{self.asked},{self.package}=={version}"
        (spec,) = with_option([f"{text},python=={python}" if python else text], self.adapters, OPTION)
        return spec


def pythons(wanted: str) -> tuple[list[str], list[str]]:
    """Return the versions of Python that are at hand, the preferred one first, and others that tell what else there is.

    The others are the oldest and the newest that are allowed, where these are not at hand.
    ``wanted`` is a specifier, or a version or path, which is then the only one. Raise HarnessFault if none is at hand.
    """
    preferred = _minor(find_python(wanted)[1])
    if not wanted.startswith((">", "<", "=", "!", "~")):
        return [preferred], []
    allowed = [f"3.{minor}" for minor in MINORS if f"3.{minor}" in SpecifierSet(wanted)]
    here = [preferred, *(one for one in allowed if one != preferred and _at_hand(one))]
    return here, [one for one in dict.fromkeys((allowed[0], allowed[-1])) if one not in here]


def _at_hand(python: str) -> bool:
    try:
        return bool(find_python(python))
    except HarnessFault:
        return False


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
