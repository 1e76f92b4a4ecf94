"""Returns, what came back of them, and parcels that nobody claims: the types and their sums.

A return names units of one fulfilment's lines, and a unit is in one return at most: the order's
`ReturnBook` says in which. What a unit is worth was fixed when the order was taken in
(`kernel.money.unit_share`), so refunds add up to what was paid, in any order, and never beyond.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.money import Fen, unit_share
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import Sealed
from chalicelib.orders.model import Fulfilment, FulfilmentLine, Order
from chalicelib.orders.returns.states import (
    ReturnCancel,
    ReturnReceiptState,
    ReturnState,
    UnclaimedState,
)

ENDED = "-E"
"""Behind a parcel's id: what ending it booked."""


class ReturnKind(StrEnum):
    """For money back, or in exchange for other goods."""

    RETURN = "RETURN"
    EXCHANGE = "EXCHANGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReissueLine:
    """Goods that are sent without a price: in exchange, or once more."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """Units of an order line that are to come back, by the order line's numbers of them.

    `found` are those that came, each with the inventory type that the warehouse gave it.
    """

    line_no: int
    order_line_no: int
    fulfilment_line_no: int
    sku: str
    units: tuple[int, ...]
    found: tuple[tuple[int, str], ...] = ()

    @property
    def missing(self) -> tuple[int, ...]:
        """Units that haven't come yet."""
        there = {unit for unit, _ in self.found}
        return tuple(unit for unit in self.units if unit not in there)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnOrder:
    """A return (退货单) of units of one fulfilment, to one warehouse. `source` and `source_id` are
    who asked for it and their id of it; `words` is why, sealed under the order's data key.

    `exchange` is what is sent instead, as the order `exchange_no`. `receipts` came in, `posted`
    are those in the ledger, `final`: the warehouse says that nothing more comes.
    """

    no: str
    order_no: str
    fulfilment_no: str
    shop: str
    owner: str
    warehouse: str
    kind: ReturnKind
    source: str
    source_id: str
    digest: str
    lines: tuple[ReturnLine, ...]
    requested_at: datetime
    requested_by: str
    state: ReturnState = ReturnState.REQUESTED
    cancel: ReturnCancel = ReturnCancel.NONE
    version: int = 1
    with_freight: bool = False
    waybill: str = ""
    carrier_code: str = ""
    words: Sealed | None = None
    message: Source | None = None
    exchange: tuple[ReissueLine, ...] = ()
    exchange_no: str = ""
    wms_id: str = ""
    receipts: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    final: bool = False
    decided_at: datetime | None = None
    decided_by: str = ""
    sent_at: datetime | None = None
    sent_by: Source | None = None
    signed_at: datetime | None = None
    signed_by: Source | None = None
    inspected_at: datetime | None = None
    settled_at: datetime | None = None
    settled_by: str = ""
    refund_reference: str = ""
    ended_at: datetime | None = None

    @property
    def missing(self) -> int:
        """Pieces that haven't come yet."""
        return sum(len(line.missing) for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitClaim:
    """That units of an order line are in a return."""

    order_line_no: int
    units: tuple[int, ...]
    return_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnBook:
    """Which of an order's units are in which return, and which returns there are and are open."""

    order_no: str
    version: int = 0
    claims: tuple[UnitClaim, ...] = ()
    returns: tuple[str, ...] = ()
    open: tuple[str, ...] = ()

    def claimed(self, order_line_no: int) -> frozenset[int]:
        """Units of a line that are in a return."""
        return frozenset(
            unit
            for claim in self.claims
            if claim.order_line_no == order_line_no
            for unit in claim.units
        )

    def opened(self, order: ReturnOrder) -> ReturnBook:
        """With a new return and its units."""
        claims = [
            UnitClaim(order_line_no=line.order_line_no, units=line.units, return_no=order.no)
            for line in order.lines
        ]
        return replace(
            self,
            claims=(*self.claims, *claims),
            returns=(*self.returns, order.no),
            open=(*self.open, order.no),
        )

    def ended(self, order: ReturnOrder) -> ReturnBook:
        """After a return's end: units that didn't come back can be returned another time."""
        kept = [claim for claim in self.claims if claim.return_no != order.no]
        kept += [
            UnitClaim(
                order_line_no=line.order_line_no,
                units=tuple(unit for unit, _ in line.found),
                return_no=order.no,
            )
            for line in order.lines
            if line.found
        ]
        still_open = tuple(no for no in self.open if no != order.no)
        return replace(self, claims=tuple(kept), open=still_open)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """Pieces that came back. In a receipt `units` says which they are (as many as `quantity`) and
    `return_line_no` of which line; before they are placed it is the line that the WMS named.
    """

    line_no: int
    sku: str
    quantity: int
    inventory_type: str
    batch: str
    source: Source
    return_line_no: int | None = None
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceipt:
    """One confirmation of a return: what came back. `parcel` is the unclaimed parcel whose goods
    these are; its booking in suspense is taken back with them.
    """

    id: str
    return_no: str
    warehouse: str
    lines: tuple[ReturnedLine, ...]
    final: bool
    occurred_at: datetime
    posting_date: date
    message_id: str
    parcel: str = ""
    state: ReturnReceiptState = ReturnReceiptState.ACCEPTED
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnclaimedParcel:
    """Goods that came back and belong to no return (无头件): booked from suspense until a person
    says whose they are. `fulfilment_no`, `order_no` and `return_no` are what the message named
    of ours; `case` is the question that was raised. `ended_by` and `ended_because` are who ended
    one that is nobody's, and why.
    """

    id: str
    warehouse: str
    owner: str
    lines: tuple[ReturnedLine, ...]
    occurred_at: datetime
    posting_date: date
    message_id: str
    accepted_at: datetime
    code: str = ""
    waybill: str = ""
    order_no: str = ""
    fulfilment_no: str = ""
    return_no: str = ""
    case: str = ""
    state: UnclaimedState = UnclaimedState.ACCEPTED
    version: int = 1
    matched_to: str = ""
    matched_by: str = ""
    matched_at: datetime | None = None
    ended_by: str = ""
    ended_because: str = ""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRefund:
    """What one unit that came back is worth, in fen of the order's currency, tax included."""

    order_line_no: int
    unit: int
    inventory_type: str
    goods: Fen
    freight: Fen


def receipt_id(return_no: str, identity: str) -> str:
    """The id of a receipt; `identity` tells it from the return's others."""
    return f"{return_no}:{identity}"


def return_of(receipt: str) -> str:
    """The return that a receipt's id names."""
    return receipt.partition(":")[0]


def parcel_id(warehouse: str, identity: str) -> str:
    """The id of an unclaimed parcel: the same report always makes the same one."""
    digest = hashlib.sha256(f"{warehouse}/{identity}".encode()).hexdigest()
    return f"WT-{digest[:20].upper()}"


def shipped_units(fulfilment: Fulfilment, line: FulfilmentLine) -> range:
    """The units of a line that have left, by the order line's numbers. What left is taken to be the
    line's first units; pieces beyond it are no part of the sale.
    """
    confirmed = dict(
        zip((each.line_no for each in fulfilment.lines), fulfilment.confirmed, strict=False)
    )
    count = min(confirmed.get(line.line_no, 0), line.quantity)
    return range(line.first_unit, line.first_unit + count)


def returnable(fulfilment: Fulfilment, line: FulfilmentLine, book: ReturnBook) -> tuple[int, ...]:
    """The units of a line that have left and are in no return."""
    claimed = book.claimed(line.order_line_no)
    return tuple(unit for unit in shipped_units(fulfilment, line) if unit not in claimed)


def refunds(order: Order, returned: ReturnOrder) -> tuple[UnitRefund, ...]:
    """What the units that came back are worth, unit by unit, at what was paid for each."""
    lines = {line.line_no: line for line in order.lines}
    return tuple(
        UnitRefund(
            order_line_no=line.order_line_no,
            unit=unit,
            inventory_type=inventory_type,
            goods=unit_share(of.payable, of.quantity, unit, 1),
            freight=unit_share(of.freight, of.quantity, unit, 1) if returned.with_freight else 0,
        )
        for line in returned.lines
        for of in [lines[line.order_line_no]]
        for unit, inventory_type in line.found
    )


def refund_total(found: Sequence[UnitRefund]) -> Fen:
    """Goods and freight of all units."""
    return sum(each.goods + each.freight for each in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Which units a confirmation's pieces are, what of them is nobody's, and the lines then."""

    placed: tuple[ReturnedLine, ...]
    unplaced: tuple[ReturnedLine, ...]
    lines: tuple[ReturnLine, ...]


def place(
    lines: Sequence[ReturnLine],
    came: Sequence[ReturnedLine],
    batches: Mapping[tuple[int, int], str],
) -> Placement:
    """Places pieces on the units that are still missing: on the line that the WMS names if its SKU
    is that, then on the others of the SKU. `batches` is what (order line, unit) left as; a unit of
    the batch that came is taken first. Pieces beyond what is missing are placed nowhere.
    """
    after = {line.line_no: line for line in lines}
    placed: list[ReturnedLine] = []
    unplaced: list[ReturnedLine] = []
    for line in came:
        left = line.quantity
        for no in _candidates(lines, line):
            units = _units(after[no], line.batch, left, batches)
            if not units:
                continue
            left -= len(units)
            found = tuple((unit, line.inventory_type) for unit in units)
            after[no] = replace(after[no], found=(*after[no].found, *found))
            part = replace(line, line_no=len(placed) + 1, quantity=len(units), units=units)
            placed.append(replace(part, return_line_no=no))
        if left:
            unplaced.append(
                replace(line, line_no=len(unplaced) + 1, quantity=left, return_line_no=None)
            )
    return Placement(
        placed=tuple(placed),
        unplaced=tuple(unplaced),
        lines=tuple(after[line.line_no] for line in lines),
    )


def _candidates(lines: Sequence[ReturnLine], came: ReturnedLine) -> list[int]:
    of_sku = [line.line_no for line in lines if line.sku == came.sku]
    return sorted(of_sku, key=lambda no: (no != came.return_line_no, no))


def _units(
    line: ReturnLine, batch: str, most: int, batches: Mapping[tuple[int, int], str]
) -> tuple[int, ...]:
    if most <= 0:
        return ()

    def other_batch(unit: int) -> bool:
        return bool(batch) and batches.get((line.order_line_no, unit)) != batch

    return tuple(sorted(line.missing, key=lambda unit: (other_batch(unit), unit))[:most])
