"""From movements to ledger entries and what they change: pure, on what was read.

Each entry takes the next sequence of its (warehouse, SKU), which is the version of the balance; so
a balance changed in between refuses the whole transaction and the caller plans again. Reservations
change a balance without its version: they don't hold up posting, nor it them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import (
    Absent,
    AtLeast,
    Equals,
    Missing,
    Put,
    Update,
    Value,
    Write,
    Writes,
)
from chalicelib.stock.model import (
    SELLABLE,
    Balance,
    Entry,
    EntryId,
    Movement,
    Reservation,
    deltas_of,
    inventory_type_at,
    pool_id,
    supplier_at,
)
from chalicelib.stock.reserving import reservation_update
from chalicelib.stock.standing import Standing, standing_writes
from chalicelib.stock.store import (
    QUANTITY,
    balance_key,
    entry_id,
    entry_item,
    entry_key,
    listing_key,
)
from chalicelib.stock.supplied import supplied_writes

MOST_ITEMS = 88
"""Items that the movements of one transaction may take, which leaves 8 to the caller: the others
are the reservation, the event, and the two by which a period lets in what is told late.
"""

MOST_MOVEMENTS = 29
"""Movements of one transaction: each may take an entry, a balance and its place in the list. One
from or to a supplier takes a fourth item, for the sum of what he delivered, one from or to suspense
for the row that says so.
"""

STALE_BALANCE = "stale_balance"
ENTRY_WRITTEN = "entry_written"

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What posting plans. `entries` are the new ones; empty if all was booked before.

    `over` is pieces per SKU shipped beyond what the reservation still held; `below_zero` names
    the (warehouse, SKU, inventory type) that go negative. Both are booked all the same: it
    happened. A person should hear of it.
    """

    writes: Writes
    entries: tuple[Entry, ...]
    over: Mapping[str, int]
    below_zero: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class _Change:
    """What a posting adds to one balance."""

    before: Balance
    quantities: dict[str, int] = field(default_factory=dict)
    released: int = 0
    entries: int = 0


def new_movements(
    document: str, movements: Sequence[Movement], booked: Mapping[EntryId, Entry]
) -> dict[EntryId, Movement]:
    """The movements that aren't in the ledger yet, by their entry. One that is there with other
    content is a `Conflict`; two with one identity are a bug of the caller's.
    """
    fresh: dict[EntryId, Movement] = {}
    for movement in movements:
        identity = entry_id(document, movement)
        if identity in fresh:
            raise ValueError(f"two movements of one identity: {identity}")
        if identity not in booked:
            fresh[identity] = movement
        elif not _same(booked[identity], movement):
            raise Conflict("entry_differs", f"{identity.entry} is booked with other content")
    return fresh


def _same(entry: Entry, movement: Movement) -> bool:
    compared = ("warehouse", "sku", "quantity", "from_location", "to_location", "given_value")
    return all(getattr(entry, name) == getattr(movement, name) for name in compared)


def items_taken(movement: Movement) -> int:
    """The most items that booking a movement may write."""
    ends = (movement.from_location, movement.to_location)
    fourth = movement.in_suspense or any(supplier_at(end) is not None for end in ends)
    return 4 if fourth else 3


