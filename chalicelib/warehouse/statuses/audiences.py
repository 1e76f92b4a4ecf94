"""An order's track as the channel or the buyer sees it. Pure.

Each row of the track is looked up in the table of the WMS it came from, or under its own kind; what
is hidden is left out, and what reads the same is shown once. The text that stands for the whole
order (`head`) is the one of highest rank, in time order, since the last that retracts: rows that
come late take their place in the track, and can only raise it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.orders.model import TrackRow
from chalicelib.warehouse.statuses.model import Audience, DocumentKind, Statuses, StatusRow, Text

RAW_KINDS = frozenset(
    {"step", "cancel_accepted", "cancel_refused", "rejected", "intercepted", "intercept_failed"}
)
"""Kinds of track rows whose text is the WMS's own code, where the WMS said it as a status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A row of the track as an audience reads it."""

    at: datetime
    text: Text
    waybill: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTrack:
    """What an audience sees of an order; no `head` before there is anything to see."""

    rows: tuple[Shown, ...]
    head: Shown | None


def shown_track(
    track: Iterable[TrackRow],
    audience: Audience,
    *,
    statuses_of: Callable[[str], Statuses],
    left_out: Collection[str] = (),
) -> ShownTrack:
    """The track of an order for an audience. `statuses_of` gives the table for a row's subject;
    steps of the subjects `left_out` aren't shown: fulfilments whose units have all gone to another
    warehouse, so that their end is none of the order's.
    """
    seen: list[tuple[Shown, StatusRow]] = []
    for row in sorted(track, key=lambda row: row.at):
        if row.subject in left_out and row.kind != "parcel":
            continue
        meant = _meant(row, statuses_of(row.subject))
        text = meant.text(audience)
        if text is not None:
            seen.append((_shown(row, text), meant))
    return ShownTrack(rows=_once([shown for shown, _ in seen]), head=_head(seen))


def _meant(row: TrackRow, statuses: Statuses) -> StatusRow:
    if row.kind in RAW_KINDS and row.text:
        return statuses.row(DocumentKind.DELIVERY, row.text)
    return statuses.row(DocumentKind.ORDER, row.kind)


def _shown(row: TrackRow, text: Text) -> Shown:
    return Shown(
        at=row.at,
        text=text,
        waybill=row.details.get("waybill", ""),
        carrier=row.details.get("carrier", ""),
    )


def _once(rows: Sequence[Shown]) -> tuple[Shown, ...]:
    """Each text once per waybill; without one only where no waybill has it."""
    with_waybill = {row.text.key for row in rows if row.waybill}
    first: dict[tuple[str, str], Shown] = {}
    for row in rows:
        if row.waybill or row.text.key not in with_waybill:
            first.setdefault((row.text.key, row.waybill), row)
    return tuple(first.values())


def _head(seen: Sequence[tuple[Shown, StatusRow]]) -> Shown | None:
    head: Shown | None = None
    rank = 0
    for shown, meant in seen:
        if meant.rank > rank or (meant.rank and meant.retracts):
            head, rank = shown, meant.rank
    return head
