"""Closing figures (期末库存): opening + in − out = closing, per SKU; pure.

Quantities are kept per inventory type. Value is kept per SKU, because a cost pool is one SKU in one
warehouse over all its types. A day's entries of a SKU are a run of its dense sequence, so a closing
names the sequence it reaches, and the next one begins right behind it: an entry can neither be
missed nor counted twice, also one that was booked late.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from chalicelib.stock.costing import VARIANCE, ValueEntry
from chalicelib.stock.model import Balance, Entry


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
    """One SKU's figures of a day, up to the entry with this sequence: pieces per inventory type,
    value in fen.
    """

    sku: str
    sequence: int
    quantities: Mapping[str, Flow]
    value: Flow


def next_closing(
    sku: str,
    opening: SkuClosing | None,
    entries: Sequence[Entry],
    values: Iterable[ValueEntry],
) -> SkuClosing:
    """The closing after these entries, which continue the opening's sequence without a gap."""
    sequence = opening.sequence if opening else 0
    pieces: dict[str, list[tuple[str, int]]] = {}
    for entry in entries:
        if entry.sequence != sequence + 1:
            raise BooksDisagree(f"{sku}: entry {sequence + 1} is missing before {entry.sequence}")
        sequence = entry.sequence
        for inventory_type, delta in entry.deltas().items():
            pieces.setdefault(inventory_type, []).append((entry.kind.value, delta))
    openings = opening.quantities if opening else {}
    worth = [(_value_kind(value), value.value) for value in values]
    return SkuClosing(
        sku=sku,
        sequence=sequence,
        quantities={
            name: _flow(openings[name].closing if name in openings else 0, pieces.get(name, []))
            for name in sorted({*openings, *pieces})
        },
        value=_flow(opening.value.closing if opening else 0, worth),
    )


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


def check_closing(row: SkuClosing, opening: SkuClosing | None, balance: Balance) -> None:
    """Raises `BooksDisagree` unless the row adds up, begins where the last one ended, and agrees
    with the balance where that hasn't moved on.
    """
    for name, flow in {**row.quantities, "value": row.value}.items():
        if not flow.balanced():
            raise BooksDisagree(f"{row.sku} {name}: opening + in - out isn't closing")
    before = opening.quantities if opening else {}
    for name, flow in row.quantities.items():
        if flow.opening != (before[name].closing if name in before else 0):
            raise BooksDisagree(f"{row.sku} {name}: opening isn't the last closing")
    if row.sequence == balance.version:
        closings = {name: flow.closing for name, flow in row.quantities.items() if flow.closing}
        kept = {name: pieces for name, pieces in balance.quantities.items() if pieces}
        if closings != kept:
            raise BooksDisagree(f"{row.sku}: closing {closings} isn't the balance {kept}")


def totals(flows: Iterable[Flow]) -> dict[str, int]:
    """Opening, in, out and closing over many rows."""
    total = {"opening": 0, "incoming": 0, "outgoing": 0, "closing": 0}
    for flow in flows:
        total["opening"] += flow.opening
        total["incoming"] += sum(flow.incoming.values())
        total["outgoing"] += sum(flow.outgoing.values())
        total["closing"] += flow.closing
    return total


def write_rows(rows: Sequence[SkuClosing]) -> bytes:
    """One JSON line per SKU, by SKU: the same rows give the same bytes."""
    encoder = msgspec.json.Encoder()
    ordered = sorted(rows, key=lambda row: row.sku)
    return b"".join(encoder.encode(row) + b"\n" for row in ordered)


def read_rows(body: bytes) -> list[SkuClosing]:
    """The inverse of `write_rows`."""
    decoder = msgspec.json.Decoder(SkuClosing)
    return [decoder.decode(line) for line in body.splitlines()]
