"""The whole track (全链路) of an order: what the order knows, and what other slices did about it.

The slices know nothing of each other's facts, so they are brought together here: the order's own
rows, the messages about its fulfilments and invoices, the notices. Rows are in time order; a
message that a row already names isn't listed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chalicelib.bootstrap.container import Container
from chalicelib.kernel.items import from_item
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import Message
from chalicelib.orders.model import TrackRow

if TYPE_CHECKING:
    from chalicelib.warehouse.statuses.audiences import ShownTrack
    from chalicelib.warehouse.statuses.model import Audience

MOST_MESSAGES = 100
"""Messages per document that the track lists; the message log has them all."""


def whole_track(oms: Container, order_no: str) -> tuple[TrackRow, ...]:
    """Everything that happened to an order, the oldest first."""
    rows = list(oms.orders.track(order_no))
    rows += oms.returns.track(order_no)
    rows += _invoices(oms, order_no)
    rows += _notices(oms, order_no)
    named = {row.message.message_id for row in rows if row.message is not None}
    rows += [row for row in _messages(oms, order_no) if _id(row) not in named]
    return tuple(sorted(rows, key=lambda row: row.at))


def track_seen_by(oms: Container, order_no: str, audience: Audience) -> ShownTrack:
    """The track as the channel or the buyer sees it, by the status table of each WMS."""
    from chalicelib.warehouse.statuses.audiences import shown_track

    fulfilments = oms.orders.fulfilments(order_no)
    book = oms.warehouse.statuses
    tables = {each.no: book.of(oms.catalog.warehouse(each.warehouse).wms) for each in fulfilments}
    return shown_track(
        [*oms.orders.track(order_no), *_invoices(oms, order_no)],
        audience,
        statuses_of=lambda subject: tables.get(subject, book.usual),
        left_out={each.no for each in fulfilments if each.emptied},
    )


def _id(row: TrackRow) -> str:
    return row.message.message_id if row.message else ""


def _invoices(oms: Container, order_no: str) -> Iterator[TrackRow]:
    for invoice in oms.invoicing.of_order(order_no):
        yield TrackRow(at=invoice.requested_at, kind="invoice_requested", subject=invoice.no)
        if invoice.issued_at is not None:
            yield TrackRow(
                at=invoice.issued_at,
                kind="invoice_issued",
                subject=invoice.no,
                text=invoice.number,
                message=invoice.message,
            )


def _notices(oms: Container, order_no: str) -> Iterator[TrackRow]:
    for notice in oms.notices.of_order(order_no):
        yield TrackRow(
            at=notice.sent_at or notice.created_at,
            kind="notice",
            subject=notice.about,
            after=notice.state.value,
            text=f"{notice.rule} {notice.shown}",
            message=notice.message,
        )


def _messages(oms: Container, order_no: str) -> Iterator[TrackRow]:
    documents = [order_no, *(each.no for each in oms.orders.fulfilments(order_no))]
    documents += [each.no for each in oms.returns.of_order(order_no)]
    documents += [invoice.no for invoice in oms.invoicing.of_order(order_no)]
    for document in documents:
        for item in oms.messages.of_document(document, limit=MOST_MESSAGES).items:
            message = from_item(item, Message)
            yield TrackRow(
                at=message.at,
                kind="message_in" if message.direction == "IN" else "message_out",
                subject=document,
                after=message.outcome.value,
                text=f"{message.peer} {message.method}",
                message=Source(message_id=message.id),
                details={"code": message.code} if message.code else {},
            )
