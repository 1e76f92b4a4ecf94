"""inventory.synchronize.report: what a WMS made of an adjustment that it was told of.

It may come in several, with other quantities: booked is what is reported. An adjustment that isn't
ours is a change that the WMS made by itself, and is booked as one (`stockchanges`).

**What isn't told.** The protocol's items are known by one client only. An item without a quantity
is what is outstanding of the order's line, a report without items the whole order's; where such an
item is none of the order's, the report is refused. A partner whose changes have no signs
(`Quantities.POSITIVE`) means the direction of the order's line.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.kernel.errors import Refused, TooLarge
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.adjusting.model import AdjustmentOrder, MadeLine
from chalicelib.movements.adjustment_service import MOST_LINES, UNKNOWN_SKU
from chalicelib.movements.model import AdjustmentLine
from chalicelib.stock.classification import MovementHints, classify
from chalicelib.stock.model import SELLABLE, Kind
from chalicelib.warehouse.accepting import Accepting
from chalicelib.warehouse.codes import AdjustType
from chalicelib.warehouse.confirms import warehouse_meant
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.dialect import Quantities
from chalicelib.warehouse.documents.incoming.inventory import AdjustLine, AdjustReport
from chalicelib.warehouse.own_documents import OwnDocuments
from chalicelib.warehouse.ports import AdjustmentOrders, Catalog
from chalicelib.warehouse.received import Received, confirm_doubts, unknown_order, warehouse_of
from chalicelib.warehouse.stockchanges import Adjustments


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentReports:
    """Takes in adjustments that were made."""

    catalog: Catalog
    own: OwnDocuments
    orders: AdjustmentOrders
    adjustments: Adjustments
    accepting: Accepting

    def made(self, received: Received, report: AdjustReport) -> Message:
        """A report: booked once; the same again changes nothing, with other content under one
        outBizCode it is held. Refused: a number of ours that this WMS hasn't got.
        """
        if len(report.lines) > MOST_LINES:
            raise TooLarge("too_many_lines", f"one message has at most {MOST_LINES} items")
        order = self.own.adjustment_order(received.connection, report.code)
        if order is not None:
            return self._ordered(received, report, order)
        if self.own.is_anybodys(report.code):
            raise unknown_order("/request/adjustOrderCode")
        return self._by_itself(received, report)

    def _ordered(self, received: Received, report: AdjustReport, order: AdjustmentOrder) -> Message:
        message = received.about(order.no)
        meant = warehouse_meant(received.connection, report.warehouse_code, order.warehouse)
        given = received.identity(
            report, order.no, out_biz_code=report.out_biz_code, confirm_type=""
        )
        _made(received.connection, report, order)

        def plan() -> Writes:
            # Read anew: others may have reported of it meanwhile.
            now = self.orders.order(order.no)
            planned = self.orders.plan_made(
                now,
                _made(received.connection, report, now),
                key=given.digest,
                source=Source(message_id=message.id, path="/request"),
                occurred_at=report.adjusted_at or message.at,
                warehouse=meant or now.warehouse,
            )
            doubts = confirm_doubts((), known=meant is not None)
            return planned + self.accepting.plan_doubts(message, order.no, *doubts)

        return self.accepting.once(given, message, plan)

    def _by_itself(self, received: Received, report: AdjustReport) -> Message:
        warehouse = warehouse_of(
            self.catalog, received.connection, report.warehouse_code, "/request"
        )
        lines = [_changed(line) for line in report.lines]
        known = self.catalog.skus({line.sku for line in lines})
        found = classify(MovementHints(adjust_type=report.adjust_type or AdjustType.ADJUST.value))
        parts = (
            (found.kind, found.rule, [line for line in lines if line.sku in known]),
            (Kind.SUSPENSE, UNKNOWN_SKU, [line for line in lines if line.sku not in known]),
        )
        code = code_or_stand_in(report.code)
        scope = f"{warehouse}/{code}"
        given = received.identity(report, scope, out_biz_code=report.out_biz_code, confirm_type="")
        message, writes = received.message, Writes()
        numbers: list[str] = []
        for kind, rule, part in parts:
            if not any(line.quantity for line in part):
                continue
            adjustment, planned = self.adjustments.plan_adjustment(
                warehouse=warehouse,
                key=f"{code}/{given.digest}/{rule}",
                lines=[line for line in part if line.quantity],
                source=Source(message_id=message.id, path="/request"),
                occurred_at=report.adjusted_at or message.at,
                kind=kind,
                cause=code_or_stand_in(report.adjust_type) if report.adjust_type else "",
                rule=rule,
            )
            numbers.append(adjustment.number)
            writes += planned
        message = replace(message, documents=tuple(numbers))
        return self.accepting.once(given, message, lambda: writes)


def _made(connection: Connection, report: AdjustReport, order: AdjustmentOrder) -> list[MadeLine]:
    if report.lines:
        return [_made_line(connection, line, order) for line in report.lines]
    return [
        MadeLine(
            sku=line.sku,
            quantity=line.outstanding,
            inventory_type=line.inventory_type,
            batch=line.batch,
            path="/request",
            order_line_no=line.line_no,
        )
        for line in order.lines
    ]


def _made_line(connection: Connection, line: AdjustLine, order: AdjustmentOrder) -> MadeLine:
    sku = code_or_stand_in(line.item_code)
    batch = line.batch.code if line.batch else ""
    ordered = order.matching(sku, line.inventory_type, batch)
    if line.quantity is not None:
        quantity = line.quantity
        unsigned = connection.quantities is Quantities.POSITIVE and quantity > 0
        if unsigned and ordered is not None and ordered.quantity < 0:
            quantity = -quantity
    elif ordered is not None:
        quantity = ordered.outstanding
    else:
        raise _untold(line)
    return MadeLine(
        sku=sku,
        quantity=quantity,
        inventory_type=line.inventory_type or (ordered.inventory_type if ordered else SELLABLE),
        batch=batch,
        path=line.path,
        order_line_no=ordered.line_no if ordered else None,
    )


def _changed(line: AdjustLine) -> AdjustmentLine:
    if line.quantity is None:
        raise _untold(line)
    return AdjustmentLine(
        sku=code_or_stand_in(line.item_code),
        inventory_type=line.inventory_type or SELLABLE,
        quantity=line.quantity,
        batch=line.batch.code if line.batch else "",
        path=line.path,
    )


def _untold(line: AdjustLine) -> Refused:
    text = "how many pieces isn't told, and no order of ours tells it"
    return Refused("missing_element", text, field=f"{line.path}/quantity")
