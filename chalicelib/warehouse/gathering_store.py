"""What is gathered to go together, SKUs or delivery orders, and whose turn it is to send it.

| item | pk | sk |
| --- | --- | --- |
| whose turn it is | `GATHERING#<wms>` | kind of dispatch |

What is gathered are dispatches in the index `GATHERED#<wms>#<kind>` (`store`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.items import Items, from_item, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put
from chalicelib.warehouse.model import DispatchKind

TABLE = "documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Who sends what is gathered of a kind for a WMS: `sender`, until `until`. `slot` is the last
    span of seconds (counted from 1970) of which that has been announced to a sender.
    """

    wms: str
    kind: DispatchKind
    slot: int = 0
    sender: str = ""
    until: datetime | None = None
    version: int = 0


def turn_key(wms: str, kind: DispatchKind) -> Key:
    """Whose turn it is to send what is gathered."""
    return Key(TABLE, f"GATHERING#{wms}", kind.value)


class Gatherings:
    """Reads of what is gathered."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def waiting(self, wms: str, kind: DispatchKind, *, limit: int) -> list[str]:
        """Ids of dispatches that are to go with others, the longest waiting first; through an
        index, so a moment late.
        """
        page = self._items.query(TABLE, f"GATHERED#{wms}#{kind}", index="gsi1", limit=limit)
        return [str(item["id"]) for item in page.items]

    def turn(self, wms: str, kind: DispatchKind) -> Turn:
        """Whose turn it is; a new one where nothing was gathered yet."""
        item = self._items.get(turn_key(wms, kind))
        return Turn(wms=wms, kind=kind) if item is None else from_item(item, Turn)


def put_turn(turn: Turn) -> Put:
    """The next version of whose turn it is."""
    fresh = turn.version == 1
    return Put(
        key=turn_key(turn.wms, turn.kind),
        item=to_item(turn),
        condition=Absent() if fresh else Equals("version", turn.version - 1),
        refusal="stale_gathering",
    )
