"""States for the smoke events, made with the services themselves and the rights of the root.

No deployed function is needed for any of it, so that it can be done while they have lost a right.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chalicelib.aws.dynamodb import plain_item
from chalicelib.aws.outbox_rows import SHARDS, event_of, outbox_key, shard_pk
from chalicelib.bootstrap import Container
from chalicelib.catalog.model import CostMethod
from chalicelib.kernel.clock import business_date, to_text
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import query_all, to_item
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Delete, Exists, Key, Put, Update, Writes
from chalicelib.movements.adjusting.model import AdjustmentOrderInput, OrderedLine
from chalicelib.movements.model import AdjustmentLine
from chalicelib.orders.intake import parse_order
from chalicelib.orders.model import Parcel, Shipment, ShipmentLine, shipment_id
from chalicelib.orders.rows import change_fulfilment, change_head
from chalicelib.orders.states import FulfilmentCancel, FulfilmentState, Sourcing
from chalicelib.purchasing.model import (
    PurchaseLineInput,
    PurchaseOrderInput,
    Receipt,
    ReceiptLine,
)
from chalicelib.stock.cost_service import CostService
from chalicelib.stock.cost_store import ValueStore, pool_key, value_key
from chalicelib.stock.model import ADJUSTMENT, EntryId, Kind, Movement
from chalicelib.stock.model import warehouse as at_warehouse
from chalicelib.stock.segment_service import BATCHES, MARK, SETTLED
from chalicelib.stock.segments import batch_row, file_name, folder, write_batch, write_segment
from chalicelib.stock.snapshot_store import SnapshotStore, run_key
from chalicelib.stock.store import StockStore
from local.seeding import EAST, OWNER, SHOP
from tests.cloud.site import TEST, Site


class Stage:
    """Documents in the state that an event finds them in."""

    def __init__(self, site: Site) -> None:
        self.site = site
        # One that has kept nothing from the time when the warehouses weren't open.
        self.oms = Container(site.oms.settings)
        self.snapshots = SnapshotStore(self.oms.tables)
        self._ready = ""

    # --- events

    def event(self, kind: str, subject: str, **data: object) -> Event:
        """An event as it comes out of the outbox."""
        return Event(
            id=f"{kind}:{subject}:{uuid.uuid4().hex[:8]}",
            kind=kind,
            subject=subject,
            occurred_at=self.oms.clock.now(),
            correlation=subject,
            data=dict(data),
        )

    # --- stock

    def movement(self, sku: str, pieces: int, **more: object) -> Movement:
        """Good pieces that were found in WH-EAST."""
        given: dict[str, object] = {
            "line": "1",
            "kind": Kind.ADJUSTMENT,
            "warehouse": EAST,
            "sku": sku,
            "bucket": self.oms.catalog.sku(sku).bucket,
            "quantity": pieces,
            "from_location": ADJUSTMENT,
            "to_location": at_warehouse(EAST),
            "occurred_at": self.oms.clock.now(),
            "source": TEST,
        }
        return Movement(**(given | more))  # type: ignore[arg-type]  # fields by name

    def booked(
        self, sku: str, pieces: int = 10, *, day: date | None = None, **more: object
    ) -> Event:
        """Books pieces; the `EntriesPosted` of it, which nobody has worked off."""
        posting = self.oms.stock.plan_post(
            document=f"TEST-{uuid.uuid4().hex}",
            movements=[self.movement(sku, pieces, **more)],
            posting_date=day or business_date(self.oms.clock.now()),
        )
        self.oms.tables.commit(posting.writes)
        (event,) = posting.writes.events
        return event

    def stocked(self, pieces: int = 10) -> str:
        """A new SKU with pieces in WH-EAST, costed."""
        sku = self.site.sku()
        self.booked(sku, pieces)
        self.oms.costs.cost_pools([f"{EAST}/{sku}"])
        return sku

    def ready_sku(self) -> str:
        """A SKU that WH-EAST's WMS knows, with all the stock that smokes need."""
        if not self._ready:
            sku = self.stocked(10_000)
            self.oms.warehouse.sku_changed(self.sku_changed(sku))
            for event in self._untaken("DispatchDue"):
                self.oms.warehouse.dispatch_due(event)
            self._ready = sku
        return self._ready

    def sku_changed(self, sku: str) -> Event:
        """What tells the WMS of a SKU."""
        version = self.oms.catalog.sku(sku).version
        return self.event("SkuChanged", sku, sku=sku, version=version, owner=OWNER)

    def _untaken(self, kind: str) -> list[Event]:
        """Events of a kind that are in the outbox."""
        rows = [
            row
            for number in range(SHARDS)
            for row in query_all(self.oms.tables, "outbox", shard_pk(number))
        ]
        return [event_of(row) for row in rows if row["kind"] == kind]

    def uncosted_return(self) -> Event:
        """Goods of an issue that was never booked came back: nobody has their cost."""
        sku = self.site.sku()
        lost = EntryId(document="NOWHERE", entry="1")
        return self.booked(sku, 1, cost_of=lost)

    def issued_from_layers(self) -> Event:
        """Pieces left a pool that is costed first in, first out."""
        sku = self.site.sku()
        self.booked(sku, 10)
        CostService(
            store=StockStore(self.oms.tables),
            values=ValueStore(self.oms.tables),
            transaction=self.oms.tables,
            clock=self.oms.clock,
            method=lambda warehouse: CostMethod.FIFO,
        ).cost_pools([f"{EAST}/{sku}"])
        return self.booked(sku, 3, from_location=at_warehouse(EAST), to_location=ADJUSTMENT)

    # --- orders

    def placed(self, sku: str | None = None, quantity: int = 1) -> str:
        """An order that nobody has routed."""
        body = json.dumps(self.site.order(sku or self.ready_sku(), quantity)).encode()
        placed, _ = self.oms.orders.place(parse_order(body), shop=SHOP, message=TEST)
        return placed.no

    def routed(self) -> str:
        """An order with its stock reserved."""
        number = self.placed()
        self.oms.orders.route(number)
        return number

    def waiting(self) -> str:
        """An order that waited, and whose stock has come."""
        sku = self.site.sku()
        number = self.placed(sku)
        self.oms.orders.route(number)
        self.booked(sku)
        return number

    def interrupted(self, sourcing: Sourcing) -> str:
        """An order whose routing in chunks was cut: while reserving, or while giving back."""
        number = self.routed()
        head = self.oms.orders.head(number)
        (part,) = self.oms.orders.fulfilments(number)
        reserving = replace(part, state=FulfilmentState.RESERVING)
        writes = [change_head(replace(head, sourcing=sourcing)), change_fulfilment(reserving)]
        # Nothing was told of it yet.
        writes.append(_untold(f"FulfilmentReserved:{part.no}"))
        self.oms.tables.commit(Writes(writes))
        return number

    def accepted(self) -> str:
        """An order that the WMS has, as far as we know."""
        number = self.routed()
        (part,) = self.oms.orders.fulfilments(number)
        self.oms.tables.commit(self.oms.orders.plan_dispatching(part.no))
        plan = self.oms.orders.plan_accepted(
            part.no, f"W-{part.no}", source=TEST, at=self.oms.clock.now()
        )
        self.oms.tables.commit(plan)
        return number

    def shipment(self, *, quantity: int = 1) -> Shipment:
        """A whole shipment, accepted and not booked."""
        number = self.accepted()
        (part,) = self.oms.orders.fulfilments(number)
        source = Source(message_id="test", path="/request/orderLines/orderLine[1]")
        sku = part.lines[0].sku
        shipment = Shipment(
            id=shipment_id(part.no, "B1"),
            fulfilment_no=part.no,
            order_no=number,
            warehouse=EAST,
            parcels=(
                Parcel(
                    no="PK1",
                    waybill=f"SF{uuid.uuid4().hex[:8]}",
                    carrier_code="SF",
                    carrier_name="顺丰",
                    weight_grams=300,
                    items=((sku, quantity),),
                    source=source,
                ),
            ),
            lines=(
                ShipmentLine(
                    fulfilment_line_no=1,
                    sku=sku,
                    quantity=quantity,
                    inventory_type="ZP",
                    batch="",
                    source=source,
                ),
            ),
            final=True,
            occurred_at=self.oms.clock.now(),
            posting_date=business_date(self.oms.clock.now()),
            message_id="test",
        )
        self.oms.tables.commit(self.oms.orders.plan_shipment(shipment))
        return shipment

    def shipped(self) -> Shipment:
        """… and booked: the order has left."""
        shipment = self.shipment()
        self.oms.orders.post_shipment(shipment.id)
        return shipment

    def unanswered_intercept(self) -> str:
        """A fulfilment that was to be stopped on the road two days ago; nobody has said a word."""
        shipment = self.shipped()
        part = self.oms.orders.fulfilment(shipment.fulfilment_no)
        asked_at = self.oms.clock.now() - timedelta(days=2)
        waiting = replace(part, cancel=FulfilmentCancel.INTERCEPTING, intercept_asked_at=asked_at)
        self.oms.tables.commit(Writes([change_fulfilment(waiting)]))
        return part.no

    def invoice(self) -> str:
        """An invoice that is to be sent to the tax platform."""
        invoice = self.oms.invoicing.request(self.shipped().order_no)
        assert invoice is not None
        return invoice.no

    def parcel_shipped(self) -> Event:
        """A parcel that left, of which nobody told the buyer."""
        shipment = self.shipment()
        (parcel,) = shipment.parcels
        return self.event(
            "ParcelShipped",
            shipment.order_no,
            parcel=parcel.no,
            fulfilment=shipment.fulfilment_no,
            shipment=shipment.id,
            waybill=parcel.waybill,
            carrier=parcel.carrier_code,
        )

    # --- purchasing and adjustments

    def receipt(self) -> str:
        """A receipt of one piece, accepted and not booked."""
        sku = self.site.sku()
        line = PurchaseLineInput(line_no=1, sku=sku, quantity=1, price=100_000, tax_rate_percent=13)
        given = PurchaseOrderInput(
            id=uuid.uuid4().hex,
            supplier=self.site.supplier(),
            warehouse=EAST,
            owner=OWNER,
            currency="CNY",
            lines=(line,),
        )
        order, _ = self.oms.purchasing.accept("erp-purchasing", given, TEST)
        receipt = Receipt(
            id=self.oms.purchasing.receipt_number(),
            purchase_order=order.no,
            warehouse=EAST,
            lines=(ReceiptLine(line_no=1, sku=sku, quantity=1, source=TEST, purchase_line_no=1),),
            final=True,
            out_biz_code="B1",
            occurred_at=self.oms.clock.now(),
            posting_date=business_date(self.oms.clock.now()),
            message_id="test",
        )
        self.oms.tables.commit(self.oms.purchasing.plan_receipt(receipt))
        return receipt.id

    def adjustment(self) -> str:
        """An adjustment, accepted and not booked."""
        return self.site.adjust(f"smoke-{uuid.uuid4().hex}", self.site.sku(), 1)

    def ordered_adjustment(self) -> str:
        """An adjustment order that hasn't gone to its warehouse."""
        line = OrderedLine(line_no=1, sku=self.site.sku(), quantity=1)
        given = AdjustmentOrderInput(
            id=uuid.uuid4().hex,
            warehouse=EAST,
            owner=OWNER,
            reason="smoke",
            occurred_at=self.oms.clock.now(),
            lines=(line,),
        )
        return self.oms.adjustment_orders.take("erp-purchasing", given, TEST, by="smoke")[0].no

    def settled_suspense(self) -> str:
        """Pieces that stand in suspense, and a person has said what they are; not booked."""
        document = self.oms.adjustments.adjust(
            warehouse=EAST,
            key=f"smoke-{uuid.uuid4().hex}",
            lines=[AdjustmentLine(sku=self.site.sku(), inventory_type="ZP", quantity=1)],
            source=TEST,
            occurred_at=self.oms.clock.now(),
            kind=Kind.SUSPENSE,
            cause="",
            rule="smoke",
        ).number
        self.oms.adjustments.post_adjustment(document)
        self.oms.suspense.settle(document, kind=Kind.SURPLUS, by="smoke", because="smoke")
        return document

    # --- closes

    def close_all_but_one(self) -> tuple[str, str, int]:
        """A new version of today's close with one shard to go: run, warehouse, bucket. The shard
        holds what was booked today, and what was booked late for yesterday.
        """
        today = business_date(self.oms.clock.now())
        self.finish_closes()
        if self.snapshots.last_run() is None:
            self.ready_sku()
            self._finished(today - timedelta(days=1))
        late = self._sku_with_opening(today)
        self.booked(late, day=today - timedelta(days=1))
        self._cost_everything()
        run = self.oms.closes.start_close(today, reason=uuid.uuid4().hex)
        mine = f"{EAST}/{self.oms.catalog.sku(late).bucket}"
        self._close([shard for shard in run.shards if shard != mine], run.id)
        return run.id, EAST, self.oms.catalog.sku(late).bucket

    def _sku_with_opening(self, today: date) -> str:
        """A new SKU in a bucket that was closed before today: that closing is read then."""
        before = query_all(self.oms.tables, "stock", "CLOSES", until=today.isoformat())[0]["id"]
        while True:
            sku = self.site.sku()
            if f"{EAST}/{self.oms.catalog.sku(sku).bucket}" in self.snapshots.run(before).shards:
                return sku

    def shard_wanted(self) -> Event:
        """The last shard of a close."""
        run, warehouse, bucket = self.close_all_but_one()
        return self.event("SnapshotShardWanted", run, run=run, warehouse=warehouse, bucket=bucket)

    def wrong_shard(self) -> Event:
        """A closed shard with a pool that has a fen too much; the shard's last audit ended."""
        run, warehouse, bucket = self.close_all_but_one()
        self.oms.closes.close_shard(run, warehouse, bucket)
        before = self.snapshots.run(run).previous
        assert before is not None
        self.oms.nightly_audit.audit_shard(before, warehouse, bucket)
        balance, _ = next(self.oms.auditor.pools(warehouse, bucket))
        spare = Update(
            key=pool_key(warehouse, balance.sku),
            condition=Exists(),
            refusal="gone",
            add={"value": 1},
        )
        self.oms.tables.commit(Writes([spare]))
        return self.event("ShardAuditWanted", run, run=run, warehouse=warehouse, bucket=bucket)

    def shard_with_segment(self) -> Event:
        """The last shard of a close, of which there is a segment."""
        event = self.shard_wanted()
        today = business_date(self.oms.clock.now())
        body = write_segment([])
        place = folder(event.data["warehouse"], event.data["bucket"], today)
        self.oms.files.put(place + file_name(body), body)
        return event

    def batch(self) -> None:
        """A batch of the ledger's stream that is settled and not gathered."""
        item = plain_item(self.costed_item())
        body = write_batch([row for row in [batch_row(item)] if row])
        at = self.oms.clock.now() - SETTLED - timedelta(seconds=1)
        self.oms.files.put(f"{BATCHES}{to_text(at)}-{file_name(body)}", body)

    def gathered_until(self) -> str:
        """The last batch that was gathered."""
        mark = self.oms.tables.get(MARK)
        return str(mark["after"]) if mark else ""

    def costed_item(self) -> dict[str, Any]:
        """A value item as the stream shows it."""
        event = self.booked(self.site.sku())
        self._cost_everything()
        (entry,) = self.oms.stock.entries_of(event.subject)
        key = value_key(entry.id)
        found = self.oms.clients["dynamodb"].get_item(
            TableName=self.oms.settings.tables["stock"],
            Key={"pk": {"S": key.pk}, "sk": {"S": key.sk}},
        )
        item: dict[str, Any] = found["Item"]
        return item

    def closed(self) -> str:
        """Today's close, finished."""
        run, warehouse, bucket = self.close_all_but_one()
        self.oms.closes.close_shard(run, warehouse, bucket)
        return run

    def missed_day(self) -> Event:
        """Yesterday's close was made up for: today's is to be begun."""
        self.closed()
        self.forget_closes()
        run = self.snapshots.last_run()
        assert run is not None
        missed = replace(run, until=run.business_date + timedelta(days=1))
        put = Put(key=run_key(run.id), item=to_item(missed), condition=Exists(), refusal="gone")
        self.oms.tables.commit(Writes([put]))
        return self.event("NextDayWanted", run.id)

    def handing_out(self) -> None:
        """Today's close, cut before its shards were handed out."""
        run, _, _ = self.close_all_but_one()
        cut = replace(self.oms.closes.run(run).run, wanted=0)
        put = Put(key=run_key(run), item=to_item(cut), condition=Exists(), refusal="gone")
        untold = [_untold(f"SnapshotShardWanted:{run}:{shard}") for shard in cut.shards]
        self.oms.tables.commit(Writes([put, *untold]))

    def finish_closes(self) -> None:
        """Whatever a smoke left open is closed, so that the next one can begin anew."""
        last = self.snapshots.last_run()
        if last is not None:
            self._cost_everything()
            self._close(last.shards, last.id)

    def forget_closes(self) -> None:
        """Takes back that today was closed, with all that was told of it; yesterday's stays."""
        today = business_date(self.oms.clock.now()).isoformat()
        for run in query_all(self.oms.tables, "stock", "CLOSES", since=today):
            for shard in query_all(self.oms.tables, "stock", f"CLOSE#{run['id']}"):
                self._delete(Key("stock", shard["pk"], shard["sk"]))
            self._delete(run_key(run["id"]))
        for shard_number in range(SHARDS):
            for row in query_all(self.oms.tables, "outbox", shard_pk(shard_number)):
                self._delete(Key("outbox", row["pk"], row["sk"]))

    def _delete(self, key: Key) -> None:
        self.oms.tables.commit(Writes([Delete(key=key, condition=Exists(), refusal="gone")]))

    def _finished(self, day: date) -> None:
        self._cost_everything()
        run = self.oms.closes.start_close(day)
        self._close(run.shards, run.id)

    def _close(self, shards: Sequence[str], run: str) -> None:
        for shard in shards:
            warehouse, _, bucket = shard.partition("/")
            self.oms.closes.close_shard(run, warehouse, int(bucket))

    def _cost_everything(self) -> None:
        for warehouse in self.oms.catalog.warehouses():
            for bucket in range(warehouse.buckets):
                page, cursor = self.oms.stock.balance_page(warehouse.code, bucket, limit=500)
                assert cursor is None
                pools = self.oms.costs.pools([(each.warehouse, each.sku) for each in page])
                self.oms.costs.cost_pools(
                    [
                        f"{each.warehouse}/{each.sku}"
                        for each in page
                        if pools[(each.warehouse, each.sku)].sequence < each.version
                    ]
                )


def _untold(event_id: str) -> Delete:
    """Takes back that an event was written: nobody has relayed it, the stream is off."""
    return Delete(key=outbox_key(event_id), condition=Exists(), refusal="relayed")
