"""The stock table's balances, reservations and entries: keys, items, reads.

| item | pk | sk |
| --- | --- | --- |
| balance | `BALANCE#<warehouse>#<sku>` | `HEAD` |
| its place in the list | `BALANCES#<warehouse>#<bucket>` | SKU |
| reservation | `RESERVATION#<id>` | `HEAD` |
| entry | `ENTRY#<document>` | `<line>#<kind>#<inventory type>#<batch>[#n]` |

The list of a bucket's balances is items of its own, written once with the balance: so the list is
read consistently, and a reservation doesn't pay for an index. An entry stands in gsi1 under
`POOL#<warehouse>#<sku>` / sequence and in gsi2 under `ENTRIES#<warehouse>#<bucket>#<posting date>`
/ `<sku>#<sequence>`. Indexes lag; the dense sequence shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.kernel.errors import NotFound, Unavailable
from chalicelib.kernel.items import Items, Page, from_item, query_all, to_item
from chalicelib.kernel.writes import Key, Value
from chalicelib.stock.model import Balance, Entry, EntryId, Movement, Reservation
from chalicelib.stock.standing import Standing, named, standing_key

TABLE = "stock"
QUANTITY = "quantity_"


def padded(sequence: int) -> str:
    """A sequence as text that sorts as the number does."""
    return f"{sequence:012d}"


def entry_id(document: str, movement: Movement) -> EntryId:
    """The identity of a movement's entry. `#` and `%` inside the parts are escaped, so that no two
    identities make one text.
    """
    parts = [movement.line, movement.kind.value, movement.inventory_type, movement.batch]
    if movement.number:
        parts.append(str(movement.number))
    escaped = [part.replace("%", "%25").replace("#", "%23") for part in parts]
    return EntryId(document=document, entry="#".join(escaped))


def balance_key(warehouse: str, sku: str) -> Key:
    return Key(TABLE, f"BALANCE#{warehouse}#{sku}", "HEAD")


def listing_key(warehouse: str, bucket: int, sku: str) -> Key:
    """The item by which a bucket knows the balance; it says nothing else."""
    return Key(TABLE, f"BALANCES#{warehouse}#{bucket}", sku)


def reservation_key(reservation: str) -> Key:
    return Key(TABLE, f"RESERVATION#{reservation}", "HEAD")


def entry_key(entry: EntryId) -> Key:
    return Key(TABLE, f"ENTRY#{entry.document}", entry.entry)


def entry_item(entry: Entry) -> dict[str, Value]:
    """The whole item, with its places in both indexes."""
    pool = f"{entry.warehouse}#{entry.sku}"
    return to_item(entry) | {
        "record": "ENTRY",
        "gsi1pk": f"POOL#{pool}",
        "gsi1sk": padded(entry.sequence),
        "gsi2pk": _day_pk(entry.warehouse, entry.bucket, entry.posting_date),
        "gsi2sk": f"{entry.sku}#{padded(entry.sequence)}",
    }


def read_balance(item: Mapping[str, Any]) -> Balance:
    """The balance that an item holds; its quantities are attributes of their own."""
    return Balance(
        warehouse=item["warehouse"],
        sku=item["sku"],
        bucket=item["bucket"],
        quantities={
            name.removeprefix(QUANTITY): quantity
            for name, quantity in sorted(item.items())
            if name.startswith(QUANTITY)
        },
        available=item.get("available", 0),
        reserved=item.get("reserved", 0),
        version=item["version"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """Some entries, and where to go on (None: that was all)."""

    entries: tuple[Entry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What posting has to know: which of the movements are entries already, their balances, the
    reservation, and what stands in suspense of the documents that they name.
    """

    booked: Mapping[EntryId, Entry]
    balances: Mapping[tuple[str, str], Balance]
    reservation: Reservation | None
    standing: Mapping[str, Standing]


