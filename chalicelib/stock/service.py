"""What other slices ask of stock: what is there, hold it back, let it go, book what moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.writes import Writes
from chalicelib.stock.listing import entry_page, wanting
from chalicelib.stock.model import Balance, Entry, Movement, Reservation, Unplaced
from chalicelib.stock.period_gate import PeriodGate
from chalicelib.stock.posting import MOST_ITEMS, Poster, Posting, items_taken, new_movements
from chalicelib.stock.reserving import new_reservation, reserving, void_quantities, voiding
from chalicelib.stock.standing import StandingPage, StandingState, standing_page
from chalicelib.stock.store import EntryPage, StockStore
from chalicelib.stock.supplied import Supplied, SuppliedBatch, read_supplied


class StockService:
    """Balances, reservations and the ledger. It plans; the caller commits.

    Posting has to be planned again when a balance moved on meanwhile:
    `planning.commit_replanning` does it.
    """

    def __init__(self, *, store: StockStore, gate: PeriodGate, clock: Clock) -> None:
        self._store = store
        self._gate = gate
        self._clock = clock

    # --- reads

    def available(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Good pieces that nobody has reserved, per (warehouse, SKU); 0 for what never moved."""
        found = self._store.balances(pairs)
        return {pair: found[pair].available if pair in found else 0 for pair in pairs}

    def balances(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Balance]:
        """Those of the (warehouse, SKU) pairs that have ever moved."""
        return self._store.balances(pairs)

    def balance_page(
        self, warehouse: str, bucket: int, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[Balance], str | None]:
        """The balances of a warehouse's bucket by SKU, and where to go on (None: that was all)."""
        return self._store.balance_page(warehouse, bucket, limit=limit, cursor=cursor)

    def entries_of(self, document: str) -> list[Entry]:
        """The ledger entries that a document led to."""
        return self._store.entries_of(document)

    def entries(
        self,
        *,
        warehouse: str,
        buckets: Iterable[int],
        sku: str = "",
        day: date | None = None,
        kind: str = "",
        limit: int = 100,
        cursor: str | None = None,
    ) -> EntryPage:
        """Entries of a warehouse: of a SKU (the newest first), of a day (of these buckets), or of
        both; of one kind or of all. A page may be short and still have a next one.
        """
        wanted = wanting(warehouse=warehouse, buckets=buckets, sku=sku, day=day, kind=kind)
        return entry_page(self._store, wanted, limit=limit, cursor=cursor)

    def standing(
        self,
        state: StandingState,
        *,
        warehouse: str = "",
        kind: Unplaced | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> StandingPage:
        """See `standing.standing_page`."""
        return standing_page(
            self._store.items, state, warehouse=warehouse, kind=kind, limit=limit, cursor=cursor
        )

    def reservation(self, reservation: str) -> Reservation | None:
        """A fulfilment's reservation; None if it never had one."""
        return self._store.reservation(reservation)

    def supplied(self, batches: Iterable[SuppliedBatch]) -> dict[SuppliedBatch, Supplied]:
        """What suppliers delivered of these batches, and took back."""
        return read_supplied(self._store.items, batches)

    # --- reservations

    def plan_reserve(
        self, *, reservation: str, warehouse: str, lines: Mapping[str, int], at: datetime
    ) -> Writes:
        """Holds back pieces per SKU (summed over the lines), all or nothing. Refusals:
        `short:<sku>` per SKU with too little (`reserving.shortages` reads them),
        `reserved_already`.
        """
        return reserving(new_reservation(reservation, warehouse=warehouse, lines=lines, at=at))

    def plan_void(
        self, *, reservation: str, at: datetime, lines: Mapping[str, int] | None = None
    ) -> Writes:
        """Gives back all open pieces, or those of `lines` (pieces per SKU, which have to be open).

        Nothing open: empty `Writes`, so voiding all twice is voiding once; voiding `lines` is not,
        its caller's own condition makes it once. Refusal: `stale_reservation`, plan again.
        """
        found = self._store.reservation(reservation)
        if found is None:
            raise NotFound("unknown_reservation", f"nothing is reserved for {reservation}")
        return voiding(found, void_quantities(found, lines), at)

    # --- the ledger

    def plan_post(
        self,
        *,
        document: str,
        movements: Sequence[Movement],
        posting_date: date,
        reservation: str | None = None,
        void_rest: bool = False,
        by_hand: bool = False,
        correlation: str | None = None,
    ) -> Posting:
        """Books a document's movements, as many as fit a transaction (`planning.in_chunks`).

        What is in the ledger already is left out, so it can be called again. They count for
        `posting_date` while its period takes them (`period_gate`; `by_hand`: a person with the role
        for it books into a period that is soft closed), else for today. Good stock that
        leaves takes the open pieces of `reservation` with it; `void_rest` gives the rest back (the
        warehouse's last word). More shipped than reserved, or than there is, is booked and told.
        Refusals, all to be planned again: `stale_balance`, `stale_reservation`, `entry_written`,
        `stale_standing`, `stale_period`.
        """
        if sum(map(items_taken, movements)) > MOST_ITEMS:
            raise ValueError(f"{len(movements)} movements don't fit a transaction")
        known = self._store.for_posting(document, movements, reservation)
        poster = Poster(
            document=document,
            balances=known.balances,
            reservation=known.reservation,
            at=self._clock.now(),
            standing=known.standing,
        )
        fresh = new_movements(document, movements, known.booked)
        places = (movement.warehouse for movement in fresh.values())
        admitted = self._gate.admit(list(fresh), places, posting_date, by_hand=by_hand)
        for identity, movement in fresh.items():
            poster.book(identity, movement, admitted.days[movement.warehouse])
        if void_rest:
            poster.void_rest()
        posting = poster.plan(correlation or document)
        return replace(posting, writes=posting.writes + admitted.writes)
