"""What stands in suspense and has a way out of its own: it mustn't be taken out twice.

A parcel that nobody claims is matched or ended (`orders.returns`), a blind receipt is attached to
a purchase order (`purchasing`). What they do books against suspense too, and so does a settlement.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.kernel.errors import NotFound, Refused
from chalicelib.orders.returns.model import ENDED, return_of
from chalicelib.orders.returns.service import ReturnService
from chalicelib.purchasing.model import Receipt
from chalicelib.purchasing.service import PurchasingService
from chalicelib.purchasing.states import ReceiptState
from chalicelib.stock.model import Entry, Kind
from chalicelib.stock.service import StockService


class OtherWays:
    """Says what of a document's entries in suspense a person may settle."""

    def __init__(
        self, *, returns: ReturnService, purchasing: PurchasingService, stock: StockService
    ) -> None:
        self._returns = returns
        self._purchasing = purchasing
        self._stock = stock

    def left_over(self, document: str, entries: Sequence[Entry]) -> list[Entry]:
        """`entries` without those that another way has taken out of suspense. `Refused`
        (`settled_elsewhere`) while there is another way, or where they are one themselves.
        """
        if self._is_parcel(document):
            raise _elsewhere("it is a parcel that nobody claims: match it, or end it")
        if document.endswith(ENDED) and self._is_parcel(document.removesuffix(ENDED)):
            raise _elsewhere("it is what took a parcel out of suspense")
        if self._returns.find(return_of(document)) is not None:
            raise _elsewhere("it is what came back with a return")
        receipt = self._receipt(document)
        if receipt is None or receipt.purchase_order and not receipt.settles:
            return list(entries)
        if receipt.settles:
            raise _elsewhere(f"it is what took {receipt.settles} out of suspense")
        taken = self._taken_out(receipt)
        return [entry for entry in entries if entry.line not in taken]

    def _taken_out(self, blind: Receipt) -> frozenset[str]:
        """The lines that belong to the purchase order it was attached to."""
        if not blind.attached:
            raise _elsewhere("it is a receipt that nobody announced: attach it")
        if self._purchasing.receipt(blind.attached).state is not ReceiptState.POSTED:
            raise _elsewhere("it is being attached")
        booked = self._stock.entries_of(blind.attached)
        return frozenset(entry.line for entry in booked if entry.kind is Kind.SUSPENSE)

    def _is_parcel(self, document: str) -> bool:
        try:
            self._returns.parcel(document)
        except NotFound:
            return False
        return True

    def _receipt(self, document: str) -> Receipt | None:
        try:
            return self._purchasing.receipt(document)
        except NotFound:
            return None


def _elsewhere(text: str) -> Refused:
    return Refused("settled_elsewhere", text)
