"""The envelopes that Lambda gets from SQS and from a table's stream, and its context."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

REGION = "ap-northeast-1"
ACCOUNT = "123456789012"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaContext:
    """As much of Lambda's context as handlers ask for."""

    function_name: str = "oms-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:oms-test"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"
    milliseconds_left: int = 60_000

    def get_remaining_time_in_millis(self) -> int:
        """What the function has left."""
        return self.milliseconds_left


def sqs_record(
    *, queue: str, message_id: str, body: str, receives: int, sent: datetime
) -> dict[str, Any]:
    """One record of an SQS batch."""
    milliseconds = str(int(sent.timestamp() * 1000))
    return {
        "messageId": message_id,
        "receiptHandle": f"{message_id}#{receives}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": milliseconds,
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": milliseconds,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def stream_record(
    *, table: str, image: Mapping[str, Any], sequence_number: str, created: datetime
) -> dict[str, Any]:
    """An INSERT of a stream of new images; `image` is DynamoDB JSON."""
    return {
        "eventID": f"event-{sequence_number}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": int(created.timestamp()),
            "Keys": {name: image[name] for name in ("pk", "sk")},
            "NewImage": dict(image),
            "SequenceNumber": sequence_number,
            "SizeBytes": 1,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/now",
    }
