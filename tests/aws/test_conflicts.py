"""Contention: moto never has any, so DynamoDB's answers to it are given by hand."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws.dynamodb import CONFLICT_TRIES, DynamoTables
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.writes import Absent, ConditionFailed, Key, Put, Update, Writes
from tests.fakes.kernel import SettableClock

A, B = Key("documents", "A", "HEAD"), Key("documents", "B", "HEAD")
SINGLE = Writes([Put(key=A, item={}, condition=Absent(), refusal="a_there")])
BOTH = Writes(
    [
        Put(key=A, item={}, condition=Absent(), refusal="a_there"),
        Update(key=B, condition=Absent(), refusal="b_there", add={"n": 1}),
    ]
)


def error(code: str, *reasons: str) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": ""},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(response, "Write")


def cancelled(*reasons: str) -> ClientError:
    return error("TransactionCanceledException", *reasons)


class Scripted:
    """A DynamoDB client that raises what it is given, then says yes."""

    def __init__(self, *errors: ClientError) -> None:
        self._errors = list(errors)
        self.requests: list[Any] = []

    def __getitem__(self, service: str) -> Scripted:
        return self

    def transact_write_items(self, **request: Any) -> Any:
        self.requests.append(request)
        if self._errors:
            raise self._errors.pop(0)
        return {}

    put_item = transact_write_items


def commit(scripted: Any, writes: Writes) -> list[float]:
    """Commits and answers the pauses that were made."""
    pauses: list[float] = []
    tables = DynamoTables(
        scripted, {"documents": "documents"}, clock=SettableClock(), pause=pauses.append
    )
    tables.commit(writes)
    return pauses


@pytest.mark.parametrize(
    ("writes", "conflict"),
    [
        (BOTH, cancelled("TransactionConflict", "None")),
        (BOTH, cancelled("None", "ThrottlingError")),
        (BOTH, error("TransactionInProgressException")),
        (SINGLE, error("TransactionConflictException")),
    ],
)
def test_a_conflict_is_tried_again_with_the_same_writes(
    writes: Writes, conflict: ClientError
) -> None:
    scripted = Scripted(conflict, conflict)
    pauses = commit(scripted, writes)
    assert len(scripted.requests) == 3
    assert scripted.requests[0] == scripted.requests[2]
    assert 0.01 <= pauses[0] <= 0.05
    assert 0.02 <= pauses[1] <= 0.1


@pytest.mark.parametrize(
    ("writes", "conflict"),
    [
        (BOTH, cancelled("TransactionConflict", "None")),
        (SINGLE, error("TransactionConflictException")),
    ],
)
def test_contention_that_does_not_end_is_unavailable(writes: Writes, conflict: ClientError) -> None:
    scripted = Scripted(*[conflict] * 20)
    with pytest.raises(Unavailable):
        commit(scripted, writes)
    assert len(scripted.requests) == CONFLICT_TRIES


def test_a_failed_condition_beside_a_conflict_is_a_failed_condition() -> None:
    scripted = Scripted(cancelled("TransactionConflict", "ConditionalCheckFailed"))
    with pytest.raises(ConditionFailed) as failure:
        commit(scripted, BOTH)
    assert failure.value.refusals == ("b_there",)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("writes", [SINGLE, BOTH])
def test_what_is_our_own_mistake_is_not_tried_again(writes: Writes) -> None:
    scripted = Scripted(error("ValidationException"))
    with pytest.raises(ClientError):
        commit(scripted, writes)
    assert len(scripted.requests) == 1
