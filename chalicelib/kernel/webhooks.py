"""Standard Webhooks 1.0, symmetric signatures (`v1`): how others sign what they send us, and we
what we send them.

Signed is `<webhook-id>.<webhook-timestamp>.<body>` over the raw bytes, by HMAC-SHA256 under the
decoded secret; the header `webhook-signature` holds one or more `v1,<base64>`, separated by blanks,
so that secrets can be rotated: https://www.standardwebhooks.com. Pure; `hmac` only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime

from chalicelib.kernel.errors import Unauthenticated

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix that marks a secret, no secret
_VERSION = "v1"
_MOST_SIGNATURES = 16
# No full stop in an id: it parts the signed fields, and `a.1` + `2` must not read as `a` + `1.2`.
_ID = re.compile(r"[!-\-/-~]{1,256}", re.ASCII)
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: `v1,<base64>`. `timestamp` is in seconds since 1970.

    `ValueError` for a secret that isn't `whsec_<base64>` (the prefix may be missing) and for an id
    or a timestamp that `verify` would refuse: our own configuration or doing.
    """
    if not _ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(str(timestamp)):
        raise ValueError("an id is printable ASCII without a full stop, a timestamp positive")
    return _signature(_key(secret), message_id, str(timestamp), body)


def verify(
    *,
    secrets: Sequence[str],
    message_id: str | None,
    timestamp: str | None,
    signatures: str | None,
    body: bytes,
    now: datetime,
    tolerance_seconds: int = 300,
) -> None:
    """Returns if one of the signatures is right under one of the secrets and the timestamp lies
    within the tolerance (inclusive) on either side of now.

    Whatever a sender puts into the three headers (None: missing), the only refusal is
    `Unauthenticated`: `signature_missing`, `signature_stale`, `signature_invalid`. The time needed
    doesn't depend on which signature or secret fits. `ValueError` for a secret of ours that is
    none.
    """
    if not message_id or not timestamp or not signatures:
        raise Unauthenticated(
            "signature_missing",
            f"{ID_HEADER}, {TIMESTAMP_HEADER} and {SIGNATURE_HEADER} are all needed",
        )
    if not _ID.fullmatch(message_id):
        raise _invalid(ID_HEADER)
    if not _TIMESTAMP.fullmatch(timestamp):
        raise _invalid(TIMESTAMP_HEADER)
    if abs(int(now.timestamp()) - int(timestamp)) > tolerance_seconds:
        raise Unauthenticated(
            "signature_stale",
            f"the timestamp is more than {tolerance_seconds} s away from now",
            field=TIMESTAMP_HEADER,
        )
    expected = [_signature(_key(each), message_id, timestamp, body).encode() for each in secrets]
    if not _any_equal(_presented(signatures), expected):
        raise _invalid(SIGNATURE_HEADER)


def _presented(signatures: str) -> list[bytes]:
    """The header's signatures as bytes. What isn't ASCII becomes `?`, which no signature holds."""
    return [each.encode("ascii", "replace") for each in signatures.split(" ")[:_MOST_SIGNATURES]]


def _any_equal(presented: Sequence[bytes], expected: Sequence[bytes]) -> bool:
    """Compares every pair, in a time that doesn't tell which of them was equal."""
    found = False
    for ours in expected:
        for theirs in presented:
            found |= hmac.compare_digest(ours, theirs)
    return found


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"{_VERSION},{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        # The cause would show the secret, so it isn't chained.
        raise ValueError(f"a webhook secret is {_SECRET_PREFIX}<base64>") from None
    return key


def _invalid(header: str) -> Unauthenticated:
    return Unauthenticated("signature_invalid", "the signature doesn't fit", field=header)
