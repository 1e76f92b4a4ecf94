"""What messages say, without opening their XML: header leaves and lines, masked, to list and count.

Derived from the raw bytes when somebody asks, never stored (docs/adr/0006): a page reads a bounded
number of bodies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.kernel.items import from_item
from chalicelib.messages.model import Message, Outcome
from chalicelib.messages.service import MessageLog
from chalicelib.warehouse import content_rows

BODIES_A_PAGE = 25
"""Each is a request to the bucket and one to the key service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Only lines of which a leaf says this, their own or the header's. A leaf is named by its last
    element or by as much of its path as tells it apart; no field: every line.
    """

    field: str = ""
    value: str = ""
    outcome: Outcome | None = None

    def takes(self, row: Row) -> bool:
        """Whether a line is wanted."""
        if self.outcome is not None and row.message.outcome is not self.outcome:
            return False
        return not self.field or self.value in leaves(row, self.field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says; `left_out` counts what is beyond the limits of `content_rows`,
    `unreadable` is the refusal's code of one that can't be read.
    """

    message: Message
    header: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[content_rows.Row, ...] = ()
    left_out: int = 0
    unreadable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a message, with what the header says; `number` counts from 1, `path` is its place.
    A message without lines has one row, number 0.
    """

    message: Message
    number: int
    path: str
    header: Mapping[str, str]
    line: Mapping[str, str]
    unreadable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Lines of some messages, and where to go on (None: that was all)."""

    rows: tuple[Row, ...]
    next_cursor: str | None


class Contents:
    """Reads what kept messages say."""

    def __init__(self, log: MessageLog) -> None:
        self._log = log

    def of(self, message: Message, *, answer: bool = False) -> Content:
        """One message's content, or its answer's. `NotFound` if there is no answer, `Refused` for
        what can't be read: its bytes are there all the same.
        """
        raw = self._log.raw(message.id)
        body = raw.answer if answer else raw.body
        if body is None:
            raise NotFound("no_answer", "there is no answer to this message", field="part")
        read = content_rows.content_rows(body, root="response" if answer else "request")
        return Content(
            message=message, header=read.header.fields, lines=read.lines, left_out=read.left_out
        )

    def lines(
        self, peer: str, method: str, *, day: date, where: Where, cursor: str | None = None
    ) -> Rows:
        """Lines of a peer's messages of a China day, of one method or ("") of all, oldest first.

        A page is what `BODIES_A_PAGE` messages hold of it: it may be empty and have a next one.
        """
        page = self._log.of_peer(peer, method, day=day, limit=BODIES_A_PAGE, cursor=cursor)
        found = [from_item(item, Message) for item in page.items]
        rows = tuple(row for each in map(self.tried, found) for row in rows_of(each, where))
        return Rows(rows=rows, next_cursor=page.next_cursor)

    def tried(self, message: Message) -> Content:
        """One message's content; of one that can't be read, why."""
        try:
            return self.of(message)
        except Refused as refused:
            return Content(message=message, unreadable=refused.code)


_NO_LINE = content_rows.Row(path="", fields={})


def rows_of(content: Content, where: Where) -> Iterator[Row]:
    """The lines of a message that are wanted."""
    lines = list(enumerate(content.lines, start=1)) or [(0, _NO_LINE)]
    for number, line in lines:
        row = Row(
            message=content.message,
            number=number,
            path=line.path,
            header=content.header,
            line=line.fields,
            unreadable=content.unreadable,
        )
        if where.takes(row):
            yield row


def leaves(row: Row, name: str) -> list[str]:
    """What a line says under a name; what it doesn't name itself, its message's header may."""
    own = _named(row.line, name)
    return own or _named(row.header, name)


def _named(leaves: Mapping[str, Any], name: str) -> list[str]:
    return [
        str(value) for path, value in leaves.items() if path == name or path.endswith(f"/{name}")
    ]
