"""What is on its way with a transfer: which pieces left by which entry, and what became of them.

| item | pk | sk |
| --- | --- | --- |
| what left, and how much of it was taken | `TRANSFER#<no>` | `TRANSIT` |
| which issues an arrival came from | `TRANSFER#<no>` | `ARRIVAL#<confirmation>` |

Goods that arrive are worth what their own issue cost, so each arriving piece is given an issue,
once: that is written down before it is booked, and booking it again reads what was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.exceptions import ExceptionCase, ExceptionKind, plan_exception
from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.writes import (
    Absent,
    ConditionFailed,
    Equals,
    Key,
    Put,
    Transaction,
    Write,
    Writes,
)
from chalicelib.movements.orders.confirming import Issued, listed
from chalicelib.movements.orders.model import Confirmation, ConfirmedLine
from chalicelib.movements.orders.posting import STALE_TRANSIT
from chalicelib.stock.model import EntryId, Kind, Movement
from chalicelib.stock.store import entry_id

TABLE = "documents"
TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Pieces that left by one entry; `taken` of them have arrived, or are lost."""

    entry: EntryId
    sku: str
    inventory_type: str
    batch: str
    quantity: int
    taken: int = 0

    @property
    def left(self) -> int:
        """Pieces still on their way."""
        return self.quantity - self.taken


@dataclass(frozen=True, slots=True, kw_only=True)
class InTransit:
    """A transfer's issues, in the order of leaving."""

    issues: tuple[Issue, ...] = ()
    version: int = 0

    @property
    def left(self) -> int:
        """Pieces still on their way."""
        return sum(issue.left for issue in self.issues)

    @property
    def taken(self) -> int:
        """Pieces that have arrived, or are lost."""
        return sum(issue.taken for issue in self.issues)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    issued: tuple[Issued, ...]


def transit_key(transfer: str) -> Key:
    return Key(TABLE, f"TRANSFER#{transfer}", "TRANSIT")


def arrival_key(transfer: str, confirmation: str) -> Key:
    return Key(TABLE, f"TRANSFER#{transfer}", f"ARRIVAL#{confirmation}")


def give_issues(
    lines: Sequence[ConfirmedLine], transit: InTransit
) -> tuple[tuple[Issued, ...], InTransit]:
    """Gives the pieces of each line issues of their SKU: first those of the same batch and
    inventory type, then the oldest. What is left over never left.
    """
    issues = list(transit.issues)
    issued: list[Issued] = []
    for line in lines:
        wanted = line.quantity
        like = sorted(range(len(issues)), key=lambda at: (*_unlike(issues[at], line), at))
        for at in like:
            pieces = min(wanted, issues[at].left) if issues[at].sku == line.sku else 0
            if pieces:
                given = Issued(line_no=line.line_no, issue=issues[at].entry, quantity=pieces)
                issued.append(given)
                issues[at] = replace(issues[at], taken=issues[at].taken + pieces)
                wanted -= pieces
    return tuple(issued), replace(transit, issues=tuple(issues), version=transit.version + 1)


def _unlike(issue: Issue, line: ConfirmedLine) -> tuple[bool, bool]:
    return (issue.batch != line.batch, issue.inventory_type != line.inventory_type)


class TransitBook:
    """Keeps what is on its way (`ports.Transit`)."""

    def __init__(self, *, items: Items, transaction: Transaction, clock: Clock) -> None:
        self._items = items
        self._transaction = transaction
        self._clock = clock

    def in_transit(self, transfer: str) -> InTransit:
        """What left with a transfer, and what became of it."""
        item = self._items.get(transit_key(transfer))
        return InTransit() if item is None else from_item(item, InTransit)

    def plan_left(self, transfer: str, document: str, movements: Sequence[Movement]) -> Writes:
        """Adds what a posted confirmation (`document`) of the out leg let out. Refusal:
        `stale_transit`.
        """
        issues = tuple(
            Issue(
                entry=entry_id(document, movement),
                sku=movement.sku,
                inventory_type=movement.inventory_type,
                batch=movement.batch,
                quantity=movement.quantity,
            )
            for movement in movements
            if movement.kind is Kind.TRANSFER_OUT
        )
        if not issues:
            return Writes()
        before = self.in_transit(transfer)
        after = InTransit(issues=before.issues + issues, version=before.version + 1)
        return Writes([put_transit(transfer, after)])

    def arrive(self, transfer: str, confirmation: Confirmation) -> Sequence[Issued]:
        """Which issues the pieces of an arrival came from; the same whenever it is asked again.
        Pieces that never left raise a case.
        """
        key = arrival_key(transfer, confirmation.id)
        for _ in range(TRIES):
            known = self._items.get(key)
            if known is not None:
                return from_item(known, _Arrival).issued
            lines = [line for line in confirmation.lines if line.order_line_no is not None]
            issued, after = give_issues(lines, self.in_transit(transfer))
            arrival = to_item(_Arrival(issued=issued))
            writes: list[Write] = [
                put_transit(transfer, after),
                Put(key=key, item=arrival, condition=Absent(), refusal="arrival_written"),
                *self._surplus(lines, issued, confirmation),
            ]
            try:
                self._transaction.commit(Writes(writes))
            except ConditionFailed:
                # Ours, whose answer was lost, or another arrival's: both are read next.
                continue
            return issued
        raise Unavailable(f"others keep changing what is on its way with {transfer}")

    def _surplus(
        self, lines: Sequence[ConfirmedLine], issued: Sequence[Issued], confirmation: Confirmation
    ) -> list[Write]:
        covered: dict[int, int] = {}
        for each in issued:
            covered[each.line_no] = covered.get(each.line_no, 0) + each.quantity
        more = [line.sku for line in lines if line.quantity > covered.get(line.line_no, 0)]
        if not more:
            return []
        kind = ExceptionKind.TRANSFER_SURPLUS
        case = ExceptionCase(
            id=f"{kind}:{confirmation.id}",
            kind=kind,
            document=confirmation.id,
            text=f"{listed(more)} arrived beyond what had left; booked from suspense",
            message_id=confirmation.message_id,
            raised_at=self._clock.now(),
        )
        return [plan_exception(case)]


def put_transit(transfer: str, after: InTransit) -> Write:
    """The next version of what is on its way. Refusal: `stale_transit`."""
    before = after.version - 1
    return Put(
        key=transit_key(transfer),
        item=to_item(after),
        condition=Equals("version", before) if before else Absent(),
        refusal=STALE_TRANSIT,
    )
