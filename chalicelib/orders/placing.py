"""Taking an order in: checked, numbered, its amounts apportioned, written once with its event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from chalicelib.catalog.model import Bundle, Shop, Sku
from chalicelib.kernel.clock import Clock, to_text
from chalicelib.kernel.errors import Conflict, Refused, Unavailable
from chalicelib.kernel.events import Event
from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.sealing import SealingKey
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.drafting import draft_order
from chalicelib.orders.intake import OrderInput
from chalicelib.orders.model import Order, OrderHead
from chalicelib.orders.ports import Catalog, OrderNumbers
from chalicelib.orders.rows import (
    NUMBER_TAKEN,
    ORDER_TAKEN,
    new_head,
    put_channel_order,
    put_content,
    put_person,
)
from chalicelib.orders.store import OrderStore, Taken

NUMBER_TRIES = 3
TAKEN = frozenset({ORDER_TAKEN, NUMBER_TAKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The answer to a placed order; a repeat gets the same one."""

    no: str
    shop: str
    channel_order_id: str
    payable: Fen
    currency: str
    created_at: str


class Placing:
    """`place`: identity is (shop, channel order id)."""

    def __init__(
        self,
        *,
        store: OrderStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        numbers: OrderNumbers,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._numbers = numbers

    def place(
        self,
        given: OrderInput,
        *,
        shop: str,
        message: Source,
        row: Callable[[str], Writes] = lambda _: Writes(),
        under: SealingKey | None = None,
    ) -> tuple[Placed, bool]:
        """The answer, and whether the order is new. The same again changes nothing and gets the
        first answer; another content under the same id is a `Conflict` (`order_differs`).

        `row` gives, for the order's number, what is committed with a new order (the message's row
        in the log); a repeat commits nothing. `under` is the message's data key, for the person.

        Nearly every order is new, so nothing is read first: the transaction's own condition finds
        a repeat, which then costs a refused transaction, and a number nobody gets.
        """
        known_shop = self._catalog.shop(shop)
        for _ in range(NUMBER_TRIES):
            try:
                order = self._draft(given, known_shop, message)
                self._transaction.commit(self._writes(order, given, under) + row(order.no))
            except (ConditionFailed, Refused) as failed:
                # Ours by a lost answer, a twin's, or a number that is used: reading says which.
                # A repeat is answered as before, too, where it couldn't be placed any more.
                before = self._store.taken(known_shop.code, given.channel_order_id)
                if before is not None:
                    return self._repeated(before, given), False
                if isinstance(failed, Refused) or not TAKEN & set(failed.refusals):
                    raise
            else:
                return _answer(order), True
        raise Unavailable("no free order number was found")

    def _draft(self, given: OrderInput, shop: Shop, message: Source) -> Order:
        skus, bundles = self._sold(given)
        draft = draft_order(
            given,
            no="",
            shop=shop,
            skus=skus,
            bundles=bundles,
            message=message,
            at=self._clock.now(),
        )
        # Numbered last: what is refused takes no number.
        person = given.person
        buyer = f"{shop.channel}:{person.buyer_nick or person.mobile}"
        return replace(draft, no=self._numbers.order_number(buyer))

    def _sold(self, given: OrderInput) -> tuple[Mapping[str, Sku], Mapping[str, Bundle]]:
        """The SKUs of the lines, the bundles where a line names no SKU, and these' parts."""
        codes = [line.sku for line in given.lines]
        skus = self._catalog.skus(codes)
        others = [code for code in codes if code not in skus]
        if not others:
            return skus, {}
        bundles = self._catalog.bundles(others)
        parts = self._catalog.skus(
            each.sku for bundle in bundles.values() for each in bundle.components
        )
        return {**skus, **parts}, bundles

    def _repeated(self, before: Taken, given: OrderInput) -> Placed:
        if before.digest != given.digest():
            raise Conflict(
                "order_differs",
                "this channel order id was placed with another content",
                field="channel_order_id",
            )
        return _answer(self._store.order(before.no))

    def _writes(self, order: Order, given: OrderInput, under: SealingKey | None) -> Writes:
        head = OrderHead(
            no=order.no,
            shop=order.shop,
            owner=order.owner,
            channel_order_id=order.channel_order_id,
            created_at=order.created_at,
        )
        return Writes(
            [
                put_channel_order(order),
                new_head(head),
                put_content(order),
                put_person(order.no, given.person, self._store.sealer, under=under),
            ],
            [
                Event(
                    id=f"OrderPlaced:{order.no}",
                    kind="OrderPlaced",
                    subject=order.no,
                    occurred_at=order.created_at,
                    correlation=order.no,
                    data={"shop": order.shop},
                )
            ],
        )


def _answer(order: Order) -> Placed:
    return Placed(
        no=order.no,
        shop=order.shop,
        channel_order_id=order.channel_order_id,
        payable=order.payable,
        currency=order.currency,
        created_at=to_text(order.created_at),
    )
