"""Movement orders and their confirmations in the table `documents`.

| item | pk | sk | index |
| --- | --- | --- | --- |
| what changes: state, sending, cancel, moved pieces | `MOVEMENT_ORDER#<no>` | `HEAD` | |
| what doesn't | `MOVEMENT_ORDER#<no>` | `CONTENT` | gsi1 `MOVEMENT_ORDERS#<warehouse>` / created |
| a confirmation of it | `MOVEMENT_ORDER#<no>` | `CONFIRMATION#<id>` | |
| identity | `MOVEMENT_SOURCE#<source>#<source id>` | `HEAD` | |
| confirmation's state | `CONFIRMATION#<id>` | `HEAD` | gsi1 `CONFIRMATIONS#<warehouse>` / time and
id, until it is posted |
| confirmation's content | `CONFIRMATION#<id>` | `CONTENT` | |
| 200 of its lines | `CONFIRMATION#<id>` | `LINES#<0000>` | |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Conflict
from chalicelib.kernel.items import (
    Items,
    from_item,
    in_parts,
    newest_numbers,
    query_all,
    to_item,
)
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Update, Value, Write
from chalicelib.movements.orders.model import (
    Confirmation,
    ConfirmationRow,
    ConfirmedLine,
    MovementOrder,
)
from chalicelib.movements.states import ConfirmationState

TABLE = "documents"
HEAD = "HEAD"
CONTENT = "CONTENT"
LINES_TOGETHER = 200

STALE_MOVEMENT = "stale_movement_order"
CONFIRMATION_POSTED = "confirmation_posted"
IDENTITY_TAKEN = "identity_taken"

_ORDER_HEAD = (
    "state",
    "version",
    "approved_at",
    "approved_by",
    "wms_id",
    "sent_at",
    "sent",
    "final",
    "cancel",
    "cancels",
)
_CONFIRMATION_HEAD = ("state", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What another system's id became here."""

    no: str
    digest: str

    def repeated(self, digest: str) -> str:
        """The number, where the same content comes again; `Conflict` for other content."""
        if self.digest != digest:
            raise Conflict(
                "other_content", "this id has come before with other content", field="id"
            )
        return self.no


def order_key(no: str, part: str = HEAD) -> Key:
    """An item of a movement order."""
    return Key(TABLE, f"MOVEMENT_ORDER#{no}", part)


def identity_key(source: str, source_id: str) -> Key:
    """The source holds no `#`, so the id may hold any sign."""
    return Key(TABLE, f"MOVEMENT_SOURCE#{source}#{source_id}", HEAD)


def confirmation_key(confirmation: str, part: str = HEAD) -> Key:
    """An item of a confirmation."""
    return Key(TABLE, f"CONFIRMATION#{confirmation}", part)


class MovementOrderStore:
    """Reads, consistent but for the lists."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def identity(self, source: str, source_id: str) -> Identity | None:
        """What an id of another system became."""
        item = self._items.get(identity_key(source, source_id))
        return None if item is None else from_item(item, Identity)

    def order(self, no: str) -> MovementOrder | None:
        """A whole movement order."""
        keys = order_key(no, HEAD), order_key(no, CONTENT)
        found = self._items.get_many(keys)
        if len(found) < len(keys):
            return None
        return _read_order(found[keys[0]], found[keys[1]])

    def order_numbers(
        self, warehouse: str, *, limit: int, cursor: str | None
    ) -> tuple[list[str], str | None]:
        """Numbers of a warehouse's movement orders, the newest first, and where to go on."""
        listed = f"MOVEMENT_ORDERS#{warehouse}"
        return newest_numbers(self._items, TABLE, listed, limit=limit, cursor=cursor)

    def confirmations_of(self, no: str) -> list[ConfirmationRow]:
        """The confirmations of a movement order by id."""
        items = query_all(self._items, TABLE, f"MOVEMENT_ORDER#{no}", prefix="CONFIRMATION#")
        return [from_item(item, ConfirmationRow) for item in items]

    def confirmation(self, confirmation: str) -> Confirmation | None:
        """A whole confirmation."""
        return in_parts(self._items, TABLE, f"CONFIRMATION#{confirmation}", Confirmation)

    def unposted(self, warehouse: str) -> list[Confirmation]:
        """A warehouse's confirmations that aren't posted, the oldest first; which they are is read
        through an index.
        """
        heads = query_all(self._items, TABLE, f"CONFIRMATIONS#{warehouse}", index="gsi1")
        found = (self.confirmation(head["pk"].partition("#")[2]) for head in heads)
        return [each for each in found if each and each.state is ConfirmationState.ACCEPTED]


