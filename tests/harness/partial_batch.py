"""What Lambda makes of a handler's answer under ReportBatchItemFailures.

Whole success: an empty or null answer, an empty or null list. Whole failure: an exception, an
answer that is no such object, an identifier that is empty, null or under another key:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html. An identifier that
isn't in the batch isn't mentioned there; it is taken as whole failure, which loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def failed_messages(answer: Any, delivered: Sequence[str]) -> set[str]:
    """The ids of the delivered messages that come again; the others are deleted."""
    if answer is None or answer == {}:
        return set()
    if not isinstance(answer, dict):
        return set(delivered)
    failures = answer.get("batchItemFailures")
    if failures is None or failures == []:
        return set()
    if not isinstance(failures, list):
        return set(delivered)
    named = {str(each.get("itemIdentifier")) for each in failures if isinstance(each, dict)}
    readable = all(isinstance(each, dict) for each in failures)
    return named if readable and named <= set(delivered) else set(delivered)


def first_failed_record(answer: Any, delivered: Sequence[str]) -> int:
    """For a stream: where in the batch it is taken up again, `len(delivered)` if nowhere.

    Everything from the lowest named sequence number on is given again.
    """
    failed = failed_messages(answer, delivered)
    return min((delivered.index(each) for each in failed), default=len(delivered))
