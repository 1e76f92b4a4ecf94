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
  (its circuit): they say how hard it was, not what was done;
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
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?:[0-9a-f]{32})?(?![0-9a-f])")
_SEALED = frozenset({"key", "nonce", "data"})
_MESSENGERS = ("DISPATCH#", "NOTICE#", "INVOICE#", "WEBHOOK#")
_OF_ATTEMPTS = frozenset(
    [
        *("version", "attempts", "attempt_id", "waits", "asked", "missing", "code"),
        *("leased_until", "lease_until", "claimed_until", "sent_at", "updated_at"),
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

    return {
        "documents": sorted(told(row) for row in _documents(world)),
        "stock": sorted(told(_unsealed(plain_item(row))) for row in world.raw_rows("stock")),
        "events": sorted({told(_event(plain_item(row))) for row in world.raw_rows("outbox")}),
        "queued": sorted({told(body) for body in world.queued()}),
        "taken": sorted({told(row) for row in _taken(world)}),
        "accepted twice": _accepted_twice(world),
        "objects": sorted(
            told(name) for name in world.object_names() if not name.startswith("messages/")
        ),
        "messages without raw object": _without_object(world),
        "peers": json.loads(told(world.peers.effective())),
    }


def _documents(world: World) -> Iterator[dict[str, Any]]:
    for raw in world.raw_rows("documents"):
        row = plain_item(raw)
        if row["pk"].startswith("NUMBERS#") or row["sk"] == "CIRCUIT":
            continue
        if row["pk"].startswith(_MESSENGERS):
            row = {name: value for name, value in row.items() if name not in _OF_ATTEMPTS}
        yield _unsealed(row)


def _unsealed(value: Any) -> Any:
    if isinstance(value, dict):
        sealed = _SEALED if value.keys() >= _SEALED else frozenset[str]()
        return {name: _unsealed(each) for name, each in value.items() if name not in sealed}
    if isinstance(value, list):
        return [_unsealed(each) for each in value]
    return value


def _event(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "subject", "correlation", "data") if name in row}


def _taken(world: World) -> Iterator[dict[str, Any]]:
    for raw in world.raw_rows("messages"):
        row = plain_item(raw)
        if row["outcome"] in ("ACCEPTED", "DUPLICATE"):
            yield {name: row[name] for name in ("peer", "method", "sha256")}


def _accepted_twice(world: World) -> list[str]:
    rows = [plain_item(raw) for raw in world.raw_rows("messages")]
    counts = Counter(
        (row["peer"], row["method"], row["sha256"]) for row in rows if row["outcome"] == "ACCEPTED"
    )
    return [str(content) for content, count in counts.items() if count > 1]


def _without_object(world: World) -> list[str]:
    names = set(world.object_names())
    ids = [plain_item(row)["id"] for row in world.raw_rows("messages")]
    return [each for each in ids if object_key(each) not in names]
