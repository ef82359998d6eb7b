"""The folder of environments that convparity has made, shared by all projects of a user.

``made/KEY`` is an environment, where KEY names its packages and its Python, so no two are the same. ``requests/NAME``
holds the key of the environment that a request led to. ``making/`` holds unfinished ones; each is renamed when it
is, so nothing under ``made/`` is ever half made.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import platformdirs

from .request import Request

ABOUT = "convparity.json"  # in an environment's folder: its description
USED = "used"  # a file there whose time is that of the last use
DIGITS = 12  # of a key


def store_path() -> Path:
    """Return the path of the folder, in the system's folder for users' data, which ``XDG_DATA_HOME`` can change."""
    return Path(platformdirs.user_data_dir("convparity")) / "environments"


def interpreter(folder: Path) -> Path:
    """Return the path of the interpreter of a virtual environment."""
    windows = folder / "Scripts/python.exe"
    return windows if windows.exists() else folder / "bin/python"


@dataclass(frozen=True)
class About:
    """The description of an environment: its Python, the versions of its packages, and its size in bytes."""

    python: str
    packages: dict[str, str]
    size: int


@dataclass(frozen=True)
class Made:
    """An environment that has been made: its folder, its description, and the requests that it was made for."""

    folder: Path
    about: About
    asked: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def python(self) -> str:
        """The path of its interpreter."""
        return str(interpreter(self.folder))

    @property
    def used(self) -> float:
        """The time of its last use, in seconds since the epoch; 0 if it was never used."""
        try:
            return (self.folder / USED).stat().st_mtime
        except OSError:
            return 0.0

    def touch(self) -> None:
        """Note that it is used now, unless the folder can only be read."""
        with contextlib.suppress(OSError):
            (self.folder / USED).touch()


class Store:
    """The folder, by default the user's."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or store_path()

    def find(self, request: Request) -> Made | None:
        """Return the environment that a request has led to; None if there is none, or it no longer works."""
        try:
            key = json.loads(self._request(request).read_text(encoding="utf-8"))["key"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return self.made(key)

    def made(self, key: str) -> Made | None:
        """Return the environment with a key; None if there is none, or its Python has been uninstalled."""
        folder = self.path / "made" / key
        try:
            about = About(**json.loads((folder / ABOUT).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return Made(folder, about) if interpreter(folder).exists() else None

    def all(self) -> list[Made]:
        """Return all environments, the most recently used first."""
        asked: dict[str, list[str]] = {}
        for file in sorted(self._names("requests")):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                told = json.loads((self.path / "requests" / file).read_text(encoding="utf-8"))
                asked.setdefault(told["key"], []).append(told["asked"])
        found = [
            Made(made.folder, made.about, tuple(sorted(set(asked.get(key, ())))))
            for key in self._names("made")
            if (made := self.made(key))
        ]
        return sorted(found, key=lambda made: -made.used)

    def remember(self, request: Request, key: str) -> None:
        """Note which environment a request has led to."""
        file = self._request(request)
        file.parent.mkdir(parents=True, exist_ok=True)
        written = file.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps({"key": key, **asdict(request)}), encoding="utf-8")
        os.replace(written, file)

    def forget(self, request: Request) -> None:
        """Note that a request has to be resolved again."""
        self._request(request).unlink(missing_ok=True)

    @contextlib.contextmanager
    def lock(self, request: Request, waiting: Callable[[], None]) -> Iterator[None]:
        """Admit one process that makes an environment for a request. ``waiting`` is called if there is another."""
        from filelock import FileLock, Timeout

        name = self._request(request).name
        (self.path / "locks").mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / "locks" / name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
        try:
            self._sweep(name)
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def workshop(self, request: Request) -> Iterator[Path]:
        """Yield a new folder to make an environment in, which is deleted unless ``place`` moved it away.

        Its name is its own: a killed process may have left an installer that still writes to the one before.
        """
        making = self.path / "making"
        making.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{self._request(request).name}.", dir=making))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def place(self, folder: Path, key: str, about: About) -> None:
        """Move a finished environment to its place. If another process was first, its environment stays."""
        (folder / ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
        (folder / USED).touch()
        place = self.path / "made" / key
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists() and not self.made(key):
            self._discard(place)
        try:
            folder.rename(place)
        except OSError:
            if not self.made(key):
                raise

    def remove(self, made: Made) -> None:
        """Delete an environment; it is gone at once, whatever happens while its files are deleted."""
        for file in self._names("requests"):
            path = self.path / "requests" / file
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                if json.loads(path.read_text(encoding="utf-8"))["key"] == made.key:
                    path.unlink()
        self._discard(made.folder)

    def _discard(self, folder: Path) -> None:
        aside = self.path / "making" / f"removed.{folder.name}.{time.time_ns()}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def sweep_all(self) -> None:
        """Delete everything that is not finished, except the environments that a process is making now."""
        from filelock import FileLock, Timeout

        for name in {name.partition(".")[0] for name in self._names("making")}:
            with contextlib.suppress(Timeout), FileLock(self.path / "locks" / name, timeout=0):
                self._sweep(name)

    def _sweep(self, request: str) -> None:
        """Delete the leftovers of killed processes for a request, whose lock is held, and of removed environments."""
        for name in self._names("making"):
            if name.partition(".")[0] in (request, "removed"):
                shutil.rmtree(self.path / "making" / name, ignore_errors=True)

    def _request(self, request: Request) -> Path:
        told = json.dumps([request.requirements, request.python, request.pins, *([request.npm] if request.npm else [])])
        return self.path / "requests" / digest(told)

    def _names(self, folder: str) -> list[str]:
        try:
            return os.listdir(self.path / folder)
        except OSError:
            return []


def digest(text: str) -> str:
    """Return a short name for a text."""
    return blake2b(text.encode(), digest_size=DIGITS // 2).hexdigest()


def size_of(folder: Path) -> int:
    """Return the size of the files in a folder, in bytes."""
    total = 0
    for place, _, files in os.walk(folder):
        for file in files:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, file)).st_size
    return total
