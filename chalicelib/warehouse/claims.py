"""What keeps a callback from being accepted twice: rows that are there once."""

from __future__ import annotations

from chalicelib.kernel.items import to_item
from chalicelib.kernel.writes import Absent, Put
from chalicelib.warehouse.recognising import AcceptedCallback, Identity
from chalicelib.warehouse.store import CALLBACK_TAKEN, callback_key


def claim_callback(given: Identity, accepted: AcceptedCallback, *, further: bool) -> list[Put]:
    """Claims what tells a callback from others, once."""
    claims = [given.claim, given.shared_claim(further=further)]
    return [_claim(given, claim, accepted) for claim in claims]


def accept_callback(given: Identity, accepted: AcceptedCallback) -> Put:
    """Claims a callback that a person wants booked beside one that it collides with."""
    return _claim(given, given.claim, accepted)


def _claim(given: Identity, claim: str, accepted: AcceptedCallback) -> Put:
    return Put(
        key=callback_key(given.scope, claim),
        item=to_item(accepted),
        condition=Absent(),
        refusal=CALLBACK_TAKEN,
    )
