"""How large an item is for DynamoDB: names and values in UTF-8, numbers by their digits, a byte or
three for what holds others (the developer guide's "item sizes and formats").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.kernel.writes import Key


def item_bytes(key: Key, item: Mapping[str, Any]) -> int:
    """The size of an item with its key; its write costs one unit per begun kilobyte, and as much
    for each index that it stands in.
    """
    return _size({"pk": key.pk, "sk": key.sk, **item}) - 3


def _size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return (len(str(abs(value)).rstrip("0")) + 1) // 2 + 1 + (value < 0)
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, Mapping):
        return 3 + sum(len(name.encode()) + 1 + _size(each) for name, each in value.items())
    return 3 + sum(1 + _size(each) for each in value)
