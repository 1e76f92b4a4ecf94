"""Movement orders, processing orders and transfers that messages speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Protocol

from chalicelib.catalog.boms import BomInput, Component
from chalicelib.catalog.model import Warehouse
from chalicelib.kernel.errors import Refused
from chalicelib.movements.adjusting.model import AdjustmentOrderInput, OrderedLine
from chalicelib.movements.orders.model import (
    Confirmation,
    ConfirmedLine,
    MovementLineInput,
    MovementOrderInput,
)
from chalicelib.movements.orders.types import OTHER_OUT, TRANSFER_IN, TYPES, Partner
from chalicelib.movements.processing import SERVICES, ProcessingInput, from_bom
from chalicelib.movements.transfers.model import TransferInput, TransferLine
from chalicelib.stock.model import SELLABLE
from chalicelib.warehouse.connections import Connection
from local.checking.engine import Engine
from local.checking.ordering import BY_CHECK
from local.checking.speaking import Spoken, SpokenAdjustment, SpokenTransfer, Wanted

ELSEWHERE = "CHECK-WH-FROM"
"""The warehouse that transfers come from; no message is about it."""

PARTNER = "CHECK-PARTNER"

OTHER = "CHECK-WH-OTHER"
"""The other warehouse of a transfer that names one only."""


class Opening(Protocol):
    """Books opening stock under a document: pieces by warehouse and SKU."""

    def __call__(
        self,
        document: str,
        pieces: Mapping[tuple[str, str], int],
        /,
        inventory_type: str = SELLABLE,
    ) -> None: ...


class MovementsMade:
    """Makes them in one engine for goods of a connection's owner; `warehouse` is ours for what the
    messages call it, `opening` books opening stock under a document.
    """

    def __init__(
        self,
        engine: Engine,
        connection: Connection,
        warehouse: Callable[[str], str],
        opening: Opening,
    ) -> None:
        self._engine = engine
        self._oms = engine.oms
        self._owner = connection.owner
        self._wms = connection.code
        self._warehouse = warehouse
        self._opening = opening

    def outbound(self, spoken: Spoken) -> None:
        """Other goods that leave (QTCK), whatever their type is in the message: a vendor return
        would need receipts of those batches, a transfer another warehouse of this WMS.
        """
        self._order(spoken, OTHER_OUT)

    def inbound(self, spoken: Spoken) -> None:
        """Goods that arrive otherwise than by a purchase, of their type; those of a transfer have
        left another warehouse before.
        """
        if spoken.type == TRANSFER_IN:
            self._arrival(spoken)
        else:
            self._order(spoken, spoken.type)

    def _order(self, spoken: Spoken, order_type: str) -> None:
        lines = [
            MovementLineInput(line_no=number, sku=sku, quantity=wanted.pieces)
            for number, sku, wanted in numbered(spoken)
        ]
        rule = TYPES[order_type]
        named = PARTNER if rule.needs else ""
        to_department = rule.partner is Partner.DEPARTMENT
        given = MovementOrderInput(
            id=spoken.code,
            type=order_type,
            warehouse=self._warehouse(spoken.warehouse),
            owner=self._owner,
            lines=tuple(lines),
            partner="" if to_department else named,
            department=named if to_department else "",
        )
        self._engine.numbers.choose(spoken.code)
        self._oms.movement_orders.take("wms-check", given, BY_CHECK, approved_by="wms-check")

    def _arrival(self, spoken: Spoken) -> None:
        """The in leg of a transfer, whose out leg has shipped everything."""
        oms, lines = self._oms, list(numbered(spoken))
        self._place(ELSEWHERE)
        pieces = {(ELSEWHERE, sku): wanted.pieces for _, sku, wanted in lines}
        self._opening(f"OPENING-{spoken.code}", pieces)
        given = TransferInput(
            id=spoken.code,
            from_warehouse=ELSEWHERE,
            to_warehouse=self._warehouse(spoken.warehouse),
            owner=self._owner,
            lines=tuple(
                TransferLine(line_no=number, sku=sku, quantity=wanted.pieces)
                for number, sku, wanted in lines
            ),
        )
        # The transfer and its out leg are numbered before.
        self._engine.numbers.choose(spoken.code, after=2)
        transfer, _ = oms.transfers.take("wms-check", given, BY_CHECK, approved_by="wms-check")
        left = Confirmation(
            id=oms.movement_orders.confirmation_number(),
            order=transfer.out_leg,
            warehouse=ELSEWHERE,
            lines=tuple(
                ConfirmedLine(
                    line_no=at,
                    sku=sku,
                    quantity=wanted.pieces,
                    source=BY_CHECK,
                    order_line_no=number,
                )
                for at, (number, sku, wanted) in enumerate(lines, start=1)
            ),
            final=True,
            occurred_at=oms.clock.now(),
            posting_date=oms.clock.now().date(),
            message_id=BY_CHECK.message_id,
        )
        oms.tables.commit(oms.movement_orders.plan_confirmation(left))
        oms.movement_orders.post_confirmation(left.id)
        oms.transfers.follow(transfer.no)

    def transferred(self, spoken: SpokenTransfer) -> None:
        """A transfer between two warehouses of the WMS, which has it whole."""
        oms = self._oms
        leaving, arriving = self._sides(spoken)
        lines = tuple(
            TransferLine(line_no=number, sku=sku, quantity=pieces, inventory_type=kind)
            for number, ((sku, kind), pieces) in enumerate(spoken.pieces.items(), start=1)
        )
        for kind in {line.inventory_type for line in lines}:
            wanted = {
                (leaving, line.sku): line.quantity for line in lines if line.inventory_type == kind
            }
            self._opening(f"OPENING-{kind}-{spoken.code}", wanted, inventory_type=kind)
        given = TransferInput(
            id=spoken.code,
            from_warehouse=leaving,
            to_warehouse=arriving,
            owner=self._owner,
            lines=lines,
        )
        self._engine.numbers.choose(spoken.code)
        transfer, _ = oms.transfers.take("wms-check", given, BY_CHECK, approved_by="wms-check")
        oms.tables.commit(oms.whole_transfers.plan_whole(transfer.no))
        sent = oms.whole_transfers.plan_sent(
            transfer.no,
            self._wms,
            spoken.wms_number,
            source=BY_CHECK,
            at=oms.clock.now(),
        )
        oms.tables.commit(sent)

    def _sides(self, spoken: SpokenTransfer) -> tuple[str, str]:
        """Ours for its two warehouses."""
        if spoken.from_warehouse and spoken.to_warehouse:
            return self._warehouse(spoken.from_warehouse), self._warehouse(spoken.to_warehouse)
        self._place(OTHER, wms=self._wms)
        if spoken.to_warehouse:
            return OTHER, self._warehouse(spoken.to_warehouse)
        return self._warehouse(spoken.from_warehouse), OTHER

    def _place(self, code: str, *, wms: str = "") -> None:
        place = Warehouse(
            code=code,
            name=code,
            owner=self._owner,
            province="浙江省",
            city="杭州市",
            wms=wms,
            buckets=self._oms.settings.stock_buckets,
        )
        if code not in {each.code for each in self._oms.catalog.warehouses()}:
            self._oms.catalog.put_warehouse(place)
            self._oms.tables.commit(self._oms.catalog.plan_open(code, None))

    def adjusted(self, spoken: SpokenAdjustment) -> None:
        """An adjustment of all that is reported; one piece more where no quantity is."""
        given = AdjustmentOrderInput(
            id=spoken.code,
            warehouse=self._warehouse(spoken.warehouse),
            owner=self._owner,
            reason="wms-check",
            occurred_at=self._oms.clock.now(),
            lines=tuple(
                OrderedLine(line_no=number, sku=sku, quantity=pieces or 1, inventory_type=kind)
                for number, ((sku, kind), pieces) in enumerate(spoken.pieces.items(), start=1)
            ),
        )
        self._engine.numbers.choose(spoken.code)
        self._oms.adjustment_orders.take("wms-check", given, BY_CHECK, by="wms-check")

    def processing(self, spoken: Spoken) -> None:
        """By a BOM of its own: one product is put together, or one material is taken apart."""
        made = {sku: line.pieces for sku, line in spoken.lines.items() if line.made}
        used = {sku: line.pieces for sku, line in spoken.lines.items() if not line.made}
        service = SERVICES["assemble"]
        if len(made) != 1:
            service, made, used = SERVICES["take_apart"], used, made
        if len(made) != 1 or not used:
            text = "one product of some materials, or one material for some products"
            raise Refused("no_bom", text)
        ((product, pieces),) = made.items()
        bom, _ = self._oms.boms.put(
            "wms-check",
            BomInput(
                id=spoken.code,
                code=spoken.code,
                owner=self._owner,
                product=product,
                # Rounded up: what was used has to be there.
                components=tuple(
                    Component(sku=sku, quantity=-(-count // pieces)) for sku, count in used.items()
                ),
            ),
            BY_CHECK,
        )
        given = ProcessingInput(
            id=spoken.code,
            bom=bom.code,
            service=service,
            warehouse=self._warehouse(spoken.warehouse),
            pieces=pieces,
        )
        self._engine.numbers.choose(spoken.code)
        self._oms.movement_orders.take(
            "wms-check", from_bom(given, bom), BY_CHECK, approved_by="wms-check"
        )


def numbered(spoken: Spoken) -> Iterator[tuple[int, str, Wanted]]:
    """The lines of a document with their numbers and SKUs."""
    taken: set[int] = set()
    for sku, wanted in spoken.lines.items():
        number = _line_no(wanted.line_no, taken)
        taken.add(number)
        yield number, sku, wanted


def _line_no(text: str, taken: set[int]) -> int:
    """The number that the messages use, where it can be one; else the next free one."""
    given = int(text) if text.isdecimal() and len(text) < 7 else 0
    if given > 0 and given not in taken:
        return given
    return next(number for number in count(1) if number not in taken)
