"""Reads requests for environments that convparity makes: ``ADAPTER[==VERSION][,PACKAGE==VERSION...]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ...adapters.needs import NEEDS, Needs, Package
from ...adapters.own.loading import Adapters
from ...adapters.registry import USUAL
from ...cases.errors import InputError
from ...cases.text import printable
from ..aliases import spelled_out

FORM = "[LABEL:]ADAPTER[==VERSION][,PACKAGE==VERSION...]"
EXAMPLE = "keras-torch==3.15.1 or flax,jax==0.7.2"
ALL = "all"
ANY_PYTHON = ">=3.9"  # the requirements of the worker
OWN_NEEDS = Needs((Package("numpy"),), ANY_PYTHON, 0, 0)  # of a user's own adapter, whose packages only the user knows


@dataclass(frozen=True)
class Request:
    """An environment to make: the request, the requirements of pip that this means, and the Python it may have.

    ``npm`` are the packages that npm installs, as it names them, such as ``@tensorflow/tfjs@4.22.0``. ``python`` is a
    version such as ``3.11``, a specifier such as ``>=3.9,<3.12``, or the path of an interpreter. ``pins`` are the
    versions of all packages, if a lock has them.
    """

    asked: str
    adapter: str
    requirements: tuple[str, ...]
    python: str
    pins: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()

    @property
    def needs(self) -> Needs:
        """The requirements of its adapter."""
        return NEEDS.get(self.adapter, OWN_NEEDS)


def requests(texts: Iterable[str], adapters: Adapters, origin: str = "--with") -> list[tuple[str, Request]]:
    """Return the label and the request of each text; ``all`` is one of every built-in adapter.

    Raise InputError, with every problem, for a text of another form, an unknown adapter or an unsupported version.
    """
    found: list[tuple[str, Request]] = []
    problems: list[str] = []
    for text in chain.from_iterable(USUAL if text == ALL else [text] for text in texts):
        try:
            found.append(_parse(text, adapters, origin))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _parse(text: str, adapters: Adapters, origin: str) -> tuple[str, Request]:
    text = spelled_out(text, adapters, origin)
    label, _, rest = text.rpartition(":")
    first, *more = rest.split(",")
    adapter, exact, version = first.partition("==")
    if not adapter or text.startswith(":") or (exact and not version) or not all("==" in one for one in more):
        raise InputError([f"{origin}: {printable(text)!r} is not {FORM}, such as {EXAMPLE}"])
    if why := adapters.why_not(adapter):
        raise InputError([f"{origin}: {why}"])
    if exact:
        more.insert(0, f"{framework(adapter)}=={version}")
    pythons = [one.partition("==")[2] for one in more if one.startswith("python==")]
    packages = [one for one in more if not one.startswith("python==")]
    # A comma would end a label in --agree.
    return label or rest.replace(",", " "), request(rest, adapter, packages, "".join(pythons[-1:]), f"{origin}: {rest}")


def framework(adapter: str) -> str:
    """Return the package that a version of an adapter means."""
    return NEEDS[adapter].framework if adapter in NEEDS else adapter


def request(asked: str, adapter: str, packages: Iterable[str], python: str, origin: str) -> Request:
    """Return the request for an adapter with some packages, as requirements of pip, on a Python; empty for any.

    Raise InputError, which names ``origin``, for texts that are no requirement and for unsupported versions.
    """
    needs = NEEDS.get(adapter, OWN_NEEDS)
    wanted: dict[str, Requirement] = {}  # by canonical name
    problems: list[str] = []
    from_npm = {package.name: package.chosen for package in needs.npm}
    for text in packages:
        name, exact, number = text.partition("==")
        if name in from_npm:
            from_npm[name] = exact + number
            continue
        try:
            one = Requirement(text)
        except InvalidRequirement:
            problems.append(f"{origin}: {printable(text)!r} is not a package and its version, such as numpy==2.4.6")
            continue
        wanted[canonicalize_name(one.name)] = one
    there = {name: Requirement(f"npm{exact}") for name, exact in from_npm.items()}  # which no requirement can name
    problems += [f"{origin}: {problem}" for problem in _unsupported(needs, adapter, {**wanted, **there})]
    if problems:
        raise InputError(problems)
    asked_for = {name: str(one) for name, one in wanted.items()}
    defaults = {package.name: f"{package.name}{package.chosen or package.supported}" for package in needs.packages}
    ruled: dict[str, str] = {}
    pythons = [] if python else [needs.python]
    for rule in needs.rules:
        if rule.name in wanted and (version := _exactly(wanted[rule.name])) and version in SpecifierSet(rule.versions):
            if rule.package:
                ruled[canonicalize_name(Requirement(rule.package).name)] = rule.package
            if rule.python and not python:
                pythons.append(rule.python)
    requirements = {**defaults, **ruled, **asked_for}
    npm = tuple(f"{name}@{chosen.removeprefix('==')}" for name, chosen in from_npm.items())
    return Request(asked, adapter, tuple(sorted(requirements.values())), python or ",".join(pythons), npm=npm)


def _unsupported(needs: Needs, adapter: str, wanted: dict[str, Requirement]) -> Iterator[str]:
    """Yield the reason why each version that was asked for is not supported."""
    for package in (*needs.packages, *needs.npm):
        version = _exactly(wanted[package.name]) if package.name in wanted else None
        if version and version not in SpecifierSet(package.supported, prereleases=True):
            oldest = package.supported.removeprefix(">=")
            yield f"{package.name} {version} is too old; {adapter} needs {package.name} {oldest} or newer"


def _exactly(requirement: Requirement) -> Version | None:
    """Return the version of ``NAME==VERSION``; None if the requirement is of another form."""
    exact = re.fullmatch(r"==([^*,]+)", str(requirement.specifier))
    try:
        return Version(exact[1]) if exact else None
    except InvalidVersion:
        return None


def too_old(adapter: str, packages: dict[str, str]) -> str:
    """Return the installed package that is older than its adapter supports; empty if none is."""
    wanted: dict[str, Requirement] = {}
    for name, version in packages.items():
        try:
            wanted[canonicalize_name(name)] = Requirement(f"{name}=={Version(version)}")
        except InvalidVersion:
            continue
    return "; ".join(_unsupported(NEEDS.get(adapter, OWN_NEEDS), adapter, wanted))
