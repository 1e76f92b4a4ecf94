"""A count of a warehouse and what it leaves in suspense, as they are before a worker goes on."""

from __future__ import annotations

from chalicelib.bootstrap import Container
from chalicelib.kernel.provenance import Source
from chalicelib.movements.counts.model import CountPage, StockCount, count_number
from chalicelib.movements.model import AdjustmentLine
from chalicelib.movements.states import AdjustmentState, CountState
from chalicelib.stock.model import Kind

COUNT = count_number("WH1", "CHECK-1")
_MESSAGE = Source(message_id="M1")


def counted(oms: Container) -> None:
    """97 of A and 103 of B lie there, where the books have 100, and something that isn't ours; the
    pages came in the wrong order.
    """
    _page(oms, 2, ("B", 103), ("NOBODYS", 2))
    _page(oms, 1, ("A", 97))


def counted_in_part(oms: Container) -> None:
    """The second of its pages hasn't come."""
    _page(oms, 1, ("A", 97))


def in_suspense(oms: Container) -> str:
    """Goods came that nothing places, and are booked; the adjustment's number."""
    lines = [
        AdjustmentLine(sku=sku, inventory_type="ZP", quantity=pieces)
        for sku, pieces in (("NOBODYS", 3), ("B", 2))
    ]
    adjustment = oms.adjustments.adjust(
        warehouse="WH1",
        key="X1",
        lines=lines,
        source=_MESSAGE,
        occurred_at=oms.clock.now(),
        kind=Kind.SUSPENSE,
    )
    oms.adjustments.post_adjustment(adjustment.number)
    return adjustment.number


def suspense_of(oms: Container) -> str:
    """The number of the document that left something in suspense."""
    (found,) = oms.adjustments.adjustments("WH1", AdjustmentState.POSTED)
    return found.number


def settled(oms: Container) -> None:
    """A person says that it was all A, and found."""
    oms.suspense.settle(in_suspense(oms), kind=Kind.SURPLUS, by="li", because="misread", sku="A")


def _page(oms: Container, number: int, *lies: tuple[str, int]) -> None:
    lines = tuple(
        AdjustmentLine(sku=sku, inventory_type="ZP", quantity=pieces) for sku, pieces in lies
    )
    count = StockCount(
        number=COUNT,
        warehouse="WH1",
        wms_code="WH1",
        kind=Kind.ADJUSTMENT,
        rule="",
        cause="CHECK",
        absolute=True,
        pages=2,
        arrived=(),
        state=CountState.COLLECTING,
        source=_MESSAGE,
        occurred_at=oms.clock.now(),
        first_at=oms.clock.now(),
    )
    page = CountPage(number=number, lines=lines, message_id="M1")
    oms.tables.commit(oms.counts.plan_page(count, page))
