"""How an event is kept in the outbox until its queues have it.

The row is the truth: it is written in the transaction of what happened, and deleted when every
queue that wants the event has taken it. The table's stream is only a wake-up; the sweeper reads
what is left by shard, oldest first.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.events import Event
from chalicelib.kernel.items import from_item, to_item
from chalicelib.kernel.writes import Absent, Delete, Equals, Key, Put

SHARDS = 8


def outbox_put(event: Event, now: datetime) -> Put:
    """The event's row. An event id that is still in the outbox is refused: it is the same event."""
    return Put(
        key=outbox_key(event.id),
        item=to_item(event) | {"written_at": to_text(now)},
        condition=Absent(),
        refusal="event_pending",
    )


def outbox_delete(event: Event) -> Delete:
    """Takes the row of an event that was sent, and no other: its id may have been written anew by
    what happened later.
    """
    happened = Equals("occurred_at", to_item(event)["occurred_at"])
    return Delete(key=outbox_key(event.id), condition=happened, refusal="gone")


def outbox_key(event_id: str) -> Key:
    """Spread over shards by the id, so that the sweeper can read them without a Scan."""
    return Key("outbox", shard_pk(zlib.crc32(event_id.encode()) % SHARDS), event_id)


def shard_pk(shard: int) -> str:
    """The partition of one shard."""
    return f"OUTBOX#{shard}"


def event_of(item: Mapping[str, Any]) -> Event:
    """The event of a row."""
    return from_item(item, Event)
