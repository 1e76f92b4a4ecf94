"""The tables: `DynamoTables` reads items and commits writes.

PynamoDB builds the expressions and serialises the values (`expressions`), boto3 sends the requests:
one client, one retry rule, one place where every request can be counted. Every read is consistent
but those of an index.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.expressions.operand import Path

from chalicelib.aws.clients import Clients
from chalicelib.aws.cursors import cursor_of, start_key
from chalicelib.aws.expressions import item_key, placeholders, write_request
from chalicelib.aws.outages import ask
from chalicelib.aws.outbox_rows import outbox_put
from chalicelib.kernel.clock import Clock
from chalicelib.kernel.errors import Unavailable
from chalicelib.kernel.items import INDEX_ATTRIBUTES, Page
from chalicelib.kernel.writes import (
    MOST_WRITES,
    Check,
    ConditionFailed,
    Delete,
    Key,
    Put,
    Update,
    Write,
    Writes,
)

CONFLICT_TRIES = 8
"""TransactionConflict is not retried by the SDK; the same writes are sent again, with jitter."""

BATCH_GET_MOST = 100


class DynamoTables:
    """`Items` and `Transaction` on DynamoDB. `tables` maps logical to deployed names."""

    def __init__(
        self,
        clients: Clients,
        tables: Mapping[str, str],
        *,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
        count_capacity: Callable[[str, Mapping[str, Any]], None] | None = None,
    ) -> None:
        self._clients = clients
        self._tables = dict(tables)
        self._logical = {name: logical for logical, name in tables.items()}
        self._clock = clock
        self._pause = pause
        self._count = count_capacity

    # --- reads

    def get(self, key: Key) -> Mapping[str, Any] | None:
        answer = self._call(
            "get_item", TableName=self._tables[key.table], Key=item_key(key), ConsistentRead=True
        )
        return plain_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
        found: dict[Key, Mapping[str, Any]] = {}
        wanted = list(dict.fromkeys(keys))
        while wanted:
            batch, wanted = wanted[:BATCH_GET_MOST], wanted[BATCH_GET_MOST:]
            requests: dict[str, Any] = {}
            for key in batch:
                table = requests.setdefault(
                    self._tables[key.table], {"Keys": [], "ConsistentRead": True}
                )
                table["Keys"].append(item_key(key))
            answer = self._call("batch_get_item", RequestItems=requests)
            for name, items in answer["Responses"].items():
                for item in map(plain_item, items):
                    found[Key(self._logical[name], item["pk"], item["sk"])] = item
            for name, rest in answer.get("UnprocessedKeys", {}).items():
                wanted.extend(
                    Key(self._logical[name], raw["pk"]["S"], raw["sk"]["S"]) for raw in rest["Keys"]
                )
        return found

    def query(
        self,
        table: str,
        pk: str,
        *,
        prefix: str = "",
        since: str | None = None,
        until: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        forward: bool = True,
        index: str | None = None,
    ) -> Page:
        pk_name, sk_name = INDEX_ATTRIBUTES[index] if index else ("pk", "sk")
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        condition = Path([pk_name]) == pk
        if prefix:
            condition &= Path([sk_name]).startswith(prefix)
        elif since is not None and until is not None:
            condition &= Path([sk_name]).between(since, until)
        elif since is not None:
            condition &= Path([sk_name]) >= since
        elif until is not None:
            condition &= Path([sk_name]) <= until
        request: dict[str, Any] = {
            "TableName": self._tables[table],
            "KeyConditionExpression": condition.serialize(names, values),
            "ExpressionAttributeNames": placeholders(names),
            "ExpressionAttributeValues": values,
            "Limit": limit,
            "ScanIndexForward": forward,
            "ConsistentRead": index is None,
        }
        if index:
            request["IndexName"] = index
        if cursor:
            names_of_key = {"pk", "sk", pk_name, sk_name}
            request["ExclusiveStartKey"] = start_key(cursor, names_of_key, {pk_name: pk})
        answer = self._call("query", **request)
        last = answer.get("LastEvaluatedKey")
        return Page(
            items=tuple(map(plain_item, answer["Items"])),
            next_cursor=cursor_of(last) if last else None,
        )

    # --- writes

    def commit(self, writes: Writes) -> None:
        """All or nothing; one write without an event goes as a single, cheaper request."""
        if len(writes) > MOST_WRITES:
            raise ValueError(f"{len(writes)} items in one transaction, {MOST_WRITES} fit")
        single = writes.writes[0] if len(writes) == 1 and writes.writes else None
        if single is not None and not (isinstance(single, Update) and single.add):
            self._commit_single(single)
        elif len(writes):
            self._commit_transaction(writes)

    def _commit_single(self, write: Write) -> None:
        if isinstance(write, Check):
            raise ValueError("a check alone writes nothing: read instead")
        operation = {Put: "put_item", Update: "update_item", Delete: "delete_item"}[type(write)]
        try:
            self._call_through_conflicts(operation, **self._request(write))
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                raise ConditionFailed((write.refusal,)) from error
            raise

    def _commit_transaction(self, writes: Writes) -> None:
        now = self._clock.now()
        puts = [outbox_put(event, now) for event in writes.events]
        all_writes: list[Write] = [*writes, *puts]
        names = {Put: "Put", Update: "Update", Delete: "Delete", Check: "ConditionCheck"}
        request = [{names[type(write)]: self._request(write)} for write in all_writes]
        try:
            self._call_through_conflicts("transact_write_items", TransactItems=request)
        except ClientError as error:
            refused = _refusals(error, all_writes)
            if refused:
                raise ConditionFailed(refused) from error
            raise

    def _call_through_conflicts(self, operation: str, **request: Any) -> None:
        """Sends it again as long as another transaction has the items; a single write can meet one
        too.
        """
        for attempt in range(CONFLICT_TRIES):
            try:
                self._call(operation, **request)
                return
            except ClientError as error:
                if not _is_conflict(error):
                    raise
                # Jitter decides who goes first; it is no secret.
                self._pause(random.uniform(0.01, 0.05) * 2**attempt)  # noqa: S311
        raise Unavailable(f"contention outlasted {CONFLICT_TRIES} tries")

    def _request(self, write: Write) -> dict[str, Any]:
        return write_request(write, self._tables[write.key.table])

    def _call(self, operation: str, **request: Any) -> Any:
        if self._count is not None:
            request["ReturnConsumedCapacity"] = "INDEXES"
        answer = ask(self._clients, "dynamodb", operation, **request)
        if self._count is not None:
            self._count(operation, answer)
        return answer


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB JSON as Python values; numbers are integers, as nothing else is ever written."""
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "N":
        return int(content)
    if kind == "L":
        return [_plain(each) for each in content]
    if kind == "M":
        return plain_item(content)
    return None if kind == "NULL" else content


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _reasons(error: ClientError) -> list[str]:
    reasons: Any = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code")) for reason in reasons]


def _refusals(error: ClientError, writes: Sequence[Write]) -> tuple[str, ...]:
    return tuple(
        write.refusal
        for write, code in zip(writes, _reasons(error), strict=False)
        if code == "ConditionalCheckFailed"
    )


def _is_conflict(error: ClientError) -> bool:
    if _code(error) in ("TransactionInProgressException", "TransactionConflictException"):
        return True
    passing = {"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    reasons = _reasons(error)
    return bool(reasons) and set(reasons) <= passing
