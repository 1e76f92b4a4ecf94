"""Whether a WMS's status table can be used: checked when it is put, and each time it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import permutations

import msgspec

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_code
from chalicelib.kernel.strict_json import read_json
from chalicelib.orders.states import PROGRESS, FulfilmentCancel, FulfilmentState
from chalicelib.warehouse.codes import DeliveryStatus, EntryStatus, ProcessStatus
from chalicelib.warehouse.statuses.defaults import CANCEL, DEFAULT_ROWS, FULFILMENT, OWN_KINDS
from chalicelib.warehouse.statuses.model import (
    Audience,
    DocumentKind,
    Effect,
    Notify,
    Statuses,
    StatusRow,
    StatusTable,
    Text,
    merged,
)

MOST_ROWS = 200
MOST_RANK = 99
LONGEST_TEXT = 30

AXES: Mapping[str, type[StrEnum]] = {FULFILMENT: FulfilmentState, CANCEL: FulfilmentCancel}
"""The axes that a status may speak of."""

_DECISIONS: Mapping[Effect, tuple[str, str]] = {
    Effect.CANCELLED: (CANCEL, FulfilmentCancel.ACCEPTED.value),
    Effect.CANCEL_REFUSED: (CANCEL, FulfilmentCancel.REFUSED.value),
    Effect.REJECTED: (FULFILMENT, FulfilmentState.REJECTED.value),
    Effect.INTERCEPTED: (CANCEL, FulfilmentCancel.INTERCEPTED.value),
    Effect.INTERCEPT_FAILED: (CANCEL, FulfilmentCancel.INTERCEPT_FAILED.value),
}

_FORWARDS = (
    FulfilmentState.ACCEPTED,
    FulfilmentState.PICKING,
    FulfilmentState.PACKED,
    FulfilmentState.READY,
    FulfilmentState.PART_SHIPPED,
    FulfilmentState.SHIPPED,
    FulfilmentState.SIGNED,
)
"""The states a fulfilment goes through; what is seen of them mustn't go the other way."""

_NEEDED: Mapping[DocumentKind, frozenset[str]] = {
    DocumentKind.DELIVERY: frozenset(map(str, (*ProcessStatus, *DeliveryStatus))),
    DocumentKind.ENTRY: frozenset(map(str, (*ProcessStatus, *EntryStatus))),
    DocumentKind.MOVEMENT: frozenset(map(str, (*ProcessStatus, *DeliveryStatus, *EntryStatus))),
    DocumentKind.ORDER: frozenset(OWN_KINDS),
}