def _read_order(head: Mapping[str, Any], content: Mapping[str, Any]) -> MovementOrder:
    order = from_item({**content, **head}, MovementOrder)
    moved = head["moved"]
    lines = (replace(line, moved=moved.get(str(line.line_no), {})) for line in order.lines)
    return replace(order, lines=tuple(lines))


def create_order(order: MovementOrder) -> list[Write]:
    """A new movement order with its identity."""
    item = to_item(order)
    content = {name: value for name, value in item.items() if name not in _ORDER_HEAD}
    content["gsi1pk"] = f"MOVEMENT_ORDERS#{order.warehouse}"
    content["gsi1sk"] = f"{to_text(order.created_at)}#{order.no}"
    identity = Identity(no=order.no, digest=order.content_digest)
    puts = {
        identity_key(order.source, order.source_id): (to_item(identity), IDENTITY_TAKEN),
        order_key(order.no, HEAD): (_head_of(order), "number_taken"),
        order_key(order.no, CONTENT): (content, "number_taken"),
    }
    return [
        Put(key=key, item=item, condition=Absent(), refusal=refusal)
        for key, (item, refusal) in puts.items()
    ]


def change_order(order: MovementOrder) -> Write:
    """The next version of what changes of an order; `order.version` is the new one."""
    return Put(
        key=order_key(order.no),
        item=_head_of(order),
        condition=Equals("version", order.version - 1),
        refusal=STALE_MOVEMENT,
    )


def _head_of(order: MovementOrder) -> dict[str, Value]:
    item = to_item(order)
    head = {name: item[name] for name in _ORDER_HEAD}
    moved = {str(line.line_no): dict(line.moved) for line in order.lines if line.moved}
    return head | {"no": order.no, "moved": to_item(moved)}


def create_confirmation(confirmation: Confirmation) -> list[Write]:
    """A new confirmation, with its place in its order's list."""
    item = to_item(confirmation)
    content = {name: item[name] for name in item if name not in (*_CONFIRMATION_HEAD, "lines")}
    row = ConfirmationRow(
        id=confirmation.id,
        occurred_at=confirmation.occurred_at,
        final=confirmation.final,
        message_id=confirmation.message_id,
    )
    puts: dict[Key, dict[str, Value]] = {
        confirmation_key(confirmation.id, HEAD): {name: item[name] for name in _CONFIRMATION_HEAD}
        | {
            "gsi1pk": f"CONFIRMATIONS#{confirmation.warehouse}",
            "gsi1sk": f"{to_text(confirmation.occurred_at)}#{confirmation.id}",
        },
        confirmation_key(confirmation.id, CONTENT): content,
        order_key(confirmation.order, f"CONFIRMATION#{confirmation.id}"): to_item(row),
    }
    for first in range(0, len(confirmation.lines), LINES_TOGETHER):
        part = f"LINES#{first // LINES_TOGETHER:04d}"
        together = confirmation.lines[first : first + LINES_TOGETHER]
        puts[confirmation_key(confirmation.id, part)] = {
            "lines": [_line(each) for each in together]
        }
    return [
        Put(key=key, item=item, condition=Absent(), refusal="confirmation_taken")
        for key, item in puts.items()
    ]


def _line(line: ConfirmedLine) -> Value:
    return dict(to_item(line))


def change_confirmation(confirmation: Confirmation) -> Write:
    """The next version of a confirmation's state; `confirmation.version` is the new one."""
    return Update(
        key=confirmation_key(confirmation.id),
        condition=Equals("version", confirmation.version - 1),
        refusal=CONFIRMATION_POSTED,
        set={"state": confirmation.state.value, "version": confirmation.version},
        remove=("gsi1pk", "gsi1sk") if confirmation.state is ConfirmationState.POSTED else (),
    )
