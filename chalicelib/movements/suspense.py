"""What stands in suspense, settled by a person: each entry is reversed, and booked anew as what it
was.

| item | pk | sk |
| --- | --- | --- |
| settlement | `SUSPENSE#<document>` | `HEAD` |

The settlement is accepted once per document, with its reason; then a worker books it, under the
document's number with `-S`. A reversal and its new entry carry the same value: the new one is worth
what the reversal took, or the reversal what the entry took. What has a way out of suspense of its
own takes that one (`otherways`), and a settlement isn't settled again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.catalog.service import CatalogService
from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Conflict, NotFound, Refused
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.writes import Absent, ConditionFailed, Key, Put, Transaction, Writes
from chalicelib.movements.otherways import OtherWays
from chalicelib.stock.model import ADJUSTMENT, Entry, Kind, Movement, suspense
from chalicelib.stock.planning import commit_replanning, in_chunks
from chalicelib.stock.service import StockService
from chalicelib.stock.store import entry_id

SETTLED = "-S"
"""Behind a document's number: what its settlement booked."""

ARRIVED = frozenset({Kind.ADJUSTMENT, Kind.SURPLUS, Kind.OTHER_IN})
LEFT = frozenset({Kind.ADJUSTMENT, Kind.LOSS, Kind.OTHER_OUT})
"""What goods that came, or went, can have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A person's word on what a document left in suspense. `sku`: the goods were these ("": they
    were what the document says).
    """

    document: str
    kind: Kind
    sku: str
    because: str
    by: str
    settled_at: datetime


class Suspense:
    """Settles what stands in suspense."""

    def __init__(
        self,
        *,
        items: Items,
        transaction: Transaction,
        clock: Clock,
        catalog: CatalogService,
        stock: StockService,
        other_ways: OtherWays,
    ) -> None:
        self._items = items
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._other_ways = other_ways

    def entries(self, document: str) -> list[Entry]:
        """What a document left in suspense, settled or not."""
        return [
            entry
            for entry in self._stock.entries_of(document)
            if suspense(entry.warehouse) in (entry.from_location, entry.to_location)
        ]

    def settlement(self, document: str) -> Settlement | None:
        """What a person said about a document; None if nobody has."""
        item = self._items.get(_key(document))
        return None if item is None else from_item(item, Settlement)

    def settle(
        self, document: str, *, kind: Kind, by: str, because: str, sku: str = ""
    ) -> Settlement:
        """Says what it was, once. Said again the same: nothing; something else: `Conflict`."""
        self._check(document, kind, sku)
        now = self._clock.now()
        said = Settlement(
            document=document,
            kind=kind,
            sku=sku,
            because=mask_mobiles(because),
            by=by,
            settled_at=now,
        )
        put = Put(
            key=_key(document), item=to_item(said), condition=Absent(), refusal="suspense_settled"
        )
        event = Event(
            id=f"SuspenseSettled:{document}",
            kind="SuspenseSettled",
            subject=document,
            occurred_at=now,
            correlation=document,
            data={},
        )
        try:
            self._transaction.commit(Writes([put], [event]))
        except ConditionFailed as failed:
            before = self.settlement(document)
            if before is None:
                raise
            if (before.kind, before.sku) != (kind, sku):
                raise Conflict(
                    "suspense_settled", "it is settled as something else already"
                ) from failed
            return before
        return said

    def post(self, document: str) -> None:
        """Books a settlement; again it does nothing."""
        said = self.settlement(document)
        if said is None:
            raise NotFound("unknown_settlement", f"nobody has settled {document}")
        entries = self._to_settle(document)
        buckets = self._catalog.buckets_of([said.sku or entry.sku for entry in entries])
        movements = [
            movement
            for number, entry in enumerate(entries, start=1)
            for movement in _movements(said, entry, number, buckets[said.sku or entry.sku])
        ]
        for chunk in in_chunks(movements):
            commit_replanning(self._transaction, partial(self._plan, document, chunk))

    def _plan(self, document: str, chunk: Sequence[Movement]) -> Writes:
        zone = self._catalog.warehouse(chunk[0].warehouse).zone
        return self._stock.plan_post(
            document=_number(document),
            movements=chunk,
            posting_date=business_date(self._clock.now(), zone),
            correlation=document,
        ).writes

    def _to_settle(self, document: str) -> list[Entry]:
        if document.endswith(SETTLED):
            raise Refused("settled_elsewhere", "it is a settlement itself")
        return self._other_ways.left_over(document, self.entries(document))

    def _check(self, document: str, kind: Kind, sku: str) -> None:
        entries = self._to_settle(document)
        if not entries:
            raise Refused("nothing_in_suspense", "nothing of this document is in suspense")
        for entry in entries:
            possible = LEFT if _left(entry) else ARRIVED
            if kind not in possible:
                names = ", ".join(sorted(possible))
                raise Refused("wrong_direction", f"one of {names}", field="kind")
        if sku and sku not in self._catalog.skus([sku]):
            raise Refused("unknown_sku", "there is no such SKU", field="sku")


def _movements(said: Settlement, entry: Entry, number: int, bucket: int) -> tuple[Movement, ...]:
    """An entry reversed, and booked anew."""
    moved_back = Movement(
        line=f"{number}-back",
        kind=Kind.SUSPENSE,
        warehouse=entry.warehouse,
        sku=entry.sku,
        bucket=entry.bucket,
        quantity=entry.quantity,
        from_location=entry.to_location,
        to_location=entry.from_location,
        occurred_at=entry.occurred_at,
        source=Source(message_id=entry.source.message_id, path=entry.source.path),
        batch=entry.batch,
        cost_of=entry.id if _left(entry) else None,
        settles=entry.document,
    )
    left = _left(entry)
    anew = replace(
        moved_back,
        line=f"{number}-anew",
        kind=said.kind,
        sku=said.sku or entry.sku,
        bucket=bucket,
        from_location=entry.from_location if left else ADJUSTMENT,
        to_location=ADJUSTMENT if left else entry.to_location,
        cost_of=None if left else entry_id(_number(said.document), moved_back),
        settles="",
    )
    return moved_back, anew


def _left(entry: Entry) -> bool:
    return entry.to_location == suspense(entry.warehouse)


def _number(document: str) -> str:
    return f"{document}{SETTLED}"


def _key(document: str) -> Key:
    return Key("documents", f"SUSPENSE#{document}", "HEAD")
