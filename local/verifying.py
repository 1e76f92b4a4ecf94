"""A day's closing stock, computed three times by means that share nothing but what was received.

- **distributed**: the rows that the close's shards wrote, each from the day before.
- **serial**: one pass over the whole ledger from its first entry, pieces and value.
- **raw**: the pieces that the stored messages say, read from their bytes without our codecs. Each
  entry names its message and the element in it; what an element says stands in place of what was
  booked for it. The other way round, each accepted message is read for pieces that no entry names.

Not every entry has words behind it: a person's, what a transfer lost, what a warehouse counted as a
whole. They are counted, by reason, and taken as they were booked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import TypeAlias

from chalicelib.bootstrap import Container
from chalicelib.kernel.errors import Malformed, NotFound, Unavailable
from chalicelib.kernel.items import from_item
from chalicelib.kernel.money import Fen
from chalicelib.kernel.provenance import Source
from chalicelib.messages.model import Direction, Message, Outcome, RawMessage
from chalicelib.stock.auditing import CLOCKS, Books, Closed
from chalicelib.stock.closing import SkuClosing, nothing
from chalicelib.stock.model import Entry
from chalicelib.stock.snapshot_store import CloseRun
from chalicelib.warehouse.elements import element_text
from local.counting import LINES, plain_path, said_in, told_in

Advance: TypeAlias = Callable[[], None]

NO_MESSAGE = "no message: a person, or the OMS itself"
TOTALS = "the message tells a total, not what moved"
UNREADABLE = "the element has no quantity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """One SKU and inventory type of a warehouse by the three computations; `value` as the type:
    the SKU's value in fen, which no message tells (`raw` is None).
    """

    warehouse: str
    sku: str
    what: str
    distributed: int
    serial: int
    raw: int | None

    @property
    def same(self) -> bool:
        """Whether the computations agree."""
        return self.distributed == self.serial and self.raw in (None, self.serial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An element that says other pieces than were booked for it: `said`, signed as it was booked.
    `booked` is 0 where a message was accepted and no entry names its element.
    """

    message_id: str
    path: str
    said: int
    booked: int


@dataclass(slots=True, kw_only=True)
class Verification:
    """What came of it. `late` entries were booked after the close, for its day or one before: the
    next close brings them in.
    """

    run: str
    computed: list[Computed] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    entries: int = 0
    late: int = 0
    elements: int = 0
    messages: int = 0
    without_words: Counter[str] = field(default_factory=Counter)

    @property
    def differing(self) -> list[Computed]:
        """Where the computations don't agree."""
        return [each for each in self.computed if not each.same]

    def as_json(self) -> dict[str, object]:
        """All of it, for programs; of the figures those that differ."""
        return {
            "run": self.run,
            "holds": self.holds,
            "figures": len(self.computed),
            "entries": self.entries,
            "late": self.late,
            "elements": self.elements,
            "messages": self.messages,
            "taken_as_booked": dict(self.without_words),
            "differing": [asdict(each) for each in self.differing],
            "told": [asdict(each) for each in self.told],
        }

    @property
    def holds(self) -> bool:
        """Whether all agree."""
        return not self.differing and not self.told


Element: TypeAlias = tuple[str, str]
"""A message's id, and a path in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A message with its bytes. `tells_totals`: its quantities are what there is, not what
    moved.
    """

    message: Message
    raw: RawMessage
    tells_totals: bool = False


