"""transferorder.report: how far a transfer has come that went to a WMS whole.

It tells running totals, so what is new in it is told by what is booked, not by its identity: only
the very same report is a repeat. What physically happened is taken in, however odd, and a person is
told. Refused is a transfer that we don't know, that is still a draft, or that another WMS has.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.transfers.model import Transfer
from chalicelib.movements.transfers.totals import Progress
from chalicelib.stock.posting_day import posting_day
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.confirms import warehouse_meant
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.transferorder import TransferReport
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import Catalog, WholeTransfers
from chalicelib.warehouse.received import Received, confirm_doubts, unknown_order
from chalicelib.warehouse.statuses.book import StatusBook
from chalicelib.warehouse.statuses.model import DocumentKind, Effect
from chalicelib.warehouse.transfers import arrived_of, left_of, progress


class TransferReports:
    """Takes these reports."""

    def __init__(
        self,
        *,
        clock: Clock,
        catalog: Catalog,
        own: OwnDocuments,
        transfers: WholeTransfers,
        accepting: Accepting,
        statuses: StatusBook,
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._own = own
        self._transfers = transfers
        self._accepting = accepting
        self._statuses = statuses

    def reported(self, received: Received, report: TransferReport) -> Message:
        """By our number, else by the WMS's."""
        connection = received.connection
        transfer = self._own.transfer(connection, report.erp_code, report.code)
        if transfer is None:
            raise unknown_order("/request/erpOrderCode")
        message = received.about(transfer.no)
        given = received.identity(report, transfer.no, out_biz_code="", confirm_type="")
        given = replace(given, timeless=given.digest, part=True)
        said, known = self._progress(connection, transfer, report, message)
        doubts = confirm_doubts((), known=known)
        # A code that isn't listed decides nothing: which there are isn't published.
        rows = self._statuses.of(connection.code).rows
        row = rows.get((DocumentKind.MOVEMENT, report.status))
        if row is not None and row.effect is Effect.ALERT:
            text = f"the warehouse reported {row.code}"
            doubts.append(Doubt(kind=ExceptionKind.WAREHOUSE_STEP_NEEDS_A_LOOK, text=text))

        effect = row.effect if row else None

        def plan() -> Writes:
            writes = self._transfers.plan_progress(said)
            writes += self._plan_standing(received, transfer, report, effect)
            return writes + self._accepting.plan_doubts(message, transfer.no, *doubts)

        return self._accepting.once(given, message, plan)

    def _progress(
        self, connection: Connection, transfer: Transfer, report: TransferReport, message: Message
    ) -> tuple[Progress, bool]:
        """What it says, and whether both warehouses are those it may name."""
        out = warehouse_meant(connection, report.from_warehouse, transfer.from_warehouse)
        into = warehouse_meant(connection, report.to_warehouse, transfer.to_warehouse)
        left, arrived = out or transfer.from_warehouse, into or transfer.to_warehouse
        said = progress(
            report,
            transfer.no,
            message.id,
            left=left_of(report, left, self._day(left, report.gone_at or message.at)),
            arrived=arrived_of(
                report, arrived, self._day(arrived, report.arrived_at or message.at)
            ),
            at=message.at,
        )
        return said, out is not None and into is not None

    def _day(self, warehouse: str, moment: datetime) -> date:
        place = self._catalog.warehouse(warehouse)
        return posting_day(moment, now=self._clock.now(), place=place)

    def _plan_standing(
        self,
        received: Received,
        transfer: Transfer,
        report: TransferReport,
        effect: Effect | None,
    ) -> Writes:
        """The WMS's word on a cancel; else that it has the transfer, should that not be known."""
        source = Source(message_id=received.message.id, path="/request")
        if effect in (Effect.CANCELLED, Effect.CANCEL_REFUSED):
            accepted = effect is Effect.CANCELLED
            return self._transfers.plan_cancel_result(transfer.no, accepted=accepted, source=source)
        return self._transfers.plan_known(
            transfer.no, received.connection.code, report.code, source
        )
