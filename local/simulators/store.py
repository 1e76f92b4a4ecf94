"""What a simulator keeps: documents and messages, in one SQLite file.

Every change is one transaction on the disk, so a simulator that is killed goes on, when started
again on the same folder, from a state it really had. One process owns the folder.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.simulators.application import CannotStart, JsonObject, Response

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  kind TEXT, peer TEXT, code TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, peer, code)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
  n INTEGER PRIMARY KEY, direction TEXT, peer TEXT, method TEXT, codes TEXT, time TEXT, verb TEXT,
  url TEXT, headers TEXT, body BLOB, answer_time TEXT, answer_status INTEGER, answer_headers TEXT,
  answer_body BLOB, outcome TEXT, note TEXT
);
CREATE TABLE IF NOT EXISTS message_codes (
  code TEXT, n INTEGER, PRIMARY KEY (code, n)
) WITHOUT ROWID;
"""
_OUTERMOST = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
# Names of savepoints may repeat: the innermost is meant.
_NESTED = ("SAVEPOINT nested", "RELEASE nested", ("ROLLBACK TO nested", "RELEASE nested"))
LIST_LIMIT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it came or went: `direction` is "in" or "out", `url` path and query."""

    direction: str
    body: bytes
    peer: str = ""
    method: str = ""
    codes: tuple[str, ...] = ()
    verb: str = "POST"
    url: str = ""
    headers: dict[str, str]
    note: str = ""


class Store:
    """Documents by (kind, peer, code), counters, and messages by number. Safe under threads."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(
                f"The state folder {folder} cannot be made: {error.strerror}."
            ) from None
        self._lock = threading.RLock()
        self._depth = 0
        try:
            self._connection = sqlite3.connect(
                folder / "state.sqlite3", isolation_level=None, check_same_thread=False, timeout=1
            )
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise CannotStart(
                f"The state folder {folder} cannot be used ({error}); "
                "is another simulator running on it?"
            ) from None

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time. A nested one is undone by itself, and kept with the
        outermost.
        """
        with self._lock:
            begin, keep, undo = _OUTERMOST if self._depth == 0 else _NESTED
            self._connection.execute(begin)
            self._depth += 1
            try:
                yield
            except BaseException:
                for command in undo:
                    self._connection.execute(command)
                raise
            else:
                self._connection.execute(keep)
            finally:
                self._depth -= 1

    def _rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    # documents

    def get(self, kind: str, peer: str, code: str) -> JsonObject | None:
        rows = self._rows(
            "SELECT body FROM documents WHERE kind=? AND peer=? AND code=?", kind, peer, code
        )
        return _decoded(rows[0]["body"]) if rows else None

    def put(self, kind: str, peer: str, code: str, body: JsonObject) -> None:
        self._rows(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)",
            kind,
            peer,
            code,
            json.dumps(body, ensure_ascii=False),
        )

    def delete(self, kind: str, peer: str, code: str) -> None:
        self._rows("DELETE FROM documents WHERE kind=? AND peer=? AND code=?", kind, peer, code)

    def documents(self, kind: str, peer: str) -> list[tuple[str, JsonObject]]:
        """(code, body) of every document of a kind and peer, by code."""
        rows = self._rows(
            "SELECT code, body FROM documents WHERE kind=? AND peer=? ORDER BY code", kind, peer
        )
        return [(row["code"], _decoded(row["body"])) for row in rows]

    def next_number(self, name: str) -> int:
        """1, 2, 3 …, without a repeat, by name."""
        rows = self._rows(
            "INSERT INTO counters VALUES (?, 1) "
            "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            name,
        )
        return int(rows[0]["value"])

    # messages

    def record(self, message: Message) -> int:
        """Keeps a message before anything acts on it; returns its number."""
        with self.transaction():
            rows = self._rows(
                "INSERT INTO messages (direction, peer, method, codes, time, verb, url, headers,"
                " body, outcome, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?) RETURNING n",
                message.direction,
                message.peer,
                message.method,
                json.dumps(message.codes),
                _now(),
                message.verb,
                message.url,
                json.dumps(message.headers),
                message.body,
                message.note,
            )
            number = int(rows[0]["n"])
            for code in set(message.codes):
                self._rows("INSERT INTO message_codes VALUES (?, ?)", code, number)
        return number

    def readdress(self, number: int, url: str) -> None:
        """A message that was kept before it left leaves now, under this path and query."""
        self._rows("UPDATE messages SET time=?, url=? WHERE n=?", _now(), url, number)

    def answered(
        self, number: int, answer: Response | None, *, outcome: str, note: str = ""
    ) -> None:
        """Keeps the answer of a message; None when none was given or none came."""
        headers = {} if answer is None else {"Content-Type": answer.content_type, **answer.headers}
        self._rows(
            "UPDATE messages SET answer_time=?, answer_status=?, answer_headers=?, answer_body=?,"
            " outcome=?, note = trim(note || ' ' || ?) WHERE n=?",
            _now(),
            answer.status if answer else None,
            json.dumps(headers),
            answer.body if answer else None,
            outcome,
            note,
            number,
        )

    def message(self, number: int) -> JsonObject | None:
        """Everything about one message; `body` and `answer_body` are bytes."""
        rows = self._rows("SELECT * FROM messages WHERE n=?", number)
        return _message(rows[0]) if rows else None

    def messages(
        self, *, after: int = 0, limit: int = LIST_LIMIT, **wanted: str
    ) -> list[JsonObject]:
        """Messages in order. Wanted: direction, peer, method, outcome, code; empty means any."""
        conditions, values = ["n > ?"], [str(after)]
        for name, value in wanted.items():
            if value and name == "code":
                conditions.append("n IN (SELECT n FROM message_codes WHERE code = ?)")
                values.append(value)
            elif value:
                conditions.append(f"{_COLUMNS[name]} = ?")
                values.append(value)
        # Only column names of our own stand in the text; every value is bound.
        sql = f"SELECT * FROM messages WHERE {' AND '.join(conditions)} ORDER BY n LIMIT ?"  # noqa: S608
        return [_message(row) for row in self._rows(sql, *values, limit)]

    def count_messages(self) -> int:
        return int(self._rows("SELECT count(*) AS number FROM messages")[0]["number"])


_COLUMNS = {name: name for name in ("direction", "peer", "method", "outcome")}


def _decoded(text: str) -> JsonObject:
    body: JsonObject = json.loads(text)
    return body


def _message(row: sqlite3.Row) -> JsonObject:
    message = dict(row)
    for name in ("codes", "headers", "answer_headers"):
        message[name] = json.loads(message[name]) if message[name] else None
    return message


def present() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


def _now() -> str:
    return present().isoformat(timespec="milliseconds")
