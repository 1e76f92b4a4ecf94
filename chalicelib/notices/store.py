"""Notices and webhook messages as items of the table `documents`.

`NOTICE#<id>` / `HEAD` (gsi1 `NOTICES#<order no>`), `WEBHOOK#<id>` / `HEAD`, and per shop what it
switched off: `NOTICES-OFF#<shop>` / `HEAD`.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.clock import to_text
from chalicelib.kernel.items import Items, from_item, query_all, to_item
from chalicelib.kernel.writes import Absent, Equals, Key, Put, Value, Writes
from chalicelib.notices.model import Notice
from chalicelib.notices.webhook_model import WebhookMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The rules that a shop switched `off`. `version` 0: none ever."""

    shop: str
    off: frozenset[str]
    version: int


class NoticeStore:
    """Keys, items and queries of the slice."""

    def __init__(self, items: Items) -> None:
        self._items = items

    def notice(self, id_: str) -> Notice | None:
        """By a consistent read."""
        item = self._items.get(_notice_key(id_))
        return None if item is None else from_item(item, Notice)

    def of_order(self, order_no: str) -> list[Notice]:
        """An order's notices by time; through an index, so a moment late."""
        found = query_all(self._items, "documents", f"NOTICES#{order_no}", index="gsi1")
        return [from_item(item, Notice) for item in found]

    def plan_new_notice(self, notice: Notice) -> Writes:
        """Refused with `notice_exists` if this has been told, or is being told, already."""
        return Writes(
            [
                Put(
                    key=_notice_key(notice.id),
                    item=_notice_item(notice),
                    condition=Absent(),
                    refusal="notice_exists",
                )
            ]
        )

    def plan_notice_change(self, before: Notice, after: Notice) -> Writes:
        """If nobody else changed it: `notice_changed`."""
        return Writes(
            [
                Put(
                    key=_notice_key(after.id),
                    item=_notice_item(after),
                    condition=Equals("version", before.version),
                    refusal="notice_changed",
                )
            ]
        )

    def switches(self, shop: str) -> Switches:
        """What a shop switched off."""
        item = self._items.get(_off_key(shop))
        if item is None:
            return Switches(shop=shop, off=frozenset(), version=0)
        return Switches(shop=shop, off=frozenset(item["off"]), version=item["version"])

    def plan_switches(self, before: Switches, off: frozenset[str]) -> Writes:
        """What it switches off from now on, if nobody else changed it: `switches_changed`."""
        version = before.version
        return Writes(
            [
                Put(
                    key=_off_key(before.shop),
                    item={"shop": before.shop, "off": [*sorted(off)], "version": version + 1},
                    condition=Equals("version", version) if version else Absent(),
                    refusal="switches_changed",
                )
            ]
        )

    def webhook(self, id_: str) -> WebhookMessage | None:
        """By a consistent read."""
        item = self._items.get(_webhook_key(id_))
        return None if item is None else from_item(item, WebhookMessage)

    def plan_new_webhook(self, message: WebhookMessage) -> Writes:
        """Refused with `webhook_exists`."""
        return Writes(
            [
                Put(
                    key=_webhook_key(message.id),
                    item=to_item(message),
                    condition=Absent(),
                    refusal="webhook_exists",
                )
            ]
        )

    def plan_webhook_change(self, before: WebhookMessage, after: WebhookMessage) -> Writes:
        """If nobody else changed it: `webhook_changed`."""
        return Writes(
            [
                Put(
                    key=_webhook_key(after.id),
                    item=to_item(after),
                    condition=Equals("version", before.version),
                    refusal="webhook_changed",
                )
            ]
        )


def _notice_key(id_: str) -> Key:
    return Key("documents", f"NOTICE#{id_}", "HEAD")


def _notice_item(notice: Notice) -> dict[str, Value]:
    index: dict[str, Value] = {
        "gsi1pk": f"NOTICES#{notice.order_no}",
        "gsi1sk": f"{to_text(notice.created_at)}#{notice.id}",
    }
    return to_item(notice) | index


def _off_key(shop: str) -> Key:
    return Key("documents", f"NOTICES-OFF#{shop}", "HEAD")


def _webhook_key(id_: str) -> Key:
    return Key("documents", f"WEBHOOK#{id_}", "HEAD")