class Poster:
    """Builds one posting: `book` each movement, perhaps `void_rest`, then `plan`."""

    def __init__(
        self,
        *,
        document: str,
        balances: Mapping[Pair, Balance],
        reservation: Reservation | None,
        at: datetime,
        standing: Mapping[str, Standing],
    ) -> None:
        self._document = document
        self._standing = standing
        self._fresh: list[Movement] = []
        self._balances = balances
        self._reservation = reservation
        self._at = at
        self._open = dict(reservation.open) if reservation else {}
        self._posted: dict[str, int] = {}
        self._voided: dict[str, int] = {}
        self._over: dict[str, int] = {}
        self._changes: dict[Pair, _Change] = {}
        self._entries: list[Entry] = []

    def book(self, identity: EntryId, movement: Movement, posting_date: date) -> None:
        """Gives a movement its sequence and adds up what it changes."""
        self._fresh.append(movement)
        change = self._change((movement.warehouse, movement.sku), movement.bucket)
        change.entries += 1
        after = {}
        for inventory_type, delta in deltas_of(movement).items():
            change.quantities[inventory_type] = change.quantities.get(inventory_type, 0) + delta
            before = change.before.quantity(inventory_type)
            after[inventory_type] = before + change.quantities[inventory_type]
        self._consume(movement, change)
        self._entries.append(
            Entry(
                document=identity.document,
                entry=identity.entry,
                line=movement.line,
                kind=movement.kind,
                warehouse=movement.warehouse,
                sku=movement.sku,
                bucket=movement.bucket,
                quantity=movement.quantity,
                from_location=movement.from_location,
                to_location=movement.to_location,
                inventory_type=movement.inventory_type,
                batch=movement.batch,
                sequence=change.before.version + change.entries,
                posting_date=posting_date,
                occurred_at=movement.occurred_at,
                posted_at=self._at,
                source=movement.source,
                given_value=movement.given_value,
                cost_of=movement.cost_of,
                made_from=movement.made_from,
                after=after,
            )
        )

    def void_rest(self) -> None:
        """What the reservation still holds goes back to what is available."""
        if self._reservation is None:
            return
        for sku, quantity in self._open.items():
            if quantity:
                self._voided[sku] = quantity
                self._change((self._reservation.warehouse, sku), 0).released += quantity
        self._open = {}

    def plan(self, correlation: str) -> Posting:
        """Everything booked so far as one set of writes, with its event."""
        writes: list[Write] = [
            Put(
                key=entry_key(entry.id),
                item=entry_item(entry),
                condition=Absent(),
                refusal=ENTRY_WRITTEN,
            )
            for entry in self._entries
        ]
        for pair in sorted(self._changes):
            writes += _balance_writes(self._changes[pair])
        writes += supplied_writes(self._entries)
        writes += standing_writes(self._document, self._fresh, self._standing, self._at)
        if self._reservation is not None and (self._posted or self._voided):
            writes.append(
                reservation_update(
                    self._reservation, posted=self._posted, voided=self._voided, at=self._at
                )
            )
        return Posting(
            writes=Writes(writes, self._events(correlation)),
            entries=tuple(self._entries),
            over=dict(self._over),
            below_zero=tuple(self._below_zero()),
        )

    def _change(self, pair: Pair, bucket: int) -> _Change:
        if pair not in self._changes:
            unmoved = Balance(warehouse=pair[0], sku=pair[1], bucket=bucket)
            self._changes[pair] = _Change(before=self._balances.get(pair, unmoved))
        return self._changes[pair]

    def _consume(self, movement: Movement, change: _Change) -> None:
        """Good stock that leaves takes the reservation's open pieces with it, as far as they go."""
        reservation = self._reservation
        if reservation is None or reservation.warehouse != movement.warehouse:
            return
        if inventory_type_at(movement.from_location, movement.warehouse) != SELLABLE:
            return
        sku = movement.sku
        taken = min(movement.quantity, self._open.get(sku, 0))
        if taken:
            self._open[sku] -= taken
            self._posted[sku] = self._posted.get(sku, 0) + taken
            change.released += taken
        if taken < movement.quantity:
            self._over[sku] = self._over.get(sku, 0) + movement.quantity - taken

    def _below_zero(self) -> list[tuple[str, str, str]]:
        return [
            (*pair, inventory_type)
            for pair, change in sorted(self._changes.items())
            for inventory_type, delta in sorted(change.quantities.items())
            if delta < 0 and change.before.quantity(inventory_type) + delta < 0
        ]

    def _events(self, correlation: str) -> list[Event]:
        if not self._entries:
            return []
        pools = sorted({pool_id(entry.warehouse, entry.sku) for entry in self._entries})
        kinds = sorted({entry.kind.value for entry in self._entries})
        return [
            Event(
                id=f"EntriesPosted:{self._document}:{self._entries[0].entry}",
                kind="EntriesPosted",
                subject=self._document,
                occurred_at=self._at,
                correlation=correlation,
                data={"document": self._document, "pools": [*pools], "kinds": [*kinds]},
            )
        ]


def _balance_writes(change: _Change) -> list[Write]:
    before = change.before
    key = balance_key(before.warehouse, before.sku)
    add = {QUANTITY + name: delta for name, delta in sorted(change.quantities.items())}
    add["available"] = change.quantities.get(SELLABLE, 0) + change.released
    add["reserved"] = -change.released
    if not change.entries:
        held = AtLeast("reserved", change.released)
        refusal = f"not_reserved:{before.sku}"
        return [Update(key=key, condition=held, refusal=refusal, add=add)]
    moved: dict[str, Value] = {"version": before.version + change.entries}
    if before.version:
        current = Equals("version", before.version)
        return [Update(key=key, condition=current, refusal=STALE_BALANCE, set=moved, add=add)]
    names = to_item({"warehouse": before.warehouse, "sku": before.sku, "bucket": before.bucket})
    listing = listing_key(before.warehouse, before.bucket, before.sku)
    return [
        Update(
            key=key,
            condition=Missing("version"),
            refusal=STALE_BALANCE,
            set={**names, **moved},
            add=add,
        ),
        Put(key=listing, item={}, condition=Absent(), refusal=STALE_BALANCE),
    ]
