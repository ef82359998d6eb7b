"""The cache of earlier observations in the user's cache folder, which saves running anything twice.

It is one SQLite file for all processes of a user. It holds shelves of texts by key. All texts on a shelf are valid for
one identity, such as an environment with everything that could change what it does
(:mod:`convparity.cache.fingerprint`). Another identity has another shelf, so no entry is ever out of date; one that is
no longer used is deleted after a while.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import platformdirs

FORMAT = 1  # version of the tables and the texts, part of the file name
PATIENCE = 30  # seconds to wait for another process that is writing
KEPT_DAYS = 90  # days after which an unused shelf is deleted
ASKED_AT_ONCE = 500  # keys per query; older versions of SQLite allow 999
SHORT = 512  # the most characters of a text that is not worth compressing
LONGEST = 2**26  # bytes of a text, unpacked
FAST = 1  # compression level of zlib

TABLES = """
CREATE TABLE IF NOT EXISTS shelf (id INTEGER PRIMARY KEY, kind TEXT, identity BLOB UNIQUE, about TEXT, used REAL);
CREATE TABLE IF NOT EXISTS entry (shelf INTEGER, key BLOB, text, PRIMARY KEY (shelf, key)) WITHOUT ROWID;
"""


def cache_path() -> Path:
    """Return the path of the file, in the system's folder for caches, which ``XDG_CACHE_HOME`` can change."""
    return Path(platformdirs.user_cache_dir("convparity")) / f"observations-{FORMAT}.sqlite3"


@dataclass(frozen=True)
class Holding:
    """The description of one shelf."""

    kind: str
    about: dict[str, Any]
    entries: int
    used: float  # time of last use, in seconds since the epoch


