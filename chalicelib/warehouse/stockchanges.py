"""stockchange.report: changes of stock that no order of ours caused, as adjustments.

Each change has its own order and outBizCode, so each is recognised by itself. Items of one order,
outBizCode and SKU belong together: a change of quality arrives as two, minus and plus. Adjusting
commits by itself and is idempotent by its key, so a message that was taken in half is finished when
it comes again. What a change is, is told by its order type; by our document of its number where the
type names no kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from chalicelib.kernel.errors import Conflict, Refused, TooLarge
from chalicelib.kernel.exceptions import ExceptionKind
from chalicelib.kernel.ids import code_or_stand_in
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.messages.model import Message
from chalicelib.movements.adjustment_service import UNKNOWN_SKU
from chalicelib.movements.model import Adjustment, AdjustmentLine
from chalicelib.stock.classification import ORDER_TYPES, Classified, MovementHints, classify
from chalicelib.stock.model import Kind
from chalicelib.warehouse.accepting import Accepting, Doubt
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.dialect import Quantities
from chalicelib.warehouse.documents.incoming.inventory import StockChange, StockChangeReport
from chalicelib.warehouse.own_documents import OwnDocument, OwnDocuments
from chalicelib.warehouse.ports import Catalog
from chalicelib.warehouse.received import Received, warehouse_of
from chalicelib.warehouse.recognising import identity
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

    def plan_adjustment(
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
    ) -> tuple[Adjustment, Writes]: ...


class StockChanges:
    """Takes in what a WMS changed on its own."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        adjustments: Adjustments,
        accepting: Accepting,
        own: OwnDocuments,
        return_reports: ReturnReports,
    ) -> None:
        self._catalog = catalog
        self._return_reports = return_reports
        self._adjustments = adjustments
        self._accepting = accepting
        self._own = own

    def changed(self, received: Received, report: StockChangeReport) -> Message:
        """An adjustment per change, or an unclaimed parcel of a return that nobody expected;
        `Refused` before the first one if a warehouse is unknown. What changed of a SKU that isn't
        ours is booked in suspense, and a person is told.
        """
        groups = _together(report.changes)
        if len(groups) > MOST_CHANGES:
            text = f"one message has at most {MOST_CHANGES} changes; send it in parts"
            raise TooLarge("too_many_lines", text)
        warehouses = [
            warehouse_of(self._catalog, received.connection, group[0].warehouse_code, group[0].path)
            for group in groups
        ]
        owns = [self._document(received.connection, group) for group in groups]
        moved = [
            [_moved(change, received.connection, own) for change in group]
            for group, own in zip(groups, owns, strict=True)
        ]
        known = self._catalog.skus({change.item_code for change in report.changes})
        numbers: list[str] = []
        differing: list[str] = []
        for warehouse, group, signed, own in zip(warehouses, groups, moved, owns, strict=True):
            # The key is of what came: another agreement on signs makes no other message of it.
            key = _key(received.connection, group)
            try:
                classified = (
                    _classified(signed, own)
                    if signed[0].item_code in known
                    else Classified(kind=Kind.SUSPENSE, rule=UNKNOWN_SKU)
                )
                numbers.append(self._adjust(received, warehouse, signed, classified, key=key))
            except Conflict:
                differing.append(group[0].path)
        message = received.about(numbers[0]) if numbers else received.message
        return self._accepting.simply(message, lambda: self._doubts(message, differing))

    def _document(self, connection: Connection, group: Sequence[StockChange]) -> OwnDocument | None:
        """The document of ours that changes name, where their order types name no kind."""
        if any(change.order_type in ORDER_TYPES for change in group):
            return None
        return self._own.of(connection, group[0].order_code)

    def _adjust(
        self,
        received: Received,
        warehouse: str,
        group: Sequence[StockChange],
        classified: Classified,
        *,
        key: str,
    ) -> str:
        """`group` has signed quantities."""
        first = group[0]
        message = received.message
        unexpected = first.order_type == UNEXPECTED and all(each.quantity > 0 for each in group)
        if unexpected and classified.rule != UNKNOWN_SKU:
            return self._return_reports.unexpected_change(received, warehouse, group)
        adjustment = self._adjustments.adjust(
            warehouse=warehouse,
            key=key,
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


def _together(changes: Sequence[StockChange]) -> list[list[StockChange]]:
    groups: dict[tuple[str, ...], list[StockChange]] = {}
    for change in changes:
        if change.quantity:
            named = (change.warehouse_code, change.order_code, change.out_biz_code)
            groups.setdefault((*named, change.item_code), []).append(change)
    return list(groups.values())


def _moved(change: StockChange, connection: Connection, own: OwnDocument | None) -> StockChange:
    """The change with its sign, where the peer's way is to tell it by the order type alone."""
    direction = 1 if connection.quantities is Quantities.SIGNED else _direction(change, own)
    if direction > 0:
        return change
    batches = tuple(
        replace(batch, quantity=None if batch.quantity is None else -batch.quantity)
        for batch in change.batches
    )
    return replace(change, quantity=-change.quantity, batches=batches)


def _direction(change: StockChange, own: OwnDocument | None) -> int:
    """1: as it stands; -1: it means less stock. A minus means that whatever the order type says;
    where there is none, the document of ours says it.
    """
    if change.quantity < 0:
        return 1
    order_type = change.order_type or (own.order_type if own else "")
    found = ORDER_TYPES.get(order_type)
    if found is not None and found[1]:
        return found[1]
    if order_type.endswith(_IN):
        return 1
    if order_type.endswith(_OUT):
        return -1
    field = f"{change.path}/orderType"
    text = "the quantity has no sign and this order type no direction"
    raise Refused("unknown_direction", text, field=field)


_IN, _OUT = "RK", "CK"
"""入库, 出库: how Qimen's order types end, and those that others add."""


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


def _classified(group: Sequence[StockChange], own: OwnDocument | None) -> Classified:
    quantities: dict[str, int] = {}
    for change in group:
        total = quantities.get(change.inventory_type, 0) + change.quantity
        quantities[change.inventory_type] = total
    # A change of quality may come as an out and an in: then the pair tells what it is.
    types = {change.order_type for change in group}
    order_type = types.pop() if len(types) == 1 else ""
    return classify(
        MovementHints(
            quantities=quantities,
            order_type=order_type,
            own_document=_kind_of(own, sum(quantities.values())),
        )
    )


def _kind_of(own: OwnDocument | None, total: int) -> Kind | None:
    """What a change of so many pieces is by the document of ours; None where it goes the other
    way, which the document doesn't explain.
    """
    if own is None:
        return None
    kind, direction = ORDER_TYPES[own.order_type]
    return kind if direction * total > 0 else None


def _lines(change: StockChange) -> list[AdjustmentLine]:
    """A change by batch where the batches add up to it, else as one line."""
    given = [batch.quantity for batch in change.batches if batch.quantity is not None]
    if len(given) == len(change.batches) and given and sum(given) == change.quantity:
        return [
            AdjustmentLine(
                sku=code_or_stand_in(change.item_code),
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
            sku=code_or_stand_in(change.item_code),
            inventory_type=change.inventory_type,
            quantity=change.quantity,
            batch=change.batches[0].code if len(change.batches) == 1 else "",
            path=change.path,
        )
    ]
