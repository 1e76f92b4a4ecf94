"""A parcel that is nobody's, ended by a person: taken into stock as goods that were found, sent
back to its sender, or disposed of.

The person's word is accepted once, with the reason, and settles the parcel's case; then a worker
books it under the parcel's id with `-E`. Either way the booking in suspense is taken back; what was
found comes from the adjustment location instead, as a surplus of the same inventory type and value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from chalicelib.kernel.clock import Clock, business_date
from chalicelib.kernel.errors import Conflict, NotFound, Refused, Unavailable
from chalicelib.kernel.exception_book import STALE_EXCEPTION, ExceptionBook
from chalicelib.kernel.masking import mask_mobiles
from chalicelib.kernel.writes import ConditionFailed, Transaction, Writes
from chalicelib.orders.ports import Catalog
from chalicelib.orders.returns.events import parcel_ended
from chalicelib.orders.returns.model import ENDED, ReturnedLine, UnclaimedParcel
from chalicelib.orders.returns.rows import STALE_PARCEL, change_parcel
from chalicelib.orders.returns.states import ENDS, UNCLAIMED, UnclaimedState
from chalicelib.orders.returns.store import ReturnStore
from chalicelib.stock.model import ADJUSTMENT, Kind, Movement, suspense, warehouse
from chalicelib.stock.planning import commit_replanning, in_chunks, plan_below_zero
from chalicelib.stock.service import StockService
from chalicelib.stock.store import entry_id

TRIES = 8


class Finishing:
    """`end`, for a person, and `post_ended`, for the worker that its event wakes."""

    def __init__(
        self,
        *,
        store: ReturnStore,
        transaction: Transaction,
        clock: Clock,
        catalog: Catalog,
        stock: StockService,
        exceptions: ExceptionBook,
    ) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock
        self._catalog = catalog
        self._stock = stock
        self._exceptions = exceptions

    def end(self, parcel_id: str, how: UnclaimedState, *, by: str, because: str) -> UnclaimedParcel:
        """Ends it as one of `ENDS`, once; said again the same, it changes nothing. What looks like
        a mobile number in the reason is masked.

        `Refused` (`unknown_sku`): goods that are no SKU of ours can't be taken into stock.
        `Conflict`: it was matched (`parcel_matched`), or ended otherwise (`parcel_ended`).
        """
        for _ in range(TRIES):
            parcel = self._parcel(parcel_id)
            if parcel.state is how:
                return parcel
            if parcel.state is UnclaimedState.MATCHED:
                raise Conflict("parcel_matched", "it was matched to a return")
            if parcel.state in ENDS:
                raise Conflict("parcel_ended", f"it is {parcel.state.value} already")
            try:
                self._transaction.commit(self._plan_end(parcel, how, by, because))
            except ConditionFailed as failed:
                if not {STALE_PARCEL, STALE_EXCEPTION} & set(failed.refusals):
                    raise
        raise Unavailable(f"parcel {parcel_id} was changed by others {TRIES} times")

    def post_ended(self, parcel_id: str) -> UnclaimedParcel:
        """Books what was said; again it does nothing."""
        parcel = self._parcel(parcel_id)
        if parcel.ended_at is None:
            raise Refused("not_ended", "nobody has ended this parcel")
        buckets = self._catalog.buckets_of({line.sku for line in parcel.lines})
        for chunk in in_chunks(ended_movements(parcel, buckets)):
            commit_replanning(self._transaction, partial(self._plan_chunk, parcel, chunk))
        return parcel

    def _parcel(self, parcel_id: str) -> UnclaimedParcel:
        found = self._store.parcel(parcel_id)
        if found is None:
            raise NotFound("unknown_parcel", "there is no such parcel")
        return found

    def _plan_end(
        self, parcel: UnclaimedParcel, how: UnclaimedState, by: str, because: str
    ) -> Writes:
        if how is UnclaimedState.TAKEN_IN:
            self._check_ours(parcel)
        now = self._clock.now()
        ended = replace(
            parcel,
            state=UNCLAIMED.advance(parcel.state, ENDS[how]),
            ended_by=by,
            ended_because=mask_mobiles(because),
            ended_at=now,
        )
        writes = Writes([change_parcel(ended)], [parcel_ended(ended, now)])
        return writes + self._exceptions.plan_settled(parcel.case, by=by, because=because)

    def _check_ours(self, parcel: UnclaimedParcel) -> None:
        skus = {line.sku for line in parcel.lines}
        foreign = sorted(skus - set(self._catalog.skus(skus)))
        if foreign:
            raise Refused("unknown_sku", f"no SKU of ours: {', '.join(foreign)}", field="as")

    def _plan_chunk(self, parcel: UnclaimedParcel, chunk: Sequence[Movement]) -> Writes:
        ended_at = parcel.ended_at or self._clock.now()
        zone = self._catalog.warehouse(parcel.warehouse).zone
        posting = self._stock.plan_post(
            document=_document(parcel),
            movements=chunk,
            posting_date=business_date(ended_at, zone),
            correlation=parcel.order_no or parcel.id,
        )
        return posting.writes + plan_below_zero(
            posting, _document(parcel), message_id=parcel.message_id, at=self._clock.now()
        )


def ended_movements(parcel: UnclaimedParcel, buckets: Mapping[str, int]) -> list[Movement]:
    """A parcel that was ended, line by line: out of the warehouse into suspense, whence it came,
    and, if it is taken in, back again as a surplus of the same value.
    """
    movements: list[Movement] = []
    for line in parcel.lines:
        if line.quantity <= 0:
            continue
        back = _taken_back(parcel, line, buckets[line.sku])
        movements.append(back)
        if parcel.state is UnclaimedState.TAKEN_IN:
            found = replace(
                back,
                line=f"{line.line_no}-found",
                kind=Kind.SURPLUS,
                from_location=ADJUSTMENT,
                to_location=back.from_location,
                cost_of=entry_id(_document(parcel), back),
                settles="",
            )
            movements.append(found)
    return movements


def _taken_back(parcel: UnclaimedParcel, line: ReturnedLine, bucket: int) -> Movement:
    return Movement(
        line=f"{line.line_no}-back",
        kind=Kind.SUSPENSE,
        warehouse=parcel.warehouse,
        sku=line.sku,
        bucket=bucket,
        quantity=line.quantity,
        from_location=warehouse(parcel.warehouse, line.inventory_type),
        to_location=suspense(parcel.warehouse),
        occurred_at=parcel.ended_at or parcel.occurred_at,
        source=line.source,
        batch=line.batch,
        settles=parcel.id,
    )


def _document(parcel: UnclaimedParcel) -> str:
    return f"{parcel.id}{ENDED}"
