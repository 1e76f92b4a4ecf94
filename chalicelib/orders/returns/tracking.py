"""What happened to a return, as rows of its order's track. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from chalicelib.kernel.provenance import Source
from chalicelib.orders.model import TrackRow
from chalicelib.orders.returns.model import ReturnOrder, ReturnReceipt
from chalicelib.orders.returns.states import ReturnState


def return_rows(found: ReturnOrder, receipts: Sequence[ReturnReceipt]) -> Iterator[TrackRow]:
    """Read off the return and its receipts; each moment that it knows is a row."""

    def row(at: datetime | None, kind: str, message: Source | None = None) -> Iterator[TrackRow]:
        if at is not None:
            yield TrackRow(at=at, kind=kind, subject=found.no, message=message)

    yield from row(found.requested_at, "return_requested", found.message)
    rejected = found.state is ReturnState.REJECTED
    yield from row(found.decided_at, "return_rejected" if rejected else "return_approved")
    yield from row(found.sent_at, "return_announced", found.sent_by)
    yield from row(found.signed_at, "return_parcel_signed", found.signed_by)
    for receipt in receipts:
        pieces = sum(line.quantity for line in receipt.lines)
        yield TrackRow(
            at=receipt.occurred_at,
            kind="return_receipt",
            subject=receipt.id,
            message=receipt.lines[0].source if receipt.lines else None,
            details={
                "pieces": str(pieces),
                "final": "yes" if receipt.final else "no",
                "message": receipt.message_id,
                "state": receipt.state.value,
            },
        )
    yield from row(found.inspected_at, "return_inspected")
    yield from row(found.settled_at, "return_settled")
    if not rejected:
        cancelled = found.state is ReturnState.CANCELLED
        yield from row(found.ended_at, "return_cancelled" if cancelled else "return_closed")
