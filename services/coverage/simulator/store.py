"""The simulator's memory: one sqlite file in a folder of its own.

Write-ahead log, and a commit before every answer: an answered POST is there after a kill -9 and a restart. One
connection, used between two awaits only, so that each handler sees and changes the world in one piece.
"""

import fcntl
import os
import shutil
import sqlite3
import tempfile
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

FILE = "bpjs.sqlite"


class Taken(Exception):  # noqa: N818 - what was found
    """Another simulator lives in the folder: two would not know of each other's members and faults."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


class Store:
    """What lies in `folder`; without one, in a fresh temporary folder that goes with the store. Raises Taken."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="jkn-simulator-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(self.folder)
        self._db = _opened(self.folder / FILE, lasting=folder is not None)
        self._end = weakref.finalize(self, _end, self._db, lock, None if folder else self.folder, os.getpid())

    def close(self) -> None:
        """Close the file; a temporary folder is removed."""
        self._end()

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a question."""
        return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row, or None."""
        found: sqlite3.Row | None = self._db.execute(sql, values).fetchone()
        return found

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        found = self._db.execute(sql, values).fetchone()
        return found[0] if found else None

    def run(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it changed. Outside `writing` it is committed at once."""
        return self._db.execute(sql, values).rowcount

    def next(self, counter: str) -> int:
        """The next number of a counter, from 1. A number is never given out twice, whatever is deleted."""
        return int(
            self.value(
                "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
                counter,
            )
        )

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of what is written inside, or nothing when it raises."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _locked(folder: Path) -> int:
    """Hold the folder for this process; the lock goes with it, however it ends."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Taken(folder) from None
    return lock


def _opened(file: Path, lasting: bool) -> sqlite3.Connection:
    """The file, made when it is not there; one that another release made is put beside, and the world begins anew."""
    schema, version = _schema()
    db = _connect(file, lasting)
    made = db.execute("PRAGMA user_version").fetchone()[0]
    if made not in (0, version):
        db.close()
        file.rename(file.with_suffix(f".{made}.old"))
        for beside in (f"{file}-wal", f"{file}-shm"):
            Path(beside).unlink(missing_ok=True)
        db = _connect(file, lasting)
        made = 0
    if not made:
        db.executescript(f"BEGIN; {schema} PRAGMA user_version = {version}; COMMIT;")
    return db


def _connect(file: Path, lasting: bool) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(
        "PRAGMA synchronous = NORMAL"
    )  # what is written survives the process; only a power cut may take the last
    return db


@cache
def _schema() -> tuple[str, int]:
    """Every aggregate's tables, and a number that stands for exactly these."""
    files = sorted((Path(__file__).parent / "schema").glob("*.sql"))
    text = "\n".join(file.read_text() for file in files)
    return text, (zlib.crc32(text.encode()) & 0x7FFFFFFF) or 1


def _end(db: sqlite3.Connection, lock: int, folder: Path | None, owner: int) -> None:
    if os.getpid() != owner:  # a forked child leaves its parent's files alone
        return
    db.close()
    os.close(lock)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
