"""What stands in suspense, a row per document: so that people find it without looking at entries.

| item | pk | sk |
| --- | --- | --- |
| what a document left in suspense | `STANDING#<document>` | `HEAD` |

gsi1 lists them under `STANDING#<state>`, gsi2 under `STANDING#<warehouse>#<state>`, by the time of
the first entry. A row is written in the transaction of the entries it counts: pieces that come to
stand in suspense, and those that a later document takes out again (`Movement.settles`). Once as
many are out as came in it is SETTLED. The entries are the truth; nothing is decided by a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, picked, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put
from chalicelib.stock.model import Movement, Unplaced

STALE_STANDING = "stale_standing"


class StandingState(StrEnum):
    """Whether pieces of it still stand in suspense."""

    OPEN = "OPEN"
    SETTLED = "SETTLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a document left in suspense: `pieces` over all SKUs, whether they came or went, `taken`
    those that are out again. `since`: when the first of it was booked.
    """

    document: str
    warehouse: str
    kind: Unplaced
    since: datetime
    pieces: int = 0
    taken: int = 0
    settled_at: datetime | None = None
    version: int = 0

    @property
    def state(self) -> StandingState:
        """Settled once as many pieces are out as came in."""
        return StandingState.OPEN if self.taken < self.pieces else StandingState.SETTLED

    @property
    def left(self) -> int:
        """Pieces that still stand in suspense."""
        return self.pieces - self.taken


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPage:
    """Rows, the oldest first, and where to go on (None: that was all)."""

    rows: tuple[Standing, ...]
    next_cursor: str | None


def standing_key(document: str) -> Key:
    """Where the row of a document stands."""
    return Key("stock", f"STANDING#{document}", "HEAD")


def named(document: str, movements: Iterable[Movement]) -> set[str]:
    """The documents whose rows these movements change."""
    return {
        movement.settles or document
        for movement in movements
        if movement.settles or movement.unplaced is not None
    }


def standing_writes(
    document: str, fresh: Sequence[Movement], rows: Mapping[str, Standing], at: datetime
) -> list[Put]:
    """The rows after new movements; `rows` are those that were read. What was in suspense before
    there were rows has none, and taking it out makes none. Refusal: `stale_standing`.
    """
    after = dict(rows)
    for movement in fresh:
        if movement.settles in after:
            before = after[movement.settles]
            after[before.document] = replace(before, taken=before.taken + movement.quantity)
        elif movement.unplaced is not None:
            before = after.get(document) or Standing(
                document=document,
                warehouse=movement.warehouse,
                kind=movement.unplaced,
                since=at,
            )
            after[document] = replace(before, pieces=before.pieces + movement.quantity)
    return [_put(row, at) for name, row in sorted(after.items()) if rows.get(name) != row]


def _put(row: Standing, at: datetime) -> Put:
    settled = row.state is StandingState.SETTLED
    written = replace(
        row, version=row.version + 1, settled_at=(row.settled_at or at) if settled else None
    )
    place = f"{to_text(row.since)}#{row.document}"
    return Put(
        key=standing_key(row.document),
        item=to_item(written)
        | {
            "gsi1pk": f"STANDING#{row.state.value}",
            "gsi1sk": place,
            "gsi2pk": f"STANDING#{row.warehouse}#{row.state.value}",
            "gsi2sk": place,
        },
        condition=Equals("version", row.version) if row.version else Absent(),
        refusal=STALE_STANDING,
    )


def standing_page(
    items: Items,
    state: StandingState,
    *,
    warehouse: str = "",
    kind: Unplaced | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> StandingPage:
    """Rows of a state, the oldest first, through an index, so a moment late. Of a kind that is rare
    a page may hold fewer than there are; `next_cursor` says where to go on.
    """
    index = "gsi2" if warehouse else "gsi1"
    pk = f"STANDING#{warehouse}#{state.value}" if warehouse else f"STANDING#{state.value}"

    def read(most: int, after: str | None) -> tuple[Sequence[Standing], str | None]:
        page = items.query("stock", pk, index=index, limit=most, cursor=after)
        return [from_item(item, Standing) for item in page.items], page.next_cursor

    rows, following = picked(read, lambda row: kind in (None, row.kind), limit=limit, cursor=cursor)
    return StandingPage(rows=tuple(rows), next_cursor=following)
