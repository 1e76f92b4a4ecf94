"""inventory.report: pages of a stock count, or of an adjustment that a WMS made by itself.

The protocol gives every page its own outBizCode, so a count of several pages is known by its check
order's code, and a page by its number. A report of one page is known by both codes: a WMS may tell
of one check order several times.
"""

from __future__ import annotations

from typing import Protocol

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import TooLarge
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.counts.model import CountPage, StockCount, count_number
from chalicelib.movements.model import AdjustmentLine
from chalicelib.movements.states import CountState
from chalicelib.stock.classification import MovementHints, classify
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.codes import AdjustType
from chalicelib.warehouse.documents.incoming.inventory import CountLine, CountReport
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.received import Received, warehouse_of

MOST_LINES = 1_000
"""Lines of a page: they stand in one item."""


class Counts(Protocol):
    """`movements.counts.service.StockCounts`."""

    def plan_page(self, count: StockCount, page: CountPage) -> Writes: ...


class CountReports:
    """Takes in stock counts."""

    def __init__(
        self, *, clock: Clock, catalog: Catalog, counts: Counts, accepting: Accepting
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._counts = counts
        self._accepting = accepting

    def counted(self, received: Received, report: CountReport) -> Message:
        """A page; the same page again changes nothing, with other content it is held."""
        if len(report.lines) > MOST_LINES:
            raise TooLarge("too_many_lines", f"a page has at most {MOST_LINES} items")
        connection, paging = received.connection, report.paging
        warehouse = warehouse_of(self._catalog, connection, report.warehouse_code, "/request")
        single = report.out_biz_code if paging.pages == 1 else ""
        number = count_number(warehouse, f"{report.code}/{single}")
        message = received.about(number)
        given = received.identity(
            report, number, out_biz_code=f"page {paging.page}", confirm_type=""
        )
        kind = classify(MovementHints(adjust_type=report.adjust_type or AdjustType.CHECK.value))
        count = StockCount(
            number=number,
            warehouse=warehouse,
            wms_code=code_or_stand_in(report.code),
            kind=kind.kind,
            rule=kind.rule,
            cause=code_or_stand_in(report.adjust_type) if report.adjust_type else "",
            absolute=connection.absolute_counts,
            pages=paging.pages,
            arrived=(),
            state=CountState.COLLECTING,
            source=Source(message_id=message.id, path="/request"),
            occurred_at=report.checked_at or message.at,
            first_at=self._clock.now(),
        )
        page = CountPage(
            number=paging.page,
            lines=tuple(_line(line, absolute=count.absolute) for line in report.lines),
            message_id=message.id,
        )
        return self._accepting.once(given, message, lambda: self._counts.plan_page(count, page))


def _line(line: CountLine, *, absolute: bool) -> AdjustmentLine:
    """An item; where a WMS tells absolute figures, its total or else its quantity."""
    total = line.difference if line.counted is None else line.counted
    return AdjustmentLine(
        sku=code_or_stand_in(line.item_code),
        inventory_type=line.inventory_type,
        quantity=total if absolute else line.difference,
        batch=line.batch.code if line.batch else "",
        path=line.path,
    )
