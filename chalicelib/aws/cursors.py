"""Where a page of a query ended, as a text that goes out to callers and comes back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Mapping
from typing import Any

from chalicelib.kernel.errors import Malformed


def cursor_of(key: Mapping[str, Any]) -> str:
    """The text of a `LastEvaluatedKey`."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def start_key(
    cursor: str, names: Collection[str], partition: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The `ExclusiveStartKey` that a cursor stands for, with these attributes; `malformed_cursor`
    for a text that is no place in this partition.
    """
    try:
        read = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        key = {name: {"S": str(read[name]["S"])} for name in names}
    except (binascii.Error, ValueError, RecursionError, LookupError, TypeError):
        raise _no_cursor() from None
    if read != key or any(key[name]["S"] != value for name, value in partition.items()):
        raise _no_cursor()
    return key


def _no_cursor() -> Malformed:
    return Malformed("malformed_cursor", "this is no cursor of ours", field="cursor")
