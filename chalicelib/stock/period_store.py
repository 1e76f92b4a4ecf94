"""The stock table's periods: keys, items, reads, and the writes that close and reopen them.

| item | pk | sk |
| --- | --- | --- |
| period as it is | `PERIODS` | `<period>` |
| … each version of it | `PERIOD#<period>` | `VERSION#<n>` |
| … its gates | `PERIOD#<period>` | `GATE#<n>` |
| what was told late for it | `PERIOD#<period>` | `LATE#<booked at>#<document>#<entry>` |

A period that nobody ever closed has no row: it is open.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import (
    Absent,
    AllOf,
    AnyOf,
    Check,
    Condition,
    Equals,
    Exists,
    Key,
    OneOf,
    Put,
    Update,
    Write,
)
from chalicelib.stock.periods import (
    GATES,
    Gate,
    LatePosting,
    Period,
    PeriodVersion,
)
from chalicelib.stock.states import PeriodState
from chalicelib.stock.store import TABLE

STALE_PERIOD = "stale_period"
PERIOD_MOVED = "period_moved"

CLOSED = (PeriodState.SOFT_CLOSED, PeriodState.HARD_CLOSED)


def period_key(period: Period) -> Key:
    """A period as it is."""
    return Key(TABLE, "PERIODS", str(period))


def gate_key(period: Period, number: int) -> Key:
    return Key(TABLE, _pk(period), f"GATE#{number:02d}")


def gate_of(document: str) -> int:
    """The gate that a document's postings go through."""
    return zlib.crc32(document.encode()) % GATES


def is_open() -> Condition:
    """A period's row, or a gate, says that it is open, or isn't there."""
    return AnyOf((Absent(), Equals("state", PeriodState.OPEN.value)))


def passing(period: Period, gate: Gate, late: LatePosting) -> list[Write]:
    """What a posting carries that counts for a period which is over. Refusal: `stale_period`, the
    period was closed or reopened meanwhile.
    """
    shut = Equals("state", PeriodState.SOFT_CLOSED.value)
    through = Update(
        key=gate_key(period, gate.number),
        condition=shut if late.by_hand else is_open(),
        refusal=STALE_PERIOD,
        set={"number": gate.number, "state": gate.state.value},
        add={"postings": 1},
    )
    place = f"LATE#{to_text(late.posted_at)}#{late.document}#{late.entries[0]}"
    told = Put(
        key=Key(TABLE, _pk(period), place),
        item=to_item(late),
        condition=Absent(),
        refusal=STALE_PERIOD,
    )
    return [through, told]


def put_version(version: PeriodVersion, period: Period) -> list[Write]:
    """The next version of a period, as what it is now and for good. Refusal: `period_moved`."""
    item = to_item(version)
    head = Absent() if version.version == 1 else Equals("version", version.version - 1)
    kept = Key(TABLE, _pk(period), f"VERSION#{version.version:04d}")
    return [
        Put(key=period_key(period), item=item, condition=head, refusal=PERIOD_MOVED),
        Put(key=kept, item=item, condition=Absent(), refusal=PERIOD_MOVED),
    ]


def turn_gates(period: Period, state: PeriodState, known: Mapping[int, Gate]) -> list[Write]:
    """All gates of a period in a new state. One that is shut for good is as it was read: nobody has
    booked through it since. Refusal: `period_moved`.
    """
    return [
        Put(
            key=gate_key(period, number),
            item=to_item(Gate(number=number, state=state)),
            condition=_as_read(state, known.get(number)),
            refusal=PERIOD_MOVED,
        )
        for number in range(GATES)
    ]


def _as_read(state: PeriodState, gate: Gate | None) -> Condition:
    if gate is None or state is not PeriodState.HARD_CLOSED:
        return AnyOf((Absent(), Exists()))
    return AllOf((Equals("state", gate.state.value), Equals("postings", gate.postings)))


def neighbour(period: Period, *states: PeriodState) -> Check:
    """The period beside the one that changes is still in one of these states. Refusal:
    `period_moved`.
    """
    condition: Condition = OneOf("state", tuple(each.value for each in states))
    if PeriodState.OPEN in states:
        condition = AnyOf((Absent(), condition))
    return Check(key=period_key(period), condition=condition, refusal=PERIOD_MOVED)


class PeriodStore:
    """Reads, all consistent."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def head(self, period: Period) -> PeriodVersion | None:
        """A period as it is; None where nobody ever closed it."""
        item = self._items.get(period_key(period))
        return None if item is None else from_item(item, PeriodVersion)

    def state(self, period: Period) -> PeriodState:
        """Whether it is open."""
        head = self.head(period)
        return head.state if head else PeriodState.OPEN

    def heads(self, *, limit: int, cursor: str | None) -> tuple[list[PeriodVersion], str | None]:
        """Those that were ever closed, the newest month first, and where to go on."""
        page = self._items.query(TABLE, "PERIODS", limit=limit, cursor=cursor, forward=False)
        return [from_item(item, PeriodVersion) for item in page.items], page.next_cursor

    def versions(self, period: Period) -> list[PeriodVersion]:
        """All versions of a period, the first one first."""
        items = query_all(self._items, TABLE, _pk(period), prefix="VERSION#")
        return [from_item(item, PeriodVersion) for item in items]

    def gate(self, period: Period, number: int) -> Gate:
        """One gate; open where it was never shut."""
        item = self._items.get(gate_key(period, number))
        return Gate(number=number) if item is None else from_item(item, Gate)

    def gates(self, period: Period) -> dict[int, Gate]:
        """The gates that were ever shut."""
        found = (from_item(item, Gate) for item in _rows(self._items, period, "GATE#"))
        return {gate.number: gate for gate in found}

    def told_late(
        self, period: Period, *, since: datetime, limit: int
    ) -> tuple[list[LatePosting], bool]:
        """What was booked for a period from a moment on, and whether there is more than `limit`."""
        page = self._items.query(
            TABLE, _pk(period), since=f"LATE#{to_text(since)}", until="LATE#~", limit=limit
        )
        return [from_item(item, LatePosting) for item in page.items], page.next_cursor is not None


def _rows(items: Items, period: Period, prefix: str) -> Iterable[Mapping[str, object]]:
    return query_all(items, TABLE, _pk(period), prefix=prefix)


def _pk(period: Period) -> str:
    return f"PERIOD#{period}"
