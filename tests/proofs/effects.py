"""What two runs of the main job are compared by: everything that was effectively done.

Left out, each for a reason:
- moments, random ids, sealed bytes (`<time>`, `<id>`, `<sealed>`): new in every run;
- numbers of documents that a run made (`<no>`): a sandbox that dies loses its leased block of
  numbers, which is a gap and allowed. Numbers that were there before stay, so that effects on
  another document show;
- the message log's rows of attempts, and the raw objects behind them: each attempt is a message of
  its own, so a crash may cost one more, and may cost an incoming message its row (it is found by
  its raw object then). Compared are the incoming contents that were taken, or known already when
  they came again; none may be accepted twice, and no row may lack its raw object;
- the counters of attempts on dispatches, notices, invoices, webhooks, and the health of a WMS
  (its circuit): they say how hard it was, not what was done; and the digest of what was sent, which
  holds its moment (`edition` stays, but where items are gathered: whatever is sent again is the
  same bytes);
- whether a cancel was UNKNOWN for a while: the version of its fulfilment, and what it was before it
  was decided;
- what a peer tells with one answer and not with another: the SMS provider's own id, the platform's
  serial (which holds its clock), the WMS's order id on a cancel;
- the steps of a drift report and how many documents it asks for in each, the slot in which items
  were gathered: they say how long it took. A WMS that takes items together tells the itemId only
  of those that come alone. Which do, and in which order, is chance: there the itemIds that the OMS
  knows are left out, and those that the WMS has given are `<item>`;
- how often the stock was compared with the WMS: every time it is asked is a comparison of its own;
- the next number to be leased.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.aws.dynamodb import plain_item
from chalicelib.messages.model import object_key
from tests.harness.state import anonymous
from tests.proofs.world import World

_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\d{19}|[A-Z]{2}\d{15})(?![0-9])")
_CHINA_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_DIGEST = re.compile(r"[0-9a-f]{32,64}|[0-9A-F]{20}|\bF[A-Z2-7]{19}\b|\b[0-9a-f]{8}(?=-\d\b)")
_ITEM = re.compile(r"SKU\d{8}|(?<=-DO)\d{8}")
_SEALED = frozenset({"key", "nonce", "data"})
_RECOGNISED_BY_DOCUMENT = (
    *("orderprocess.report", "stockchange.report", "returnpackage.report"),
    *("deliveryorder.batchcreate.answer", "deliveryorder.batchconfirm"),
)
_QUESTIONS = ("order.query", "receiverinfo.query", "expressinfo.query")
"""Answered each time they are asked, and each time it is noted that they were."""
_MESSENGERS = ("DISPATCH#", "NOTICE#", "INVOICE#", "WEBHOOK#")
_GATHERING = "GATHERING#"
_OF_STEPS = frozenset({"step", "together", "version"})
_OF_ATTEMPTS = frozenset(
    [
        *("version", "attempts", "attempt_id", "waits", "asked", "missing", "code"),
        *("lease_until", "claimed_until", "sent_at", "updated_at", "provider_id", "serial"),
        "body_sha256",
    ]
)


def known_numbers(world: World) -> frozenset[str]:
    """The numbers of the documents that are there."""
    texts = (json.dumps(row) for table in ("documents", "stock") for row in world.raw_rows(table))
    return frozenset(number for text in texts for number in _NUMBER.findall(text))


def effects(world: World, known: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The world's end state; `known` are the numbers that were there before."""

    def told(value: Any) -> str:
        text = _CHINA_TIME.sub("<time>", anonymous(value))
        return _NUMBER.sub(lambda found: found[0] if found[0] in known else "<no>", text)

    rows = [plain_item(raw) for raw in world.raw_rows("stock")]
    peers = told(world.peers.effective())
    return {
        "documents": sorted(told(row) for row in _documents(world)),
        "stock": sorted(told(row) for row in rows if row["pk"][:12] != "COMPARISONS#"),
        "comparisons": sorted({told(row) for row in rows if row["pk"][:12] == "COMPARISONS#"}),
        "events": sorted({told(_event(plain_item(row))) for row in world.events()}),
        "queued": sorted({told(body) for body in world.queued()}),
        "taken": sorted({told(row) for row in _taken(world)}),
        "accepted twice": _accepted_twice(world),
        "objects": sorted(
            {told(name) for name in world.object_names() if not name.startswith("messages/")}
        ),
        "turned down": sorted({told(each) for each in world.turned_down}),
        "messages without raw object": _without_object(world),
        "peers": json.loads(_ITEM.sub("<item>", peers) if _gathers(world) else peers),
    }


