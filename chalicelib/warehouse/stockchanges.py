"""stockchange.report: changes of stock that no order of ours caused, as adjustments.

Each change has its own order and outBizCode, so each is recognised by itself. Items of one order,
outBizCode and SKU belong together: a change of quality arrives as two, minus and plus. Adjusting
commits by itself and is idempotent by its key, so a message that was taken in half is finished when
it comes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.errors import Conflict, Refused, TooLarge
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.model import Adjustment, AdjustmentLine
from chalicelib.stock.classification import Classified, MovementHints, classify
from chalicelib.stock.model import Kind
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.confirms import warehouse_meant
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.documents.incoming.inventory import StockChange, StockChangeReport
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.recognising import identity
from chalicelib.warehouse.reports import Received
from chalicelib.warehouse.returnreports import UNEXPECTED, ReturnReports

MOST_CHANGES = 100
"""Each is a commit, and the WMS waits for the answer."""


class Adjustments(Protocol):
    """`movements.adjustment_service.AdjustmentService`."""

    def adjust(
        self,
        *,
        warehouse: str,
        key: str,
        lines: Sequence[AdjustmentLine],
        source: Source,
        occurred_at: datetime,
        kind: Kind,
        cause: str,
        rule: str,
    ) -> Adjustment: ...


class StockChanges:
    """Takes in what a WMS changed on its own."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        adjustments: Adjustments,
        accepting: Accepting,
        return_reports: ReturnReports,
    ) -> None:
        self._catalog = catalog
        self._return_reports = return_reports
        self._adjustments = adjustments
        self._accepting = accepting

    def changed(self, received: Received, report: StockChangeReport) -> Message:
        """An adjustment per change, or an unclaimed parcel of a return that nobody expected;
        `Refused` before the first one if a warehouse or SKU is unknown.
        """
        groups = _together(report.changes)
        if len(groups) > MOST_CHANGES:
            text = f"one message has at most {MOST_CHANGES} changes; send it in parts"
            raise TooLarge("too_many_lines", text)
        warehouses = [self._warehouse(received.connection, group[0]) for group in groups]
        self._check_skus(report.changes)
        numbers: list[str] = []
        differing: list[str] = []
        for warehouse, group in zip(warehouses, groups, strict=True):
            try:
                numbers.append(self._adjust(received, warehouse, group))
            except Conflict:
                differing.append(group[0].path)
        message = received.about(numbers[0]) if numbers else received.message
        return self._accepting.simply(message, lambda: self._doubts(message, differing))

    def _adjust(self, received: Received, warehouse: str, group: Sequence[StockChange]) -> str:
        first = group[0]
        message = received.message
        if first.order_type == UNEXPECTED and all(change.quantity > 0 for change in group):
            return self._return_reports.unexpected_change(received, warehouse, group)
        classified = _classified(group)
        adjustment = self._adjustments.adjust(
            warehouse=warehouse,
            key=_key(received.connection, group),
            lines=[line for change in group for line in _lines(change)],
            source=Source(message_id=message.id, path=first.path),
            occurred_at=first.changed_at or message.at,
            kind=classified.kind,
            cause=first.order_type,
            rule=classified.rule,
        )
        return adjustment.number

    def _doubts(self, message: Message, differing: Sequence[str]) -> Writes:
        if not differing:
            return Writes()
        text = f"came again with other content and isn't booked: {', '.join(differing[:5])}"
        doubt = Doubt(kind=ExceptionKind.STOCK_CHANGE_DIFFERS, text=text)
        return self._accepting.plan_doubts(message, message.id, doubt)

    def _warehouse(self, connection: Connection, change: StockChange) -> str:
        """The warehouse of ours; `Refused` where the WMS names none that it has of ours."""
        field = f"{change.path}/warehouseCode"
        ours = [each.code for each in self._catalog.warehouses() if each.wms == connection.code]
        expected = next(
            (code for code in ours if connection.warehouse_code(code) == change.warehouse_code),
            ours[0] if len(ours) == 1 else "",
        )
        meant = warehouse_meant(connection, change.warehouse_code, expected) if expected else None
        if meant is None:
            raise Refused("unknown_warehouse", "this warehouse isn't known here", field=field)
        return meant

    def _check_skus(self, changes: Sequence[StockChange]) -> None:
        known = self._catalog.skus({change.item_code for change in changes})
        for change in changes:
            if change.item_code not in known:
                field = f"{change.path}/itemCode"
                raise Refused("unknown_sku", "there is no such SKU", field=field)


def _together(changes: Sequence[StockChange]) -> list[list[StockChange]]:
    groups: dict[tuple[str, ...], list[StockChange]] = {}
    for change in changes:
        if change.quantity:
            named = (change.warehouse_code, change.order_code, change.out_biz_code)
            groups.setdefault((*named, change.item_code), []).append(change)
    return list(groups.values())


def _key(connection: Connection, group: Sequence[StockChange]) -> str:
    """What tells the change from others; with an outBizCode that isn't unique, the content too."""
    first = group[0]
    key = f"{first.order_code}/{first.out_biz_code}/{first.item_code}"
    if connection.unique_out_biz_code and first.out_biz_code:
        return key
    content = identity(
        StockChangeReport(changes=tuple(group)),
        scope="",
        out_biz_code=first.out_biz_code,
        confirm_type="",
        unique=False,
    )
    return f"{key}/{content.digest}"


def _classified(group: Sequence[StockChange]) -> Classified:
    quantities: dict[str, int] = {}
    for change in group:
        total = quantities.get(change.inventory_type, 0) + change.quantity
        quantities[change.inventory_type] = total
    return classify(MovementHints(quantities=quantities, order_type=group[0].order_type))


def _lines(change: StockChange) -> list[AdjustmentLine]:
    """A change by batch where the batches add up to it, else as one line."""
    given = [batch.quantity for batch in change.batches if batch.quantity is not None]
    if len(given) == len(change.batches) and given and sum(given) == change.quantity:
        return [
            AdjustmentLine(
                sku=change.item_code,
                inventory_type=batch.inventory_type or change.inventory_type,
                quantity=batch.quantity,
                batch=batch.code,
                path=batch.path,
            )
            for batch in change.batches
            if batch.quantity
        ]
    return [
        AdjustmentLine(
            sku=change.item_code,
            inventory_type=change.inventory_type,
            quantity=change.quantity,
            batch=change.batches[0].code if len(change.batches) == 1 else "",
            path=change.path,
        )
    ]
