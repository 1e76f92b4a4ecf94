"""What a WMS tells beside what moves: serial numbers that went through its hands, waves.

Nothing in the books follows from it. It is kept with the documents that it is about, and its
content is found in the message log as rows (`content_rows`).
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.documents.incoming.deliveryorder import WaveReport
from chalicelib.warehouse.documents.incoming.serialnumbers import SerialReport
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.received import Received, unknown_order


class KeptReports:
    """sn.report, order.sn.report and wavenum.report."""

    def __init__(self, *, own: OwnDocuments, accepting: Accepting) -> None:
        self._own = own
        self._accepting = accepting

    def serials_reported(self, received: Received, report: SerialReport, *, field: str) -> Message:
        """A page of serial numbers; each page is a message of its own. `field` is where the order's
        number stands.
        """
        own = self._own.of(received.connection, report.code)
        if own is None:
            raise unknown_order(field)
        return self._accepting.simply(received.about(own.no), Writes)

    def wave_reported(self, received: Received, report: WaveReport) -> Message:
        """A wave, with those of its orders that are ours: others' goods may be picked with them.
        `Refused` where none is.
        """
        found = [
            own.no
            for order in report.orders
            if (own := self._own.of(received.connection, order.code)) is not None
        ]
        if not found:
            raise unknown_order(f"{report.orders[0].path}/deliveryOrderCode")
        message = replace(received.message, documents=tuple(dict.fromkeys(found)))
        return self._accepting.simply(message, Writes)
