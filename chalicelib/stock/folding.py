"""Folding the entries of a day into closings; pure.

A close of a large day looks at a million entries, and needs little of each: its `Line`. A line is a
tuple, and what is done for each one is kept short, because that is what a close takes its time for
(`make bench-snapshot`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, TypeAlias

from chalicelib.kernel.money import Fen
from chalicelib.stock.closing import BooksDisagree, Flow, SkuClosing, nothing
from chalicelib.stock.costing import VARIANCE, ValueEntry
from chalicelib.stock.model import SELLABLE, Balance, Entry, inventory_type_at


class Line(NamedTuple):
    """What a closing has to know of an entry: positive pieces, `out_of` an inventory type of its
    warehouse (or "") `into` one (or ""). `value` is what it added to the stock's value in fen, None
    while it isn't costed, and `variance` the settling of an estimate.
    """

    sequence: int
    posting_date: date
    kind: str
    quantity: int
    out_of: str
    into: str
    value: Fen | None
    variance: Fen
    document: str
    entry: str

    @property
    def name(self) -> str:
        """What names the entry, as a line of text."""
        return f"{self.document}\t{self.entry}\n"


def ids_digest(names: Iterable[str], *, before: str = "") -> str:
    """The sha256 of entries' names by SKU and sequence; of those that were found later, that of the
    digest `before` and theirs.
    """
    return hashlib.sha256("".join([before, *names]).encode()).hexdigest()


def line_of(entry: Entry, values: Iterable[ValueEntry]) -> Line:
    """An entry with the value entries that it has."""
    worth = {each.record: each.value for each in values}
    variance = worth.pop(VARIANCE, 0)
    return Line(
        sequence=entry.sequence,
        posting_date=entry.posting_date,
        kind=entry.kind.value,
        quantity=entry.quantity,
        out_of=inventory_type_at(entry.from_location, entry.warehouse) or "",
        into=inventory_type_at(entry.to_location, entry.warehouse) or "",
        value=sum(worth.values()) if worth else None,
        variance=variance,
        document=entry.document,
        entry=entry.entry,
    )


Moves: TypeAlias = list[tuple[str, int]]
"""Kinds and signed figures."""


def next_closing(
    opening: SkuClosing, lines: Sequence[Line], *, sequence: int, ahead: Sequence[Line] = ()
) -> SkuClosing:
    """The closing of all entries up to a sequence: those of the last one, those that moved since
    (`lines`), but for those `ahead` that count for a later day.
    """
    pieces = _pieces(lines)
    names = sorted({*opening.quantities, *pieces}) if pieces else opening.quantities
    return SkuClosing(
        sku=opening.sku,
        sequence=sequence,
        quantities={name: _flow(_closing(opening, name), pieces.get(name, ())) for name in names},
        value=_flow(opening.value.closing, _worth(lines)),
        ahead=tuple(sorted(line.sequence for line in ahead)) if ahead else (),
    )


def restated(row: SkuClosing, *, before: Sequence[Line], of_day: Sequence[Line]) -> SkuClosing:
    """A closing with entries that were booked after it: those of days `before` raise its opening,
    those `of_day` what came and went.
    """
    earlier, moved = _pieces(before), _pieces(of_day)
    return replace(
        row,
        quantities={
            name: _restated(
                row.quantities.get(name, Flow()), earlier.get(name, ()), moved.get(name, ())
            )
            for name in sorted({*row.quantities, *earlier, *moved})
        },
        value=_restated(row.value, _worth(before), _worth(of_day)),
        late=tuple(sorted({*row.late, *(line.sequence for line in (*before, *of_day))})),
    )


def _restated(
    flow: Flow, before: Iterable[tuple[str, int]], moved: Sequence[tuple[str, int]]
) -> Flow:
    kept = [*flow.incoming.items(), *((kind, -out) for kind, out in flow.outgoing.items())]
    opening = flow.opening + sum(delta for _, delta in before)
    return _flow(opening, [*kept, *moved])


def _pieces(lines: Iterable[Line]) -> dict[str, Moves]:
    """Kinds and signed pieces by inventory type."""
    pieces: dict[str, Moves] = {}
    for line in lines:
        if line.into:
            pieces.setdefault(line.into, []).append((line.kind, line.quantity))
        if line.out_of:
            pieces.setdefault(line.out_of, []).append((line.kind, -line.quantity))
    return pieces


def _worth(lines: Iterable[Line]) -> Moves:
    """Kinds and signed fen; all of them are costed."""
    worth: Moves = []
    for line in lines:
        if line.value:
            worth.append((line.kind, line.value))
        if line.variance:
            worth.append((VARIANCE, line.variance))
    return worth


def _flow(opening: int, moved: Sequence[tuple[str, int]]) -> Flow:
    if not moved:
        return Flow(opening=opening, closing=opening)
    incoming: dict[str, int] = {}
    outgoing: dict[str, int] = {}
    closing = opening
    for kind, delta in moved:
        closing += delta
        if delta > 0:
            incoming[kind] = incoming.get(kind, 0) + delta
        elif delta:
            outgoing[kind] = outgoing.get(kind, 0) - delta
    return Flow(
        opening=opening,
        incoming=dict(sorted(incoming.items())) if len(incoming) > 1 else incoming,
        outgoing=dict(sorted(outgoing.items())) if len(outgoing) > 1 else outgoing,
        closing=closing,
    )


def _closing(row: SkuClosing, inventory_type: str) -> int:
    flow = row.quantities.get(inventory_type)
    return 0 if flow is None else flow.closing


def check_closing(
    row: SkuClosing, opening: SkuClosing, balance: Balance, *, ahead: Sequence[Line] = ()
) -> None:
    """Raises `BooksDisagree` unless the row adds up, begins where the last one ended, and is with
    what is `ahead` of it the balance; and unless what is free and reserved are the good pieces.
    """
    if not row.value.balanced():
        raise BooksDisagree(f"{row.sku} value: opening + in - out isn't closing")
    for name, flow in row.quantities.items():
        if not flow.balanced():
            raise BooksDisagree(f"{row.sku} {name}: opening + in - out isn't closing")
        if flow.opening != _closing(opening, name):
            raise BooksDisagree(f"{row.sku} {name}: opening isn't the last closing")
    if row.sequence != balance.version:
        raise BooksDisagree(f"{row.sku}: {row.sequence} entries seen of {balance.version}")
    if not leads_to(row, ahead, balance):
        kept = dict(balance.quantities)
        raise BooksDisagree(f"{row.sku}: the entries don't give what the balance has, {kept}")
    if balance.available + balance.reserved != balance.quantity(SELLABLE):
        raise BooksDisagree(f"{row.sku}: free and reserved pieces aren't the good ones")


def leads_to(row: SkuClosing, lines: Sequence[Line], balance: Balance) -> bool:
    """Whether a closing's pieces and those of the lines after it are the balance's."""
    left = {name: flow.closing for name, flow in row.quantities.items()}
    for line in lines:
        if line.into:
            left[line.into] = left.get(line.into, 0) + line.quantity
        if line.out_of:
            left[line.out_of] = left.get(line.out_of, 0) - line.quantity
    kept = balance.quantities
    if left == kept:
        return True
    return all(left.get(name, 0) == kept.get(name, 0) for name in {*left, *kept})


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A shard's closing rows by SKU, and the entries of its day: how many, and the digest of their
    names.
    """

    rows: Sequence[SkuClosing]
    entries: int
    ids: str


def fold(
    day: date,
    openings: Mapping[str, SkuClosing],
    balances: Mapping[str, Balance],
    new: Mapping[str, Sequence[Line]],
) -> Folded:
    """The closing of a day: per SKU its opening and the `new` lines that it doesn't hold, up to the
    balance, all costed but for those of later days. `BooksDisagree` where they don't add up.
    """
    rows: list[SkuClosing] = []
    names: list[str] = []
    for sku, lines in sorted(new.items()):
        opening, balance = openings.get(sku) or nothing(sku), balances[sku]
        moved, ahead = lines, list[Line]()
        if lines and max(line.posting_date for line in lines) > day:
            moved = [line for line in lines if line.posting_date <= day]
            ahead = [line for line in lines if line.posting_date > day]
        row = next_closing(opening, moved, sequence=balance.version, ahead=ahead)
        check_closing(row, opening, balance, ahead=ahead)
        names += [line.name for line in moved]
        if row.quantities:
            rows.append(row)
    return Folded(rows=rows, entries=len(names), ids=ids_digest(names))
