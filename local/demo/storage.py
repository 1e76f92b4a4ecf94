"""What lies in the tables and in the bucket, looked at with the SDK and past the OMS."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from local.demo.play import Play

BUYER = ("张小明", "13900001234", "文一西路 969 号", "请用黑色袋子")
"""What an order of the demo says of its buyer; readable nowhere."""


def check_order(play: Play) -> None:
    """The order's rows, without a word of the buyer's in them."""
    report, number = play.report, play.known["order"]
    rows = play.deployment.client("dynamodb").query(
        TableName=play.deployment.tables["Documents"],
        KeyConditionExpression="pk = :order",
        ExpressionAttributeValues={":order": {"S": f"ORDER#{number}"}},
        ConsistentRead=True,
    )["Items"]
    kinds = Counter(row["sk"]["S"].partition("#")[0] for row in rows)
    wanted = {"HEAD": 1, "CONTENT": 1, "PERSON": 1, "FULFILMENT": 2, "SHIPMENT": 3}
    report.check(
        f"table documents, ORDER#{number}: {len(rows)} rows, with both fulfilments and the three "
        "shipments",
        all(kinds[kind] == count for kind, count in wanted.items()),
        kinds,
    )
    report.check("the buyer can be read in none of them", not _told(str(rows).encode()))


def check_message(play: Play, message_id: str) -> None:
    """A message's row and its object; what the object holds is sealed."""
    report = play.report
    row = play.deployment.client("dynamodb").get_item(
        TableName=play.deployment.tables["Messages"],
        Key={"pk": {"S": f"MESSAGE#{message_id}"}, "sk": {"S": "HEAD"}},
        ConsistentRead=True,
    )
    report.check(f"table messages has {message_id}", "Item" in row)
    day = f"{message_id[:4]}/{message_id[4:6]}/{message_id[6:8]}"
    key = f"messages/{day}/{message_id}"
    body = _object(play, key)
    report.check(
        f"bucket, {key}: {len(body)} bytes, sealed",
        body and not _told(body) and b"channel_order_id" not in body,
    )


def check_close(play: Play, run: dict[str, Any]) -> None:
    """A snapshot for each shard of a close."""
    day, _, version = run["run"].rpartition(".")
    prefix = f"snapshots/{day}/{int(version)}/"
    listed = play.deployment.client("s3").list_objects_v2(Bucket=_bucket(play), Prefix=prefix)
    play.report.check(
        f"bucket, {prefix}: a snapshot of each of the {run['total']} shards",
        listed["KeyCount"] == run["total"],
        listed["KeyCount"],
    )


def check_comparison(play: Play, comparison: dict[str, Any]) -> None:
    """What was compared, figure by figure."""
    key = comparison["file"]
    rows = _object(play, key).splitlines()
    play.report.check(f"bucket, {key}: {len(rows)} lines", rows)


def _object(play: Play, key: str) -> bytes:
    found = play.deployment.client("s3").get_object(Bucket=_bucket(play), Key=key)
    return bytes(found["Body"].read())


def _bucket(play: Play) -> str:
    return play.deployment.buckets["RawBucket"]


def _told(content: bytes) -> list[str]:
    """What of the buyer can be read, as it is or as JSON escapes it."""
    return [
        words
        for words in BUYER
        if words.encode() in content or json.dumps(words)[1:-1].encode() in content
    ]
