"""The desk's memory: one SQLite file of messages, verdicts and officers' judgements.

A judgement is acknowledged only once it is on disk (WAL, synchronous=FULL). What is deleted leaves no trace in the file or its log.
One connection, one lock: a desk writes a few rows a minute.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from scamcheck.errors import InputError
from scamcheck.taxonomy import BENIGN, CODES

Judgement = Literal["agree", "wrong_category", "not_scam"]
JUDGEMENTS: tuple[Judgement, ...] = ("agree", "wrong_category", "not_scam")
NOTE_CHARS = 2_000
PAGE = 50

_MIGRATIONS = (
    """
    CREATE TABLE entries (
      id            INTEGER PRIMARY KEY AUTOINCREMENT,
      created       TEXT NOT NULL,
      text          TEXT NOT NULL,
      label         TEXT NOT NULL,
      risk          TEXT NOT NULL,
      score         REAL NOT NULL,
      verdict       TEXT NOT NULL,
      rules_version TEXT NOT NULL,
      model_version TEXT,
      source        TEXT NOT NULL,
      batch         TEXT,
      judgement     TEXT CHECK (judgement IN ('agree', 'wrong_category', 'not_scam')),
      judged_label  TEXT,
      note          TEXT NOT NULL DEFAULT '',
      judged        TEXT
    );
    CREATE INDEX entries_created ON entries (created);
    CREATE INDEX entries_batch ON entries (batch) WHERE batch IS NOT NULL;
    CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL);
    """,
    "UPDATE entries SET verdict = packed(verdict);",
)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A message to keep. `verdict` is `Verdict.to_dict()`; `source` says where the text came from (paste, a file's name)."""

    text: str
    verdict: dict[str, Any]
    source: str = "paste"
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept message. Times are UTC. `judged_label` is the label the officer holds right, None while not judged."""

    id: int
    created: datetime
    text: str
    label: str
    risk: str
    score: float
    packed: bytes = field(repr=False)
    rules_version: str
    model_version: str | None
    source: str
    batch: str | None
    judgement: Judgement | None
    judged_label: str | None
    note: str
    judged: datetime | None

    @property
    def verdict(self) -> dict[str, Any]:
        """`Verdict.to_dict()` as it was kept; unpacked when read."""
        return _unpack(self.packed)


@dataclass(frozen=True, slots=True)
class Query:
    """What to list. `text` is looked for in message and note; `judgement` may also be 'open' (not judged yet); `since` and `until`
    are UTC dates, both included, or UTC times, the latter excluded."""

    text: str = ""
    label: str | None = None
    risk: str | None = None
    judgement: str | None = None
    batch: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first; `total` counts all pages' entries. `number` counts from 1."""

    entries: tuple[Entry, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


class Store:
    """The entries of one database file, created and migrated when opened. Safe to share between threads.

    Raises `InputError` for a file that cannot be opened, is no database, or was written by a newer version.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=10)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise InputError(f"cannot open the desk database {path}: {reason}; name another with --database") from None

    def _prepare(self) -> None:
        db = self._db
        db.text_factory = _decode
        db.create_function("packed", 1, lambda text: zlib.compress(text.encode()), deterministic=True)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            db.execute(f"PRAGMA {pragma}")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise InputError(f"{self.path} was written by a newer scamcheck (format {version}); update scamcheck or name another with --database")  # fmt: skip
        for number, script in enumerate(_MIGRATIONS[version:], version + 1):
            db.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Writing ---------------------------------------------------------------------------------------------------------

    def add_entry(
        self, text: str, verdict: dict[str, Any], *, source: str = "paste", batch: str | None = None
    ) -> Entry:
        """Keep one message; on disk when this returns."""
        return self.get(self.add_entries([NewEntry(text, verdict, source, batch)])[0])

    def add_entries(self, entries: Iterable[NewEntry]) -> list[int]:
        """Keep many messages in one transaction; their ids in order."""
        now = _now()
        ids: list[int] = []
        with self._lock, self._transaction():
            for entry in entries:
                verdict = entry.verdict
                versions = verdict["versions"]
                cursor = self._db.execute(
                    "INSERT INTO entries (created, text, label, risk, score, verdict, rules_version, model_version, source, batch)"
                    " VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, CAST(? AS TEXT), ?)",
                    (
                        now, _encode(entry.text), verdict["label"], verdict["risk"], verdict["score"], _pack(verdict),
                        versions["rules"], versions["model"], _encode(entry.source), entry.batch,
                    ),
                )  # fmt: skip
                ids.append(int(cursor.lastrowid or 0))
        return ids

    def judge(self, entry_id: int, judgement: Judgement | None, *, label: str | None = None, note: str = "") -> Entry:
        """Keep the officer's judgement; on disk when this returns. None takes a judgement back.

        `wrong_category` needs the right `label`. Raises `InputError` for a judgement that makes no sense, `KeyError` for no such entry.
        """
        if judgement is not None and judgement not in JUDGEMENTS:
            raise InputError(f"{judgement} is no judgement; use one of {', '.join(JUDGEMENTS)}")
        if judgement == "wrong_category" and label not in CODES:
            raise InputError("say which category is right: give the code of one of the taxonomy's categories")
        if len(note) > NOTE_CHARS:
            raise InputError(f"the note has {len(note)} characters; {NOTE_CHARS} at most")
        with self._lock, self._transaction():
            entry = self.get(entry_id)
            right = {"agree": entry.label, "wrong_category": label, "not_scam": BENIGN, None: None}[judgement]
            judged = _now() if judgement else None
            self._db.execute(
                "UPDATE entries SET judgement = ?, judged_label = ?, note = CAST(? AS TEXT), judged = ? WHERE id = ?",
                (judgement, right, _encode(note), judged, entry_id),
            )
        return replace(entry, judgement=judgement, judged_label=right, note=note, judged=_time(judged))

    def delete(self, ids: Sequence[int]) -> int:
        """Delete entries for good; how many there were."""
        with self._lock:
            with self._transaction():
                gone = sum(self._db.execute("DELETE FROM entries WHERE id = ?", (key,)).rowcount for key in ids)
            self._wipe()
        return gone

    def delete_batch(self, batch: str) -> int:
        """Delete a batch's entries for good; how many there were."""
        return self._delete_where("batch = ?", batch)

    def purge(self, days: int) -> int:
        """Delete entries older than so many days; how many there were."""
        return self._delete_where("created < ?", _text_of(datetime.now(UTC) - timedelta(days=days)))

    def _delete_where(self, condition: str, value: str) -> int:
        with self._lock:
            gone = self._db.execute(f"DELETE FROM entries WHERE {condition}", (value,)).rowcount  # noqa: S608
            if gone:
                self._wipe()
        return gone

    def _wipe(self) -> None:
        """Leave no trace of what was deleted: SQLite zeroes what it frees, but copies of rows it moved stay behind, so the file is
        written anew; then the log that held it is emptied."""
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    # Reading ---------------------------------------------------------------------------------------------------------

    def get(self, entry_id: int) -> Entry:
        """Raises `KeyError` for no such entry."""
        with self._lock:
            row = self._db.execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (entry_id,)).fetchone()  # noqa: S608
        if row is None:
            raise KeyError(entry_id)
        return _entry(row)

    def search(self, query: Query | None = None, *, page: int = 1, size: int = PAGE) -> Page:
        """Entries that meet every condition of the query, newest first."""
        condition, values = _where(query or Query())
        page, size = max(1, page), max(1, size)
        with self._lock:
            total = self._db.execute(f"SELECT count(*) FROM entries WHERE {condition}", values).fetchone()[0]  # noqa: S608
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM entries WHERE {condition} ORDER BY id DESC LIMIT ? OFFSET ?",  # noqa: S608
                (*values, size, (page - 1) * size),
            ).fetchall()
        return Page(tuple(map(_entry, rows)), total, page, size)

    def export(self, query: Query | None = None) -> Iterator[Entry]:
        """Every entry that meets the query, oldest first, read a few hundred at a time."""
        condition, values = _where(query or Query())
        last = 0
        while True:
            with self._lock:
                rows = self._db.execute(
                    f"SELECT {_COLUMNS} FROM entries WHERE {condition} AND id > ? ORDER BY id LIMIT 500",  # noqa: S608
                    (*values, last),
                ).fetchall()
            if not rows:
                return
            yield from map(_entry, rows)
            last = rows[-1][0]

    def counts(self, query: Query | None = None) -> dict[str, dict[str, int]]:
        """How many entries by `label`, `risk`, `day` (UTC) and `judgement` ('open' where none)."""
        condition, values = _where(query or Query())
        keys = {
            "label": "label",
            "risk": "risk",
            "day": "substr(created, 1, 10)",
            "judgement": "coalesce(judgement, 'open')",
        }
        with self._lock:
            return {
                name: dict(self._db.execute(f"SELECT {key}, count(*) FROM entries WHERE {condition} GROUP BY 1 ORDER BY 1", values).fetchall())  # noqa: S608
                for name, key in keys.items()
            }  # fmt: skip

    def secret(self, name: str) -> bytes:
        """32 random bytes kept under a name, made on first use; so that open pages survive a restart."""
        with self._lock:
            self._db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, secrets.token_bytes(32)))
            return bytes(self._db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()[0])

    def check(self) -> None:
        """Raises `sqlite3.Error` when the database cannot be read."""
        with self._lock:
            self._db.execute("SELECT 1 FROM entries LIMIT 1").fetchone()

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._db.execute("ROLLBACK" if kind else "COMMIT")
        except sqlite3.Error:  # a full disk, say: nothing of this transaction may linger
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise


