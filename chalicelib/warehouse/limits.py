"""How often, and how many at once, a warehouse system is called, over all containers.

One small item a WMS holds the calls that are under way and when the next one may begin; whoever
wants to call writes its next version, or waits. Who dies with a call gives it back by its lease. A
WMS without limits costs no request; one with them two a call, three where calls at once count.

The rate lets a tenth of a minute's calls go at once and spaces the rest, so that no minute,
whenever it begins, holds more than allowed (a bucket as in GCRA, ITU-T I.371, by its next free
moment).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.kernel.clock import Clock
from chalicelib.kernel.items import from_item, to_item
from chalicelib.kernel.writes import Absent, ConditionFailed, Equals, Put, Transaction, Writes
from chalicelib.warehouse.connections import Connection
from chalicelib.warehouse.model import LEASE_SECONDS
from chalicelib.warehouse.store import WarehouseStore, usage_key

TRIES = 8
MINUTE = timedelta(minutes=1)
CROWDED_SECONDS = 1.0
"""How long to wait where others were always faster."""

BUSY_SECONDS = 2.0
"""How long to wait for a call to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The calls under way, by holder, each until its lease ends; `next_at`: when the next call
    would be due if all were evenly spaced.
    """

    wms: str
    calls: Mapping[str, datetime] = field(default_factory=dict)
    next_at: datetime | None = None
    version: int = 0


def pause_of(usage: Usage, connection: Connection, now: datetime) -> float:
    """0: one more call may begin now. Else how many seconds to wait before asking again."""
    if connection.most_at_once and len(_living(usage, now)) >= connection.most_at_once:
        return BUSY_SECONDS
    if connection.calls_per_minute and usage.next_at is not None:
        burst, spacing = _pace(connection.calls_per_minute)
        return max(0.0, (usage.next_at - (burst - 1) * spacing - now).total_seconds())
    return 0.0


def begun(usage: Usage, connection: Connection, holder: str, now: datetime) -> Usage:
    """With one more call."""
    calls, next_at = dict(_living(usage, now)), usage.next_at
    if connection.most_at_once:
        calls[holder] = now + timedelta(seconds=LEASE_SECONDS)
    if connection.calls_per_minute:
        next_at = max(next_at or now, now) + _pace(connection.calls_per_minute)[1]
    return replace(usage, calls=calls, next_at=next_at, version=usage.version + 1)


def ended(usage: Usage, holder: str, now: datetime) -> Usage:
    """Without a call."""
    calls = {each: until for each, until in _living(usage, now).items() if each != holder}
    return replace(usage, calls=calls, version=usage.version + 1)


def _living(usage: Usage, now: datetime) -> Mapping[str, datetime]:
    return {holder: until for holder, until in usage.calls.items() if now < until}


def _pace(calls_per_minute: int) -> tuple[int, timedelta]:
    """How many may go at once, and how far apart the rest: burst + 60 s / spacing - 1 = limit."""
    burst = max(1, calls_per_minute // 10)
    return burst, MINUTE / (calls_per_minute - burst + 1)


class Limits:
    """Takes a call and gives it back."""

    def __init__(self, *, store: WarehouseStore, transaction: Transaction, clock: Clock) -> None:
        self._store = store
        self._transaction = transaction
        self._clock = clock

    def take(self, connection: Connection, holder: str) -> float:
        """0: the call is the holder's, to be given back. Else how many seconds to wait."""
        if not connection.most_at_once and not connection.calls_per_minute:
            return 0.0
        for _ in range(TRIES):
            usage, now = self._usage(connection.code), self._clock.now()
            if holder in usage.calls:
                # Our own write, whose answer was lost.
                return 0.0
            pause = pause_of(usage, connection, now)
            if pause or self._written(begun(usage, connection, holder, now)):
                return pause
        return CROWDED_SECONDS

    def give_back(self, connection: Connection, holder: str) -> None:
        """The call has ended. Where others are always faster, its lease ends it."""
        if not connection.most_at_once:
            return
        for _ in range(TRIES):
            usage = self._usage(connection.code)
            if holder not in usage.calls:
                return
            if self._written(ended(usage, holder, self._clock.now())):
                return

    def _usage(self, wms: str) -> Usage:
        item = self._store.usage_item(wms)
        return Usage(wms=wms) if item is None else from_item(item, Usage)

    def _written(self, usage: Usage) -> bool:
        fresh = usage.version == 1
        put = Put(
            key=usage_key(usage.wms),
            item=to_item(usage),
            condition=Absent() if fresh else Equals("version", usage.version - 1),
            refusal="stale_usage",
        )
        try:
            self._transaction.commit(Writes([put]))
        except ConditionFailed:
            return False
        return True
