"""Goods that are sent without a price: in exchange (换货), or once more (补发).

They are an order of their own, numbered `HH…` or `BF…`, that names its cause and the fulfilment it
stands in for. So it is reviewed, sourced, reserved, dispatched, cancelled and shipped like every
other, its parcels are told to the buyer, and it has no amounts that could be invoiced. The person
is the first order's, under the same data key: who erases the one erases the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.catalog.model import Sku
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Writes
from chalicelib.orders.model import Hold, Order, OrderHead, OrderLine, Purpose
from chalicelib.orders.ports import Catalog, OrderNumbers
from chalicelib.orders.returns.model import ReissueLine
from chalicelib.orders.rows import new_head, put_content, put_person
from chalicelib.orders.states import Review
from chalicelib.orders.store import OrderStore

PREFIXES = {Purpose.EXCHANGE: "HH", Purpose.RESHIPMENT: "BF"}
"""What the numbers of such orders begin with; those of sales are all digits."""

WAITS_FOR_RETURN = "RETURN_GOODS"
"""The hold of an exchange that is sent once the goods have come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reissue:
    """What is to be sent: for which order's fulfilment, because of which document.

    `waits`: only once the goods have come back, or when a person releases the hold.
    """

    purpose: Purpose
    order: Order
    fulfilment_no: str
    cause: str
    lines: tuple[ReissueLine, ...]
    digest: str
    waits: bool = False
    message: Source | None = None


class Reissuing:
    """Plans orders without a price."""

    def __init__(
        self, *, store: OrderStore, clock: Clock, catalog: Catalog, numbers: OrderNumbers
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalog = catalog
        self._numbers = numbers

    def check(self, owner: str, lines: Sequence[ReissueLine], *, field: str) -> None:
        """That these goods can be sent; `Refused` names the line."""
        skus = self._catalog.skus([line.sku for line in lines])
        for at, line in enumerate(lines):
            place = f"{field}[{at}].sku"
            sku = skus.get(line.sku)
            # Another owner's SKU is answered as if it weren't there.
            if sku is None or sku.owner != owner:
                raise Refused("unknown_sku", "there is no such SKU", field=place)
            if not sku.valid:
                raise Refused("invalid_sku", "this SKU is no longer sold", field=place)

    def plan(self, wanted: Reissue) -> tuple[str, Writes]:
        """The order's number, and its items with `OrderPlaced`."""
        no = self._numbers.document_number(PREFIXES[wanted.purpose])
        now = self._clock.now()
        order = self._order(wanted, no)
        holds: tuple[Hold, ...] = ()
        if wanted.waits:
            reason = "waits for the goods that come back"
            opened_by = f"return:{wanted.cause}"
            holds = (
                Hold(type=WAITS_FOR_RETURN, reason=reason, opened_at=now, opened_by=opened_by),
            )
        head = OrderHead(
            no=no,
            shop=order.shop,
            owner=order.owner,
            channel_order_id=order.channel_order_id,
            created_at=now,
            review=Review.HELD if wanted.waits else Review.WAIT_REVIEW,
            holds=holds,
        )
        person, key = self._store.person_and_key(wanted.order.no)
        bare = replace(
            person, buyer_remark="", seller_remark="", invoice_title="", invoice_tax_no=""
        )
        placed = Event(
            id=f"OrderPlaced:{no}",
            kind="OrderPlaced",
            subject=no,
            occurred_at=now,
            correlation=no,
            data={"shop": order.shop},
        )
        person_item = put_person(no, bare, self._store.sealer, under=key)
        return no, Writes([new_head(head), put_content(order), person_item], [placed])

    def _order(self, wanted: Reissue, no: str) -> Order:
        of, now = wanted.order, self._clock.now()
        skus = self._catalog.skus([line.sku for line in wanted.lines])
        return replace(
            of,
            no=no,
            placed_at=now,
            paid_at=now,
            lines=tuple(
                _line(number, line, skus[line.sku])
                for number, line in enumerate(wanted.lines, start=1)
            ),
            goods_amount=0,
            discount=0,
            order_discount=0,
            freight=0,
            payable=0,
            invoice_request=None,
            created_at=now,
            message=wanted.message or Source(message_id=""),
            content_digest=wanted.digest,
            buyer_remarked=False,
            purpose=wanted.purpose,
            cause=wanted.cause,
            replaces=wanted.fulfilment_no,
        )


def _line(number: int, line: ReissueLine, sku: Sku) -> OrderLine:
    return OrderLine(
        line_no=number,
        channel_line_id="",
        sku=line.sku,
        name=sku.name,
        quantity=line.quantity,
        unit_price=0,
        amount=0,
        discount=0,
        order_discount=0,
        freight=0,
        payable=0,
        tax_rate_percent=sku.tax_rate_percent,
        tax_code=sku.tax_code,
    )
