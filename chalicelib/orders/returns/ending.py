"""What a return's begin and end do to its order: the book of units, and the axis `after_sale`."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.kernel.writes import Writes
from chalicelib.orders.model import OrderHead
from chalicelib.orders.returns.model import ReturnBook, ReturnOrder
from chalicelib.orders.returns.rows import put_book
from chalicelib.orders.rows import change_head
from chalicelib.orders.states import AFTER_SALE, AfterSale


def plan_open(head: OrderHead, book: ReturnBook, wanted: ReturnOrder) -> Writes:
    """The units are in this return from now on."""
    writes = Writes([put_book(book.opened(wanted))])
    if head.after_sale is AfterSale.OPEN:
        return writes
    opened = replace(head, after_sale=AFTER_SALE.advance(head.after_sale, "open"))
    return writes + Writes([change_head(opened)])


def plan_end(head: OrderHead, book: ReturnBook, ended: ReturnOrder) -> Writes:
    """Units that didn't come back are free; the order's after-sale is over with its last return."""
    after = book.ended(ended)
    writes = Writes([put_book(after)])
    if after.open or head.after_sale is not AfterSale.OPEN:
        return writes
    closed = replace(head, after_sale=AFTER_SALE.advance(head.after_sale, "close"))
    return writes + Writes([change_head(closed)])