class Verifier:
    """Verifies a run's day for some warehouses. `since` is the first posting date of which messages
    are read; entries before it are taken as they were booked.
    """

    def __init__(self, oms: Container, run: CloseRun, *, since: date) -> None:
        self._oms = oms
        self._run = run
        self._since = since
        self._found = Verification(run=run.id)
        self._named: set[Element] = set()

    def verify(self, shards: Sequence[tuple[str, int]], advance: Advance) -> Verification:
        """All of it; `Unavailable` where something isn't costed yet."""
        for warehouse, bucket in shards:
            self._verify_shard(warehouse, bucket)
            advance()
        self._look_for_unbooked({warehouse for warehouse, _ in shards})
        return self._found

    def _verify_shard(self, warehouse: str, bucket: int) -> None:
        closed = self._oms.auditor.closed(self._run, warehouse, bucket)
        auditor = self._oms.auditor
        pools = [auditor.books(warehouse, sku) for sku in auditor.skus(warehouse, bucket)]
        held = {books.balance.sku: self._held(books, closed) for books in pools}
        for books in pools:
            recent = [each for each in books.entries if each.posted_at.date() >= self._before]
            self._named.update(element_of(entry) for entry in recent)
        corrections = self._corrections(entry for entries in held.values() for entry in entries)
        for books in pools:
            sku = books.balance.sku
            row = closed.rows.get(sku, nothing(sku))
            self._compute(books, held[sku], row, corrections.get(sku, {}))

    @property
    def _before(self) -> date:
        """A day early: where the warehouse stands it may have been the next one already."""
        return self._since - timedelta(days=1)

    def _held(self, books: Books, closed: Closed) -> list[Entry]:
        """The entries that the day's closing has to hold."""
        row = closed.rows.get(books.balance.sku, nothing(books.balance.sku))
        before = closed.begun_at - CLOCKS
        due = [entry for entry in books.entries if entry.posting_date <= closed.day]
        held = [each for each in due if row.has(each.sequence) or each.posted_at < before]
        self._found.entries += len(held)
        self._found.late += len(due) - len(held)
        return held

    def _compute(
        self, books: Books, held: Sequence[Entry], row: SkuClosing, corrected: Mapping[str, int]
    ) -> None:
        serial: Counter[str] = Counter()
        for entry in held:
            serial.update(entry.deltas())
        raw = serial.copy()
        raw.update(corrected)
        kept = {name: flow.closing for name, flow in row.quantities.items()}
        of_pool = partial(Computed, warehouse=books.balance.warehouse, sku=books.balance.sku)
        for name in sorted({*kept, *serial, *raw}):
            figures = of_pool(
                what=name, distributed=kept.get(name, 0), serial=serial[name], raw=raw[name]
            )
            self._found.computed.append(figures)
        value = sum(self._value(books, entry) for entry in held)
        self._found.computed.append(
            of_pool(what="value", distributed=row.value.closing, serial=value, raw=None)
        )

    def _value(self, books: Books, entry: Entry) -> Fen:
        values = books.values.get(entry.id)
        if values is None:
            raise Unavailable(f"{entry.warehouse}/{entry.sku}: {entry.document} isn't costed yet")
        return sum(each.value for each in values)

    # --- from entries to words

    def _corrections(self, entries: Iterable[Entry]) -> dict[str, Counter[str]]:
        """By SKU and inventory type what has to be added to the books for them to be what the
        messages say. What was reversed and booked anew counts once.
        """
        booked: dict[Element, dict[str, Counter[str]]] = {}
        for entry in entries:
            if entry.posting_date >= self._since and entry.quantity:
                of_skus = booked.setdefault(element_of(entry), {})
                of_skus.setdefault(entry.sku, Counter()).update(entry.deltas())
        corrections: dict[str, Counter[str]] = {}
        last: tuple[str, Words | None] = ("", None)
        for (message_id, path), of_skus in sorted(booked.items()):
            if last[0] != message_id:
                last = (message_id, self._words(message_id))
            said, reason = _said(last[1], path)
            if said is None:
                self._found.without_words[reason] += 1
                continue
            self._found.elements += 1
            for sku, moved in of_skus.items():
                most = max(moved.values(), key=abs, default=0)
                if most and abs(most) != abs(said):
                    more = Counter({name: _like(said, net) - net for name, net in moved.items()})
                    corrections.setdefault(sku, Counter()).update(more)
                    told = Told(
                        message_id=message_id, path=path, said=_like(said, most), booked=most
                    )
                    self._found.told.append(told)
        return corrections

    def _words(self, message_id: str) -> Words | None:
        log = self._oms.messages
        try:
            words = Words(message=log.message(message_id), raw=log.raw(message_id))
        except NotFound:
            return None
        self._found.messages += 1
        code = words.message.peer.removeprefix("wms:")
        if words.message.method == "inventory.report":
            counts = self._oms.warehouse.connection(code).absolute_counts
            return replace(words, tells_totals=counts)
        return words

    # --- from words to entries

    def _look_for_unbooked(self, warehouses: set[str]) -> None:
        """Elements of accepted messages that tell of moved pieces and that no entry names."""
        systems = {self._oms.catalog.warehouse(code).wms or code for code in warehouses}
        day = self._since
        while day <= self._run.business_date:
            for system in sorted(systems):
                for message in self._accepted(system, day):
                    self._look_in(message, warehouses)
            day += timedelta(days=1)

    def _accepted(self, system: str, day: date) -> Iterator[Message]:
        cursor: str | None = None
        while True:
            page = self._oms.messages.of_peer(f"wms:{system}", day=day, cursor=cursor)
            for item in page.items:
                message = from_item(item, Message)
                moves = message.direction is Direction.IN and message.method in LINES
                if moves and message.outcome is Outcome.ACCEPTED:
                    yield message
            cursor = page.next_cursor
            if cursor is None:
                return

    def _look_in(self, message: Message, warehouses: set[str]) -> None:
        connection = self._oms.warehouse.connection(message.peer.removeprefix("wms:"))
        for line in told_in(message.method, self._oms.messages.raw(message.id).body):
            ours = connection.warehouses_named(line.warehouse, sorted(warehouses))
            if not line.pieces or (line.warehouse and not ours):
                continue
            if not any((message.id, path) in self._named for path in line.paths):
                path, said = line.paths[0], line.pieces
                self._found.told.append(Told(message_id=message.id, path=path, said=said, booked=0))


def element_of(entry: Entry) -> Element:
    """The element that an entry came from."""
    return entry.source.message_id, plain_path(entry.source.path)


def _said(words: Words | None, path: str) -> tuple[int | None, str]:
    """The pieces that an element says, or why none."""
    if words is None:
        return None, NO_MESSAGE
    if words.tells_totals or words.message.method == "transferorder.report":
        return None, TOTALS
    try:
        element = element_text(words.raw, Source(message_id=words.message.id, path=path))
    except (Malformed, NotFound):
        return None, UNREADABLE
    said = said_in(element)
    return said, "" if said is not None else UNREADABLE


def _like(said: int, booked: int) -> int:
    """What was said, in the direction of what was booked."""
    return abs(said) if booked > 0 else -abs(said)
