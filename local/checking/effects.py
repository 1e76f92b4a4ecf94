"""What changed, as sentences: documents and their states, ledger entries, questions for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from chalicelib.kernel.rehearsal import Change

MOST = 20
"""Sentences; what is beyond is counted."""

Item: TypeAlias = Mapping[str, Any]

_UNSPOKEN = (
    *("MESSAGE#", "CALLBACK#", "NUMBERS#", "ANSWER#", "POOL#", "BALANCE", "RESERVATION#"),
    *("CHANNELORDER#", "SOURCE#", "PURCHASE_SOURCE#", "TRANSFER_WMS#"),
)
"""What follows from something that is spoken of, or is bookkeeping of the gateway's."""


def effects(changes: Iterable[Change]) -> list[str]:
    """A sentence for each thing that happened, the most telling first."""
    found = [sentence for change in changes if (sentence := _sentence(change))]
    ordered = sorted(dict.fromkeys(found), key=_weight)
    rest = len(ordered) - MOST
    return [*ordered[:MOST], f"and {rest} more"] if rest > 0 else ordered


def _weight(sentence: str) -> int:
    first = sentence.partition(" ")[0]
    return {"entry": 1, "track": 2, "exception": 3}.get(first, 0)


def _sentence(change: Change) -> str:
    key, before, after = change.key, change.before, change.after
    if key.pk.startswith(_UNSPOKEN) or after is None:
        return ""
    kind, _, name = key.pk.partition("#")
    part, _, inner = key.sk.partition("#")
    speaker = _SPEAKERS.get((kind, part)) or _SPEAKERS.get((kind, ""))
    if speaker is not None:
        return speaker(before, after, inner or name)
    if part in ("CONTENT", "LINES", "PERSON"):
        return ""
    return _stated(kind.lower().replace("_", " "), before, after, inner or name)


def _stated(word: str, before: Item | None, after: Item, name: str) -> str:
    """`receipt RK1 ACCEPTED`, `fulfilment 1-01 ACCEPTED -> SHIPPED`."""
    was, now = (before or {}).get("state"), after.get("state")
    if before is None:
        return f"{word} {name} created{f' ({now})' if now else ''}"
    return f"{word} {name} {was} -> {now}" if was != now else ""


def _entry(before: Item | None, after: Item, _: str) -> str:
    if before is not None or after.get("record") != "ENTRY":
        return ""
    quality = after.get("inventory_type", "")
    return (
        f"entry {after['kind']} {after['quantity']} x {after['sku']} {quality} "
        f"{after['from_location']} -> {after['to_location']}"
    )


def _exception(before: Item | None, after: Item, name: str) -> str:
    if before is None:
        return f"exception {after['kind']} {after['document']}"
    return _stated("exception", before, after, name)


def _shipment(before: Item | None, after: Item, name: str) -> str:
    parcels = len(after.get("parcels", ()))
    lines = sum(line["quantity"] for line in after.get("lines", ()))
    if before is None:
        return f"shipment {name} created ({after.get('state')}): {lines} pieces, {parcels} parcels"
    return _stated("shipment", before, after, name)


def _track(before: Item | None, after: Item, _: str) -> str:
    said = [*after.get("details", {}).values(), after.get("text")]
    told = " ".join(str(each) for each in (after["kind"], *said) if each)
    return f"track {told} noted" if before is None else ""


def _order(before: Item | None, after: Item, name: str) -> str:
    axes = ("review", "sourcing", "cancel", "after_sale", "invoice", "payment", "state")
    moved = [
        f"{axis} {(before or {}).get(axis)} -> {after.get(axis)}"
        for axis in axes
        if before is not None and before.get(axis) != after.get(axis) and after.get(axis)
    ]
    done = set(after.get("done", ())) - set((before or {}).get("done", ()))
    moved += [f"done with {each}" for each in sorted(done)]
    return f"order {name} {', '.join(moved)}" if moved else ""


def _adjustment(before: Item | None, after: Item, name: str) -> str:
    if before is None:
        return f"adjustment {name} created ({after.get('state')}): {after.get('kind')}"
    return _stated("adjustment", before, after, name)


Speaker: TypeAlias = Callable[[Item | None, Item, str], str]

_SPEAKERS: Mapping[tuple[str, str], Speaker] = {
    ("ENTRY", ""): _entry,
    ("EXCEPTION", ""): _exception,
    ("ORDER", "HEAD"): _order,
    ("ORDER", "SHIPMENT"): _shipment,
    ("ORDER", "TRACK"): _track,
    ("ORDER", "FULFILMENT"): lambda before, after, name: _stated("fulfilment", before, after, name),
    ("ADJUSTMENT", ""): _adjustment,
    ("PURCHASE_ORDER", "RECEIPT"): lambda *_: "",
    ("MOVEMENT_ORDER", "CONFIRMATION"): lambda *_: "",
    ("TRANSFER", "ARRIVAL"): lambda *_: "",
    ("TRANSFER", "TOLD"): lambda *_: "",
    ("TRANSFER", "WAITING"): lambda *_: "",
}
"""By the parts of a key; what isn't named is told by its state."""
