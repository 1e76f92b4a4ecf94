"""What comes again after which answer, case by case as AWS's text says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.partial_batch import failed_messages, first_failed_record

ALL = {"a", "b", "c"}
DELIVERED = ["a", "b", "c"]


def failing(*identifiers: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in identifiers]}


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        (failing(), set()),
        (failing("b"), {"b"}),
        (failing("a", "c", "a"), {"a", "c"}),
        (failing("a", "b", "c"), ALL),
        (failing("a", ""), ALL),
        (failing("a", None), ALL),
        (failing("a", "unknown"), ALL),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifer": "b"}]}, ALL),
        ({"batchItemFailures": [{"itemIdentifier": "a"}, "b"]}, ALL),
        ({"batchItemFailures": "a"}, ALL),
        ("done", ALL),
    ],
    ids=[
        "null", "empty", "null list", "empty list", "one", "some", "all", "empty id", "null id",
        "unknown id", "wrong key", "no object", "no list", "no answer object",
    ],
)  # fmt: skip
def test_what_comes_again_after_an_answer(answer: Any, again: set[str]) -> None:
    assert failed_messages(answer, DELIVERED) == again


@pytest.mark.parametrize(
    ("answer", "position"),
    [({}, 3), (failing("c"), 2), (failing("c", "b"), 1), (failing(None), 0), ("done", 0)],
)
def test_a_stream_is_taken_up_at_the_lowest_failed_record(answer: Any, position: int) -> None:
    assert first_failed_record(answer, DELIVERED) == position
