"""Documents that go out in parts: which lines go next, and whether the WMS has them. Pure.

The protocol's `totalOrderLines` counts the lines of the whole document; the receiver adds up. Parts
go one after the other, each with an outcome of its own; what has been acknowledged is counted in
lines, so the limit may change between two parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from chalicelib.warehouse.connections import Failure
from chalicelib.warehouse.documents.answers import OrderAnswer
from chalicelib.warehouse.documents.outgoing.entryorder import EntryOrder
from chalicelib.warehouse.documents.outgoing.stockout import StockoutOrder
from chalicelib.warehouse.jobs.steps import Finding, Send, exists
from chalicelib.warehouse.model import Dispatch
from chalicelib.warehouse.states import DispatchEvent
from chalicelib.warehouse.xml import Content

Whole = TypeVar("Whole", EntryOrder, StockoutOrder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines from `after` (exclusive) `through` so many of `of`, in the document's order."""

    after: int
    through: int
    of: int


def next_part(dispatch: Dispatch, lines: int, most_lines: int) -> Part | None:
    """The lines that go next; None: the document goes out whole."""
    if not dispatch.lines_done and (not most_lines or lines <= most_lines):
        return None
    left = lines - dispatch.lines_done
    size = min(most_lines, left) if most_lines else left
    return Part(after=dispatch.lines_done, through=dispatch.lines_done + size, of=lines)


def sending(
    dispatch: Dispatch, document: Whole, write: Callable[[Whole], Content], *, most_lines: int
) -> Send:
    """The document as it is, or the part of it that is next."""
    part = next_part(dispatch, len(document.lines), most_lines)
    if part is None:
        return Send(content=write(document), revision=dispatch.revision)
    lines = document.lines[part.after : part.through]
    return Send(
        content=write(replace(document, lines=lines, total_lines=part.of)),
        revision=dispatch.revision,
        through=part.through,
        total=part.of,
    )


def event_of_part(held: Dispatch, event: DispatchEvent) -> DispatchEvent:
    """What an event of sending or asking means for a document that goes out in parts."""
    if event is DispatchEvent.ACKNOWLEDGE and held.lines_sent < held.lines_total:
        return DispatchEvent.ACKNOWLEDGE_PART
    return event


def unsure_of_part(held: Dispatch, failure: Failure) -> bool:
    """Whether a WMS that says "it exists already" has to be asked which lines it has: that there is
    an order doesn't tell that this part of it is there.
    """
    return bool(held.lines_total) and failure is Failure.ALREADY_EXISTS


def part_exists(found: OrderAnswer, dispatch: Dispatch) -> Finding:
    """Whether a query's answer shows the lines that were sent last: it counts those it has."""
    finding = exists(found, dispatch.document)
    if not dispatch.lines_total or finding is Finding.DECLINED:
        return finding
    if finding is Finding.MISSING:
        # What it had acknowledged would be gone: nothing that sending the rest could mend.
        return Finding.UNCLEAR if dispatch.lines_done else Finding.MISSING
    if found.total_lines is None:
        return Finding.UNCLEAR
    return Finding.THERE if found.total_lines >= dispatch.lines_sent else Finding.MISSING
