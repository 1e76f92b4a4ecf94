"""Closing figures (期末库存): opening + in − out = closing, per SKU, and their files; pure.

Quantities are kept per inventory type. Value is kept per SKU, because a cost pool is one SKU in one
warehouse over all its types.

Which entries a closing holds is told by their sequences, which are dense: all up to one, but for
those that count for a later day (`ahead`), and those that were booked after it for its day or one
before (`late`). So an entry can neither be missed nor counted twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import msgspec

GZIP = 31
"""What zlib calls gzip with the largest window."""

GZIP_BEGINS = b"\x1f\x8b"


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


_READER = msgspec.json.Decoder(SkuClosing)


def write_rows(rows: Sequence[SkuClosing]) -> bytes:
    """One JSON line per SKU, by SKU, in gzip: the same rows give the same bytes."""
    encoder = msgspec.json.Encoder()
    ordered = sorted(rows, key=attrgetter("sku"))
    return packed(b"".join([encoder.encode(row) + b"\n" for row in ordered]))


def read_rows(body: bytes) -> list[SkuClosing]:
    """The inverse of `write_rows`; files from before they were gzip are read too."""
    plain = unpacked(body) if body.startswith(GZIP_BEGINS) else body
    return _READER.decode_lines(plain)


def packed(text: bytes) -> bytes:
    """In gzip, fast rather than small. No time and no name in it: the same text gives the same
    bytes.
    """
    packer = zlib.compressobj(level=1, wbits=GZIP)
    return packer.compress(text) + packer.flush()


def unpacked(body: bytes) -> bytes:
    """The inverse of `packed`."""
    return zlib.decompress(body, wbits=GZIP)
