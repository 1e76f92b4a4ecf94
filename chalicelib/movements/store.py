"""The documents table's opening stocks and adjustments: keys, items, reads.

| item | pk | sk |
| --- | --- | --- |
| opening stock | `OPENING#<warehouse>` | `HEAD` |
| its lines, 50 an item | `OPENING#<warehouse>` | `LINES#<lines version>#<n>` |
| adjustment | `ADJUSTMENT#<number>` | `HEAD` |

gsi1 lists adjustments: `ADJUSTMENTS#<warehouse>#<state>` / time of acceptance and number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Update, Value
from chalicelib.movements.model import Adjustment, OpeningLine, OpeningStock
from chalicelib.movements.states import AdjustmentState

TABLE = "documents"
LINES_PER_ITEM = 50
STALE_OPENING = "stale_opening"
STALE_ADJUSTMENT = "stale_adjustment"
ADJUSTMENT_KNOWN = "adjustment_known"


def opening_key(warehouse: str) -> Key:
    return Key(TABLE, f"OPENING#{warehouse}", "HEAD")


def adjustment_key(number: str) -> Key:
    return Key(TABLE, f"ADJUSTMENT#{number}", "HEAD")


def put_opening(opening: OpeningStock) -> Put:
    """A first draft, or one that replaces the version before. Refusal: `stale_opening`."""
    return Put(
        key=opening_key(opening.warehouse),
        item=to_item(opening),
        condition=Absent() if opening.version == 1 else Equals("version", opening.version - 1),
        refusal=STALE_OPENING,
    )


def put_lines(opening: OpeningStock, lines: Sequence[OpeningLine]) -> list[Put]:
    """The lines of this version. Refusal: `stale_opening`, another draft took the version."""
    return [
        Put(
            key=Key(TABLE, f"OPENING#{opening.warehouse}", _lines_sk(opening, first)),
            item={"lines": [to_item(line) for line in lines[first : first + LINES_PER_ITEM]]},
            condition=Absent(),
            refusal=STALE_OPENING,
        )
        for first in range(0, len(lines), LINES_PER_ITEM)
    ]


def _lines_sk(opening: OpeningStock, first: int) -> str:
    return f"LINES#{opening.lines_version:04d}#{first:06d}"


def change_opening(opening: OpeningStock, changes: Mapping[str, Value]) -> Update:
    """Changes a head on the condition of its version. Refusal: `stale_opening`."""
    return Update(
        key=opening_key(opening.warehouse),
        condition=Equals("version", opening.version),
        refusal=STALE_OPENING,
        set={**changes, "version": opening.version + 1},
    )


def put_adjustment(adjustment: Adjustment) -> Put:
    """Refusal: `adjustment_known`."""
    return Put(
        key=adjustment_key(adjustment.number),
        item=to_item(adjustment) | _place(adjustment, adjustment.state),
        condition=Absent(),
        refusal=ADJUSTMENT_KNOWN,
    )


def move_adjustment(adjustment: Adjustment, state: AdjustmentState) -> Update:
    """Changes the state on the condition of the version. Refusal: `stale_adjustment`."""
    return Update(
        key=adjustment_key(adjustment.number),
        condition=Equals("version", adjustment.version),
        refusal=STALE_ADJUSTMENT,
        set={
            "state": state.value,
            "version": adjustment.version + 1,
            **_place(adjustment, state),
        },
    )


def _place(adjustment: Adjustment, state: AdjustmentState) -> dict[str, Value]:
    return {
        "gsi1pk": f"ADJUSTMENTS#{adjustment.warehouse}#{state.value}",
        "gsi1sk": f"{to_text(adjustment.accepted_at)}#{adjustment.number}",
    }


class MovementStore:
    """Reads of opening stocks and adjustments."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def opening(self, warehouse: str) -> OpeningStock | None:
        item = self._items.get(opening_key(warehouse))
        return None if item is None else from_item(item, OpeningStock)

    def opening_lines(self, opening: OpeningStock) -> list[OpeningLine]:
        """The lines of the version that counts, in their order."""
        prefix = f"LINES#{opening.lines_version:04d}#"
        pk = f"OPENING#{opening.warehouse}"
        items = query_all(self._items, TABLE, pk, prefix=prefix)
        return [from_item(line, OpeningLine) for item in items for line in _lines(item)]

    def adjustment(self, number: str) -> Adjustment:
        """One adjustment; `NotFound` if there is none."""
        item = self._items.get(adjustment_key(number))
        if item is None:
            raise NotFound("unknown_adjustment", f"there is no adjustment {number}")
        return from_item(item, Adjustment)

    def adjustments(self, warehouse: str, state: AdjustmentState) -> list[Adjustment]:
        """A warehouse's adjustments in a state by time, through the index."""
        pk = f"ADJUSTMENTS#{warehouse}#{state.value}"
        items = query_all(self._items, TABLE, pk, index="gsi1")
        return [from_item(item, Adjustment) for item in items]


def _lines(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(item["lines"])
