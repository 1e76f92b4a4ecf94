"""Closing figures (期末库存): opening + in − out = closing, per SKU; pure.

Quantities are kept per inventory type. Value is kept per SKU, because a cost pool is one SKU in one
warehouse over all its types.

Which entries a closing holds is told by their sequences, which are dense: all up to one, but for
those that count for a later day (`ahead`), and those that were booked after it for its day or one
before (`late`). So an entry can neither be missed nor counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from chalicelib.stock.costing import VARIANCE, ValueEntry
from chalicelib.stock.model import SELLABLE, Balance, Entry


class BooksDisagree(Exception):
    """An invariant of the books doesn't hold: a bug of ours, never a caller's doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What there was, what came and went by kind (positive figures), what is there."""

    opening: int = 0
    incoming: Mapping[str, int] = field(default_factory=dict)
    outgoing: Mapping[str, int] = field(default_factory=dict)
    closing: int = 0

    def balanced(self) -> bool:
        """Whether opening + in − out = closing."""
        moved = sum(self.incoming.values()) - sum(self.outgoing.values())
        return self.opening + moved == self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class SkuClosing:
    """One SKU's figures of a day, of the entries up to this `sequence` but for those `ahead` of it,
    and of the `late` ones: pieces per inventory type, value in fen.
    """

    sku: str
    sequence: int
    quantities: Mapping[str, Flow]
    value: Flow
    ahead: tuple[int, ...] = ()
    late: tuple[int, ...] = ()

    def has(self, sequence: int) -> bool:
        """Whether it holds the entry with this sequence."""
        early = sequence <= self.sequence and sequence not in self.ahead
        return early or sequence in self.late

    @property
    def whole_until(self) -> int:
        """The sequence up to which it holds every entry."""
        return min(self.ahead) - 1 if self.ahead else self.sequence


def nothing(sku: str) -> SkuClosing:
    """The closing of a SKU that hasn't moved yet."""
    return SkuClosing(sku=sku, sequence=0, quantities={}, value=Flow())


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Entries with the values that they have."""

    entries: Sequence[Entry] = ()
    values: Sequence[ValueEntry] = ()

    @property
    def pieces(self) -> dict[str, list[tuple[str, int]]]:
        """Kind and signed pieces by inventory type."""
        pieces: dict[str, list[tuple[str, int]]] = {}
        for entry in self.entries:
            for inventory_type, delta in entry.deltas().items():
                pieces.setdefault(inventory_type, []).append((entry.kind.value, delta))
        return pieces

    @property
    def worth(self) -> list[tuple[str, int]]:
        """Kind and signed fen."""
        return [(_value_kind(value), value.value) for value in self.values]


def next_closing(
    opening: SkuClosing, moved: Moved, *, sequence: int, ahead: Sequence[Entry] = ()
) -> SkuClosing:
    """The closing of all entries up to a sequence: those of the last one, those that `moved` since,
    but for those `ahead` that count for a later day.
    """
    pieces = moved.pieces
    return SkuClosing(
        sku=opening.sku,
        sequence=sequence,
        quantities={
            name: _flow(_closing(opening, name), pieces.get(name, []))
            for name in sorted({*opening.quantities, *pieces})
        },
        value=_flow(opening.value.closing, moved.worth),
        ahead=tuple(sorted(entry.sequence for entry in ahead)),
    )


def restated(row: SkuClosing, *, before: Moved, of_day: Moved) -> SkuClosing:
    """A closing with entries that were booked after it: those of days `before` raise its opening,
    those `of_day` what came and went.
    """
    earlier, moved = before.pieces, of_day.pieces
    return replace(
        row,
        quantities={
            name: _restated(
                row.quantities.get(name, Flow()), earlier.get(name, []), moved.get(name, [])
            )
            for name in sorted({*row.quantities, *earlier, *moved})
        },
        value=_restated(row.value, before.worth, of_day.worth),
        late=tuple(
            sorted({*row.late, *(each.sequence for each in (*before.entries, *of_day.entries))})
        ),
    )


def _restated(
    flow: Flow, before: Iterable[tuple[str, int]], moved: Iterable[tuple[str, int]]
) -> Flow:
    kept = [*flow.incoming.items(), *((kind, -out) for kind, out in flow.outgoing.items())]
    opening = flow.opening + sum(delta for _, delta in before)
    return _flow(opening, [*kept, *moved])


def _closing(row: SkuClosing, inventory_type: str) -> int:
    return row.quantities[inventory_type].closing if inventory_type in row.quantities else 0


def _value_kind(value: ValueEntry) -> str:
    return VARIANCE if value.record == VARIANCE else value.kind.value


def _flow(opening: int, moved: Iterable[tuple[str, int]]) -> Flow:
    incoming: dict[str, int] = {}
    outgoing: dict[str, int] = {}
    closing = opening
    for kind, delta in moved:
        closing += delta
        side = incoming if delta > 0 else outgoing
        if delta:
            side[kind] = side.get(kind, 0) + abs(delta)
    return Flow(
        opening=opening,
        incoming=dict(sorted(incoming.items())),
        outgoing=dict(sorted(outgoing.items())),
        closing=closing,
    )


def check_closing(
    row: SkuClosing, opening: SkuClosing, balance: Balance, *, ahead: Sequence[Entry] = ()
) -> None:
    """Raises `BooksDisagree` unless the row adds up, begins where the last one ended, and is with
    what is `ahead` of it the balance; and unless what is free and reserved are the good pieces.
    """
    for name, flow in {**row.quantities, "value": row.value}.items():
        if not flow.balanced():
            raise BooksDisagree(f"{row.sku} {name}: opening + in - out isn't closing")
    for name, flow in row.quantities.items():
        if flow.opening != _closing(opening, name):
            raise BooksDisagree(f"{row.sku} {name}: opening isn't the last closing")
    if row.sequence != balance.version:
        raise BooksDisagree(f"{row.sku}: {row.sequence} entries seen of {balance.version}")
    later = Moved(entries=ahead).pieces
    sums = {
        name: _closing(row, name) + sum(delta for _, delta in later.get(name, []))
        for name in {*row.quantities, *later}
    }
    found = {name: pieces for name, pieces in sums.items() if pieces}
    kept = {name: pieces for name, pieces in balance.quantities.items() if pieces}
    if found != kept:
        raise BooksDisagree(f"{row.sku}: the entries give {found}, the balance {kept}")
    if balance.available + balance.reserved != balance.quantity(SELLABLE):
        raise BooksDisagree(f"{row.sku}: free and reserved pieces aren't the good ones")


def totals(flows: Iterable[Flow]) -> dict[str, int]:
    """Opening, in, out and closing over many rows."""
    total = {"opening": 0, "incoming": 0, "outgoing": 0, "closing": 0}
    for flow in flows:
        total["opening"] += flow.opening
        total["incoming"] += sum(flow.incoming.values())
        total["outgoing"] += sum(flow.outgoing.values())
        total["closing"] += flow.closing
    return total


def below_zero(rows: Iterable[SkuClosing]) -> list[str]:
    """`<sku>:<inventory type>` of which there are fewer pieces than none."""
    return [
        f"{row.sku}:{name}"
        for row in rows
        for name, flow in row.quantities.items()
        if flow.closing < 0
    ]


def write_rows(rows: Sequence[SkuClosing]) -> bytes:
    """One JSON line per SKU, by SKU: the same rows give the same bytes."""
    encoder = msgspec.json.Encoder()
    ordered = sorted(rows, key=lambda row: row.sku)
    return b"".join(encoder.encode(row) + b"\n" for row in ordered)


def read_rows(body: bytes) -> list[SkuClosing]:
    """The inverse of `write_rows`."""
    decoder = msgspec.json.Decoder(SkuClosing)
    return [decoder.decode(line) for line in body.splitlines()]
