"""What two runs are compared by: rows, objects and queued events without what may differ."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from chalicelib.aws.dynamodb import plain_item
from tests.fakes.cloud import Cloud

_ID = re.compile(r"\d{8}T\d{9}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")


def rows(cloud: Cloud, table: str, *, without: Collection[str] = ()) -> list[str]:
    """Every row of a table as sorted JSON texts, its moments as `<time>`, its random ids as `<id>`,
    the attributes in `without` left out.

    A list, so that a row too many shows even if it looks the same as another.
    """
    client = cloud.clients["dynamodb"]
    pages = client.get_paginator("scan").paginate(
        TableName=cloud.settings.tables[table], ConsistentRead=True
    )
    found = [plain_item(item) for page in pages for item in page["Items"]]
    return sorted(anonymous(_without(item, without)) for item in found)


def objects(cloud: Cloud, prefix: str = "") -> list[str]:
    """The keys of the raw bucket, with `<id>` and `<time>`."""
    pages = (
        cloud.clients["s3"]
        .get_paginator("list_objects_v2")
        .paginate(Bucket=cloud.settings.raw_bucket, Prefix=prefix)
    )
    return sorted(anonymous(each["Key"]) for page in pages for each in page.get("Contents", ()))


def anonymous(value: Any) -> str:
    """A value as text (JSON, if it isn't text) without moments and random ids."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return _TIME.sub("<time>", _ID.sub("<id>", text))


def unequal_parts(expected: Any, actual: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two states differ, as (path, expected, actual), by the smallest parts."""
    if expected == actual:
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for name in sorted({*expected, *actual}, key=str):
            yield from unequal_parts(
                expected.get(name, "nothing"), actual.get(name, "nothing"), f"{path}/{name}"
            )
    elif isinstance(expected, list) and isinstance(actual, list):
        gone, new = _without_each(expected, actual), _without_each(actual, expected)
        yield (path, gone, new) if gone or new else (path, expected, actual)
    else:
        yield path, expected, actual


def _without(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, names) for name, each in value.items() if name not in names}
    if isinstance(value, list):
        return [_without(each, names) for each in value]
    return value


def _without_each(those: list[Any], others: list[Any]) -> list[Any]:
    """What is left of `those` when each of the others has taken one that equals it."""
    left = list(those)
    for each in others:
        if each in left:
            left.remove(each)
    return left