class Cache:
    """The file, shared by the threads of a run. If it cannot be used, ``problem`` says why and the cache is empty."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_path()
        self.problem = ""
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _connect(self.path)
        except (OSError, sqlite3.Error) as error:
            self._do_without(error)

    def close(self) -> None:
        """Close the file; the cache cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    def _do_without(self, error: Exception) -> None:
        self._connection = _connect(":memory:")
        why = error.strerror if isinstance(error, OSError) else error
        self.problem = (
            f"{self.path}: the cache cannot be used ({why}), so nothing is read from it or stored in it; "
            "`convparity cache --clear` resets it, --no-cache ignores it"
        )

    @contextlib.contextmanager
    def connected(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in one transaction. If the file fails, use an empty database in memory from then on."""
        with self._lock:
            try:
                with self._connection as connection:
                    yield connection
            except sqlite3.Error as error:
                self._connection.close()
                self._do_without(error)

    def shelf(self, kind: str, identity: Mapping[str, Any]) -> Shelf:
        """Return the shelf of an identity, which is a JSON object of everything that its texts depend on."""
        fingerprint, now = _digest(json.dumps([kind, identity], sort_keys=True)), time.time()
        with self.connected() as db:
            db.execute("INSERT OR IGNORE INTO shelf (kind, identity) VALUES (?, ?)", (kind, fingerprint))
            db.execute("UPDATE shelf SET used = ? WHERE identity = ?", (now, fingerprint))
            unused = "SELECT id FROM shelf WHERE used < ?"
            _drop(db, unused, now - KEPT_DAYS * 86400)
        return Shelf(self, fingerprint)

    def keep_newest(self, kind: str, most: int) -> None:
        """Delete the shelves of a kind, except for the most recently used ones."""
        with self.connected() as db:
            _drop(db, "SELECT id FROM shelf WHERE kind = ? ORDER BY used DESC LIMIT -1 OFFSET ?", kind, most)

    def holdings(self) -> list[Holding]:
        """Return the descriptions of the shelves that are not empty, most recently used first."""
        rows: list[Any] = []
        with self.connected() as db:
            rows = db.execute(
                "SELECT kind, about, count(*), used FROM shelf JOIN entry ON shelf.id = entry.shelf "
                "GROUP BY shelf.id ORDER BY used DESC"
            ).fetchall()
        return [Holding(kind, _about(text) or {}, entries, used) for kind, text, entries, used in rows]

    @property
    def size(self) -> int:
        """The size of the cache on the disk, in bytes."""
        return sum(file.stat().st_size for file in self.files if file.exists())

    @property
    def files(self) -> list[Path]:
        """The database file and the files that SQLite creates beside it."""
        return [self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal", "-shm")]

    def clear(self) -> None:
        """Empty the file, even while other processes use it, or delete it if it cannot be used. Raise OSError."""
        with self.connected() as db:
            db.execute("DELETE FROM entry")
            db.execute("DELETE FROM shelf")
        with self.connected() as db:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if self.problem:
            for file in self.files:
                file.unlink(missing_ok=True)


class Shelf:
    """Texts by key, valid for one identity."""

    def __init__(self, cache: Cache, fingerprint: bytes) -> None:
        self.cache, self.fingerprint = cache, fingerprint

    @property
    def about(self) -> dict[str, Any] | None:
        """The description given to :meth:`describe`; None if there is none."""
        row: Any = None
        with self.cache.connected() as db:
            row = db.execute("SELECT about FROM shelf WHERE identity = ?", (self.fingerprint,)).fetchone()
        return _about(row[0]) if row else None

    def describe(self, about: dict[str, Any]) -> None:
        """Store a description of the identity itself, for later runs and for people."""
        with self.cache.connected() as db:
            db.execute("UPDATE shelf SET about = ? WHERE identity = ?", (json.dumps(about), self.fingerprint))

    def load(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the texts of those keys that are on the shelf."""
        by_digest = {_digest(key): key for key in keys}
        digests = list(by_digest)
        found: dict[str, str] = {}
        for start in range(0, len(digests), ASKED_AT_ONCE):
            some = digests[start : start + ASKED_AT_ONCE]
            query = (
                "SELECT key, text FROM entry WHERE shelf = (SELECT id FROM shelf WHERE identity = ?) "
                f"AND key IN ({','.join('?' * len(some))})"
            )
            rows: list[tuple[bytes, str | bytes]] = []
            with self.cache.connected() as db:
                rows = db.execute(query, (self.fingerprint, *some)).fetchall()
            for digest, text in rows:
                with contextlib.suppress(ValueError, zlib.error):  # a damaged entry counts as missing
                    found[by_digest[digest]] = text if isinstance(text, str) else _unpacked(text, LONGEST).decode()
        return found

    def save(self, texts: Mapping[str, str]) -> None:
        """Store all of the texts, or none of them if the file fails."""
        self._save({key: text if len(text) <= SHORT else _packed(text.encode()) for key, text in texts.items()})

    def load_bytes(self, key: str, most: int) -> bytes | None:
        """Return the bytes that :meth:`save_bytes` stored under a key; None if there are none or they are damaged.

        More than ``most`` bytes count as damaged.
        """
        row: Any = None
        query = "SELECT text FROM entry WHERE shelf = (SELECT id FROM shelf WHERE identity = ?) AND key = ?"
        with self.cache.connected() as db:
            row = db.execute(query, (self.fingerprint, _digest(key))).fetchone()
        with contextlib.suppress(TypeError, ValueError, zlib.error):
            return _unpacked(row[0], most)
        return None

    def save_bytes(self, contents: Mapping[str, bytes]) -> None:
        """Store all of the contents, which are large and not text, or none of them if the file fails."""
        self._save({key: _packed(content) for key, content in contents.items()})

    def _save(self, entries: Mapping[str, str | bytes]) -> None:
        if not entries or self.cache.problem:
            return
        rows = [(_digest(key), entry, self.fingerprint) for key, entry in entries.items()]
        with self.cache.connected() as db:
            db.executemany("INSERT OR REPLACE INTO entry SELECT id, ?, ? FROM shelf WHERE identity = ?", rows)

    def forget(self) -> None:
        """Delete every text and the description."""
        with self.cache.connected() as db:
            db.execute("UPDATE shelf SET about = NULL WHERE identity = ?", (self.fingerprint,))
            db.execute("DELETE FROM entry WHERE shelf = (SELECT id FROM shelf WHERE identity = ?)", (self.fingerprint,))


def _drop(db: sqlite3.Connection, shelves: str, *values: object) -> None:
    """Delete the shelves whose ids a query selects."""
    db.execute(f"DELETE FROM entry WHERE shelf IN ({shelves})", values)
    db.execute(f"DELETE FROM shelf WHERE id IN ({shelves})", values)


def _connect(path: Path | str) -> sqlite3.Connection:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return _connect_once(path)
        except sqlite3.OperationalError as error:
            # SQLite waits for every lock except the one that switches a new file to WAL, where processes may race.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _connect_once(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")  # so that readers do not wait for a writer
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost only the newest entries
        connection.executescript(TABLES)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _about(text: str | None) -> dict[str, Any] | None:
    with contextlib.suppress(TypeError, ValueError):  # missing or damaged
        about: dict[str, Any] = json.loads(text or "")
        return about
    return None


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


def _packed(content: bytes) -> bytes:
    return zlib.compress(content, FAST)


def _unpacked(packed: bytes, most: int) -> bytes:
    """Return the content that was packed. Raise ValueError where it is longer than ``most`` bytes or cut off."""
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, most)
    if not unpacker.eof:
        raise ValueError("more than any run stores")
    return content