def end_state(world: World) -> dict[str, list[str]]:
    """The world's end state for runs that took another way there: also without digests of what the
    peers wrote (their messages hold the machine's time) or of numbers of ours, the numbers they
    gave to items, and the bytes of stock messages (each holds the balances of its own moment).
    """
    found = effects(world)
    peers = found.pop("peers")
    found["peers"] = [json.dumps({name: peers[name]}) for name in ("wms", "sms", "invoices")]
    found["documents"] = [row for row in found["documents"] if '"pk": "WEBHOOK#' not in row]
    found["stock messages"] = [json.dumps(each) for each in peers["stock messages"].values()]
    return {
        name: sorted(_ITEM.sub("<item>", _DIGEST.sub("<digest>", text)) for text in texts)
        for name, texts in found.items()
    }


def _documents(world: World) -> Iterator[dict[str, Any]]:
    gathers = _gathers(world)
    for raw in world.raw_rows("documents"):
        row = plain_item(raw)
        if row["pk"].startswith(("NUMBERS#", _GATHERING)) or row["sk"] == "CIRCUIT":
            continue
        if row["pk"].startswith("DRIFT#") and row["sk"] == "HEAD":
            row = {name: value for name, value in row.items() if name not in _OF_STEPS}
        if gathers and row["pk"].startswith(("MASTER#", "DISPATCH#")):
            row = {name: value for name, value in row.items() if name not in _OF_ITEMS_ALONE}
        if row["pk"].startswith(_MESSENGERS):
            row = {name: value for name, value in row.items() if name not in _OF_ATTEMPTS}
            if "#order.cancel" in row["pk"]:
                row.pop("wms_id", None)
        if row["sk"].startswith("FULFILMENT#"):
            row.pop("version")
            if gathers:
                row.pop("wms_order_id", None)
        if row.get("axis") == "fulfilment_cancel":
            row.pop("before")
        yield _unsealed(row)


_OF_ITEMS_ALONE = frozenset({"wms_id", "said_at", "edition", "batched"})
"""Of what went alone, where a sender died: a WMS gives its numbers to what comes alone only."""


def _gathers(world: World) -> bool:
    """Whether items or orders have been gathered, to be told together."""
    return any(raw["pk"]["S"].startswith(_GATHERING) for raw in world.raw_rows("documents"))


def _unsealed(value: Any) -> Any:
    if isinstance(value, dict):
        sealed = _SEALED if value.keys() >= _SEALED else frozenset[str]()
        return {name: _unsealed(each) for name, each in value.items() if name not in sealed}
    if isinstance(value, list):
        return [_unsealed(each) for each in value]
    return value


def _event(row: dict[str, Any]) -> dict[str, Any]:
    """An invoice's version counts attempts; every other version is a document's."""
    data = row.get("data", {})
    if row["kind"].startswith("Invoice"):
        data = {name: value for name, value in data.items() if name != "version"}
    return {name: row[name] for name in ("kind", "subject", "correlation")} | {"data": data}


def _taken(world: World) -> Iterator[dict[str, Any]]:
    for row in _logged(world):
        if row["outcome"] in ("ACCEPTED", "DUPLICATE"):
            yield {name: row[name] for name in ("peer", "method", "sha256")}


def _accepted_twice(world: World) -> list[str]:
    """Contents; a step, a signed parcel, a stock change and a batch are recognised by their
    documents, whatever the log calls them.
    """
    counts = Counter(
        (row["peer"], row["method"], row["sha256"])
        for row in _logged(world)
        if row["outcome"] == "ACCEPTED"
        and row["method"] not in (*_RECOGNISED_BY_DOCUMENT, *_QUESTIONS)
    )
    return [str(content) for content, count in counts.items() if count > 1]


def _without_object(world: World) -> list[str]:
    names = set(world.object_names())
    return [row["id"] for row in _logged(world) if object_key(row["id"]) not in names]


def _logged(world: World) -> Iterator[dict[str, Any]]:
    """The rows of messages; answers that are kept for a day stand beside them."""
    rows = (plain_item(raw) for raw in world.raw_rows("messages"))
    return (row for row in rows if "outcome" in row)