class StockStore:
    """Reads of balances, reservations and entries."""

    def __init__(self, items: Items) -> None:
        self.items = items

    def balances(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Balance]:
        """Those of the (warehouse, SKU) pairs that have ever moved, by consistent reads."""
        found = self.items.get_many([balance_key(*pair) for pair in dict.fromkeys(pairs)])
        balances = [read_balance(item) for item in found.values()]
        return {(balance.warehouse, balance.sku): balance for balance in balances}

    def balance_page(
        self, warehouse: str, bucket: int, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[Balance], str | None]:
        """Balances of a bucket by SKU, by consistent reads, and where to go on."""
        page = self.items.query(TABLE, f"BALANCES#{warehouse}#{bucket}", limit=limit, cursor=cursor)
        found = self.balances([(warehouse, item["sk"]) for item in page.items])
        return [found[pair] for pair in sorted(found)], page.next_cursor

    def has_balances(self, warehouse: str, bucket: int) -> bool:
        """Whether anything of a bucket has ever moved in a warehouse."""
        return bool(self.items.query(TABLE, f"BALANCES#{warehouse}#{bucket}", limit=1).items)

    def reservation(self, reservation: str) -> Reservation | None:
        item = self.items.get(reservation_key(reservation))
        return None if item is None else from_item(item, Reservation)

    def for_posting(
        self, document: str, movements: Sequence[Movement], reservation: str | None
    ) -> Known:
        """What posting has to know, in one consistent read; `NotFound` if there is no such
        reservation.
        """
        entry_keys = {entry_key(entry_id(document, movement)) for movement in movements}
        balance_keys = {balance_key(movement.warehouse, movement.sku) for movement in movements}
        held_keys = {reservation_key(reservation)} if reservation is not None else set()
        standing_keys = {standing_key(name) for name in named(document, movements)}
        found = self.items.get_many(sorted(entry_keys | balance_keys | held_keys | standing_keys))
        entries = [from_item(found[key], Entry) for key in entry_keys if key in found]
        balances = [read_balance(found[key]) for key in balance_keys if key in found]
        held = [from_item(found[key], Reservation) for key in held_keys if key in found]
        if reservation is not None and not held:
            raise NotFound("unknown_reservation", f"nothing is reserved for {reservation}")
        rows = [from_item(found[key], Standing) for key in standing_keys if key in found]
        return Known(
            booked={entry.id: entry for entry in entries},
            balances={(balance.warehouse, balance.sku): balance for balance in balances},
            reservation=held[0] if held else None,
            standing={row.document: row for row in rows},
        )

    def entries_of(self, document: str) -> list[Entry]:
        """A document's entries, by line."""
        items = query_all(self.items, TABLE, f"ENTRY#{document}")
        return [from_item(item, Entry) for item in items if item["record"] == "ENTRY"]

    def pool_entries(self, warehouse: str, sku: str, *, after: int, limit: int) -> list[Entry]:
        """Up to `limit` entries of a pool after a sequence; through the index, so look for gaps."""
        page = self.items.query(
            TABLE,
            f"POOL#{warehouse}#{sku}",
            since=padded(after + 1),
            limit=limit,
            index="gsi1",
        )
        return [from_item(item, Entry) for item in page.items]

    def pool_run(self, balance: Balance, *, after: int) -> list[Entry]:
        """A balance's entries after a sequence up to its version, none missing. `Unavailable`: the
        index lags.
        """
        run: list[Entry] = []
        place = f"{balance.warehouse}/{balance.sku}"
        while after < balance.version:
            page = self.pool_entries(balance.warehouse, balance.sku, after=after, limit=500)
            if not page:
                raise Unavailable(f"{place}: the index lags")
            for entry in page:
                if entry.sequence != after + 1:
                    raise Unavailable(f"{place}: the index lags")
                run.append(entry)
                after = entry.sequence
        # What was booked since the balance was read is none of its own.
        return [entry for entry in run if entry.sequence <= balance.version]

    def pool_page(self, warehouse: str, sku: str, *, limit: int, cursor: str | None) -> EntryPage:
        """A pool's entries, the newest first; through the index."""
        page = self.items.query(
            TABLE,
            f"POOL#{warehouse}#{sku}",
            limit=limit,
            cursor=cursor,
            forward=False,
            index="gsi1",
        )
        return _entry_page(page)

    def day_page(
        self,
        warehouse: str,
        bucket: int,
        day: date,
        *,
        limit: int,
        cursor: str | None,
        sku: str = "",
    ) -> EntryPage:
        """A bucket's entries of a posting date by SKU and sequence, of one `sku` or all; through
        the index.
        """
        page = self.items.query(
            TABLE,
            _day_pk(warehouse, bucket, day),
            prefix=f"{sku}#" if sku else "",
            limit=limit,
            cursor=cursor,
            index="gsi2",
        )
        return _entry_page(page)

    def day_entries(self, warehouse: str, bucket: int, day: date) -> list[Entry]:
        """The entries of a bucket and posting date by SKU and sequence; through the index, so look
        for gaps.
        """
        pk = _day_pk(warehouse, bucket, day)
        items = query_all(self.items, TABLE, pk, index="gsi2", limit=500)
        return [from_item(item, Entry) for item in items]


def _day_pk(warehouse: str, bucket: int, day: date) -> str:
    return f"ENTRIES#{warehouse}#{bucket}#{day.isoformat()}"


def _entry_page(page: Page) -> EntryPage:
    return EntryPage(
        entries=tuple(from_item(item, Entry) for item in page.items), next_cursor=page.next_cursor
    )