class _Text(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    text: str


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    document: DocumentKind
    code: str
    effect: Effect = Effect.TRACK
    axis: str = ""
    state: str = ""
    rank: int = 0
    channel: _Text | None = None
    buyer: _Text | None = None
    notify: Notify = Notify.NONE
    retracts: bool = False


class _Statuses(msgspec.Struct, forbid_unknown_fields=True):
    rows: tuple[_Row, ...]
    version: int = 0


def parse_statuses(body: bytes, *, wms: str) -> StatusTable:
    """The table in a JSON body: {"version": the one it was made from, "rows": [{"document", "code",
    "effect", "axis", "state", "rank", "channel": {"key", "text"} or null, "buyer", "notify",
    "retracts"}]}; not yet checked by `statuses`.
    """
    given = read_json(body, _Statuses)
    return StatusTable(wms=wms, version=given.version, rows=tuple(map(_row, given.rows)))


def _row(given: _Row) -> StatusRow:
    return StatusRow(
        document=given.document,
        code=given.code,
        effect=given.effect,
        axis=given.axis,
        state=given.state,
        rank=given.rank,
        channel=_text(given.channel),
        buyer=_text(given.buyer),
        notify=given.notify,
        retracts=given.retracts,
    )


def _text(given: _Text | None) -> Text | None:
    return Text(key=given.key, text=given.text) if given else None


def statuses(table: StatusTable) -> Statuses:
    """The rows in force with this table. Refused if it couldn't be followed: a row that contradicts
    itself, a code twice, a status of the protocol without a row, two texts under one key, or what
    an audience sees going back while the fulfilment goes on.
    """
    if len(table.rows) > MOST_ROWS:
        raise Refused("malformed_statuses", f"at most {MOST_ROWS} rows", field="rows")
    seen: set[tuple[DocumentKind, str]] = set()
    for position, row in enumerate(table.rows):
        where = f"rows[{position}]"
        _check_row(row, where)
        if (row.document, row.code) in seen:
            raise Refused("duplicate_status", "two rows of one code", field=f"{where}.code")
        seen.add((row.document, row.code))
    found = merged(DEFAULT_ROWS, table)
    _check_whole(found)
    return found


def _check_row(row: StatusRow, where: str) -> None:
    if not is_code(row.code):
        raise Refused("malformed_status", "1-50 letters, digits, _ - .", field=f"{where}.code")
    states = AXES.get(row.axis)
    if row.axis and states is None:
        raise Refused("malformed_status", f"one of {', '.join(AXES)}", field=f"{where}.axis")
    if (states is None and row.state) or (states and row.state not in set(states)):
        raise Refused("malformed_status", "no state of the axis", field=f"{where}.state")
    if not _fits(row):
        text = f"{row.effect.value} doesn't go with this document, axis and state"
        raise Refused("malformed_status", text, field=f"{where}.effect")
    if not 0 <= row.rank <= MOST_RANK:
        raise Refused("malformed_status", f"0 to {MOST_RANK}", field=f"{where}.rank")
    if row.notify is Notify.BUYER and row.buyer is None:
        text = "the buyer can't be told what is hidden"
        raise Refused("malformed_status", text, field=f"{where}.notify")
    for name, shown in (("channel", row.channel), ("buyer", row.buyer)):
        if shown is not None and not _readable(shown):
            text = f"a key that is a code, a text of 1-{LONGEST_TEXT} characters"
            raise Refused("malformed_status", text, field=f"{where}.{name}")


def _readable(shown: Text) -> bool:
    plain = shown.text.strip() == shown.text and shown.text.isprintable()
    return is_code(shown.key) and 1 <= len(shown.text) <= LONGEST_TEXT and plain


def _fits(row: StatusRow) -> bool:
    """Whether the effect can be had of this document, and agrees with axis and state."""
    if row.effect in (Effect.TRACK, Effect.ALERT):
        return row.document is DocumentKind.DELIVERY or not row.axis
    if row.document is not DocumentKind.DELIVERY:
        # The axes are a fulfilment's; others can be cancelled by the WMS's word too.
        cancels = row.effect in (Effect.CANCELLED, Effect.CANCEL_REFUSED)
        return row.document is not DocumentKind.ORDER and cancels and not row.axis
    if row.effect is Effect.MOVE:
        return row.axis == FULFILMENT and row.state in set(PROGRESS)
    return (row.axis, row.state) == _DECISIONS[row.effect]


def _check_whole(found: Statuses) -> None:
    for document, codes in _NEEDED.items():
        missing = sorted(code for code in codes if (document, code) not in found.rows)
        if missing:
            text = f"{document.value} has no row for {', '.join(missing)}"
            raise Refused("statuses_incomplete", text, field="rows")
    for audience in (Audience.CHANNEL, Audience.BUYER):
        _check_texts(found.rows.values(), audience)
        _check_ranks(found.rows.values(), audience)


def _check_texts(rows: Iterable[StatusRow], audience: Audience) -> None:
    texts: dict[str, str] = {}
    for row in rows:
        shown = row.text(audience)
        if shown and texts.setdefault(shown.key, shown.text) != shown.text:
            text = f"{audience.value} has two texts under {shown.key}"
            raise Refused("malformed_statuses", text, field="rows")


def _check_ranks(rows: Iterable[StatusRow], audience: Audience) -> None:
    shown = [
        row
        for row in rows
        if row.text(audience) and row.rank and row.axis == FULFILMENT and row.state in _FORWARDS
    ]
    places = {state.value: place for place, state in enumerate(_FORWARDS)}
    for before, after in permutations(shown, 2):
        forwards = places[before.state] < places[after.state]
        if forwards and before.rank > after.rank and not after.retracts:
            text = f"{audience.value} would go back from {before.code} to {after.code}"
            raise Refused("rank_goes_back", text, field="rows")
