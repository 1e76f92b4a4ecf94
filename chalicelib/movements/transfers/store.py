"""Transfers in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| what changes | `TRANSFER#<no>` | `HEAD` | gsi1 `TRANSFERS#ARRIVED` / time, while its loss waits
for the tolerance to pass |
| what doesn't | `TRANSFER#<no>` | `CONTENT` | gsi1 `TRANSFERS#<sending warehouse>` / created |
| what was lost, once it is closed | `TRANSFER#<no>` | `LOSS` | |
| of one that went whole: the moments told so far | `TRANSFER#<no>` | `TOLD` | |
| an arrival that waits for what left to be booked | `TRANSFER#<no>` | `WAITING#<confirmation>` | |
| the WMS's number of one that went whole | `TRANSFER_WMS#<wms>#<its number>` | `HEAD` | |
| identity | `TRANSFER_SOURCE#<source>#<source id>` | `HEAD` | |

`transit` has the items of what is on its way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, newest_numbers, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Value, Write
from chalicelib.movements.orders.model import Confirmation
from chalicelib.movements.orders.store import Identity
from chalicelib.movements.states import TransferState
from chalicelib.movements.transfers.model import Lost, Transfer
from chalicelib.movements.transfers.totals import Told

TABLE = "documents"
STALE_TRANSFER = "stale_transfer"
ARRIVED = "TRANSFERS#ARRIVED"

ARRIVAL_TAKEN = "arrival_taken"
STALE_TOTALS = "stale_transfer_totals"

_HEAD = ("state", "version", "arrived_at", "closed_at", "closed_by", "whole")
_WAITING = frozenset({TransferState.IN_TRANSIT, TransferState.PART_RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    lost: tuple[Lost, ...]


def transfer_key(no: str, part: str = "HEAD") -> Key:
    """An item of a transfer."""
    return Key(TABLE, f"TRANSFER#{no}", part)


def identity_key(source: str, source_id: str) -> Key:
    return Key(TABLE, f"TRANSFER_SOURCE#{source}#{source_id}", "HEAD")


def waiting_key(no: str, confirmation: str) -> Key:
    """An arrival that waits."""
    return transfer_key(no, f"WAITING#{confirmation}")


def wms_number_key(wms: str, number: str) -> Key:
    """A code of a WMS holds no `#`, so its number may hold any sign."""
    return Key(TABLE, f"TRANSFER_WMS#{wms}#{number}", "HEAD")


class TransferStore:
    """Reads, consistent but for the lists."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def identity(self, source: str, source_id: str) -> Identity | None:
        """What an id of another system became."""
        item = self._items.get(identity_key(source, source_id))
        return None if item is None else from_item(item, Identity)

    def transfer(self, no: str) -> Transfer | None:
        """A whole transfer."""
        keys = transfer_key(no), transfer_key(no, "CONTENT")
        found = self._items.get_many(keys)
        if len(found) < len(keys):
            return None
        return from_item({**found[keys[1]], **found[keys[0]]}, Transfer)

    def numbers(
        self, warehouse: str, *, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Numbers of the transfers that leave a warehouse, the newest first, and where to go on."""
        listed = f"TRANSFERS#{warehouse}"
        return newest_numbers(self._items, TABLE, listed, limit=limit, cursor=cursor)

    def arrived_before(self, moment: datetime) -> list[str]:
        """Numbers of transfers of which something is missing since before a moment."""
        items = query_all(self._items, TABLE, ARRIVED, index="gsi1", until=to_text(moment))
        return [item["no"] for item in items]

    def lost(self, no: str) -> tuple[Lost, ...]:
        """What was lost with a closed transfer."""
        item = self._items.get(transfer_key(no, "LOSS"))
        return () if item is None else from_item(item, _Loss).lost

    def told(self, no: str) -> Told:
        """What was told of one that went whole."""
        item = self._items.get(transfer_key(no, "TOLD"))
        return Told() if item is None else from_item(item, Told)

    def waiting(self, no: str) -> list[Confirmation]:
        """Arrivals that wait, by number; not those that were taken."""
        items = query_all(self._items, TABLE, f"TRANSFER#{no}", prefix="WAITING#")
        return [from_item(item["arrival"], Confirmation) for item in items if not item["taken"]]

    def of_wms_number(self, wms: str, number: str) -> str | None:
        """The transfer that a WMS knows by a number of its own."""
        item = self._items.get(wms_number_key(wms, number))
        return None if item is None else str(item["no"])


def create_transfer(transfer: Transfer) -> list[Write]:
    """A new transfer with its identity."""
    item = to_item(transfer)
    content = {name: value for name, value in item.items() if name not in _HEAD}
    content["gsi1pk"] = f"TRANSFERS#{transfer.from_warehouse}"
    content["gsi1sk"] = f"{to_text(transfer.created_at)}#{transfer.no}"
    identity = Identity(no=transfer.no, digest=transfer.content_digest)
    puts = {
        identity_key(transfer.source, transfer.source_id): (to_item(identity), "identity_taken"),
        transfer_key(transfer.no): (_head_of(transfer), "number_taken"),
        transfer_key(transfer.no, "CONTENT"): (content, "number_taken"),
    }
    return [
        Put(key=key, item=item, condition=Absent(), refusal=refusal)
        for key, (item, refusal) in puts.items()
    ]


def change_transfer(transfer: Transfer) -> Write:
    """The next version of what changes; `transfer.version` is the new one."""
    return Put(
        key=transfer_key(transfer.no),
        item=_head_of(transfer),
        condition=Equals("version", transfer.version - 1),
        refusal=STALE_TRANSFER,
    )


def put_told(no: str, told: Told) -> Write:
    """The next version of what was told. Refusal: `stale_transfer_totals`."""
    return Put(
        key=transfer_key(no, "TOLD"),
        item=to_item(told),
        condition=Equals("version", told.version - 1) if told.version > 1 else Absent(),
        refusal=STALE_TOTALS,
    )


def put_waiting(no: str, arrival: Confirmation) -> Write:
    """An arrival that waits. Refusal: `arrival_taken`."""
    return Put(
        key=waiting_key(no, arrival.id),
        item={"taken": False, "arrival": dict(to_item(arrival))},
        condition=Absent(),
        refusal=ARRIVAL_TAKEN,
    )


def put_taken(no: str, confirmation: str) -> Write:
    """It waits no more: from now on it is a confirmation. Refusal: `arrival_taken`."""
    return Put(
        key=waiting_key(no, confirmation),
        item={"taken": True},
        condition=Equals("taken", False),
        refusal=ARRIVAL_TAKEN,
    )


def put_wms_number(no: str, wms: str, number: str) -> Write:
    """The WMS's number. Refusal: `wms_number_taken`."""
    return Put(
        key=wms_number_key(wms, number),
        item={"no": no},
        condition=Absent(),
        refusal="wms_number_taken",
    )


def put_loss(no: str, lost: Sequence[Lost]) -> Write:
    """What was lost, written once. Refusal: `stale_transfer`."""
    return Put(
        key=transfer_key(no, "LOSS"),
        item=to_item(_Loss(lost=tuple(lost))),
        condition=Absent(),
        refusal=STALE_TRANSFER,
    )


def _head_of(transfer: Transfer) -> dict[str, Value]:
    item = to_item(transfer)
    head = {name: item[name] for name in _HEAD} | {"no": transfer.no}
    if transfer.state in _WAITING and transfer.arrived_at is not None:
        head |= {"gsi1pk": ARRIVED, "gsi1sk": f"{to_text(transfer.arrived_at)}#{transfer.no}"}
    return head