_COLUMNS = "id, created, text, label, risk, score, verdict, rules_version, model_version, source, batch, judgement, judged_label, note, judged"


def _entry(row: Sequence[Any]) -> Entry:
    values = list(row)
    values[1], values[14] = _time(row[1]), _time(row[14])
    return Entry(*values)


# A verdict of a swindle is some ten kilobytes, most of them advice that is the same for all.
def _pack(verdict: dict[str, Any]) -> bytes:
    return zlib.compress(json.dumps(verdict).encode())


def _unpack(packed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(zlib.decompress(packed))
    return found


def _where(query: Query) -> tuple[str, tuple[object, ...]]:
    conditions, values = ["1"], list[object]()
    for column in ("label", "risk", "batch"):
        value = getattr(query, column)
        if value:
            conditions.append(f"{column} = ?")
            values.append(value)
    if query.judgement == "open":
        conditions.append("judgement IS NULL")
    elif query.judgement == "judged":
        conditions.append("judgement IS NOT NULL")
    elif query.judgement:
        conditions.append("judgement = ?")
        values.append(query.judgement)
    if query.since:
        conditions.append("created >= ?")
        values.append(query.since)
    if query.until:
        conditions.append("created < ?" if "T" in query.until else "substr(created, 1, 10) <= ?")
        values.append(query.until)
    if query.text.strip():
        pattern = "%" + query.text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append("(text LIKE CAST(? AS TEXT) ESCAPE '\\' OR note LIKE CAST(? AS TEXT) ESCAPE '\\')")
        values += [_encode(pattern)] * 2
    return " AND ".join(conditions), tuple(values)


# Lone surrogates are ordinary input, and SQLite does not look into the bytes of a text.
def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")


def _now() -> str:
    return _text_of(datetime.now(UTC))


def _text_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
