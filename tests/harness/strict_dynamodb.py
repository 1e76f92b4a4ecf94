"""Repairs of moto's DynamoDB; `tests.harness.strict_moto` installs them under its lock."""

from __future__ import annotations

import copy
import json
import time
from collections import defaultdict
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeToUpdateTooLarge, MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import StreamShard, Table

from tests.harness.replacing import add, replace

TOKEN_SECONDS = 600
TRANSACTION_BYTES = 4 * 1024 * 1024
ITEM_BYTES = 409_600
BATCH_WRITE_MOST = 25

_tokens: dict[str, tuple[float, str, Any]] = {}
_held_back: list[list[tuple[StreamShard, Item | None, Item | None]]] = []
"""Stream records of the writes under way, innermost last; only touched under the lock."""


def repair_dynamodb() -> None:
    """All of the repairs below."""
    _copy_tables_by_reference()
    _update_atomically()
    _write_stream_records_on_commit()
    _keep_tables_on_rollback()
    _honour_request_tokens()
    _limit_batch_writes()
    _check_index_key_types()
    responses.TRANSACTION_MAX_ITEMS = 100  # TransactGetItems: moto stops at 25


def forget_tokens() -> None:
    """Every ClientRequestToken is unknown again, as in a new account."""
    _tokens.clear()


class IdempotentParameterMismatch(JsonRESTError):
    """The answer to a token that was used for other writes."""

    def __init__(self) -> None:
        super().__init__(
            "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
            "Request token already in use with a different payload",
        )


def _copy_tables_by_reference() -> None:
    """Before a transaction moto copies every touched table whole: 60 ms for 300 rows. Items are
    never changed in place (see `_update_atomically`), so a copy of the dictionaries will do.
    """

    def shallow(self: Table, memo: dict[int, Any]) -> Table:
        copied = copy.copy(self)
        copied.items = defaultdict(dict)
        for hash_key, found in self.items.items():
            copied.items[hash_key] = dict(found) if isinstance(found, dict) else found
        return copied

    add(Table, "__deepcopy__", shallow)


def _update_atomically() -> None:
    """A failed UpdateItem leaves its first clauses, or an item with nothing but its keys, and
    nested values grow past 400 KB. Here the update works on a copy, which is dropped when it
    fails; and an upsert gives one stream record, not two.
    """

    def make(update_item: Any) -> Any:
        def update(
            self: DynamoDBBackend, table_name: str, key: Any, *rest: Any, **named: Any
        ) -> Any:
            table = self.get_table(table_name)
            before = _take(table, key)
            if before is not None:
                _place(table, key, copy.deepcopy(before))
            _held_back.append([])
            try:
                item = update_item(self, table_name, key, *rest, **named)
                if item.size() > ITEM_BYTES:
                    raise ItemSizeToUpdateTooLarge
            except BaseException:
                _place(table, key, before)
                raise
            finally:
                _held_back.pop()
            if table.stream_shard is not None:
                table.stream_shard.add(before, item)
            return item

        return update

    replace(DynamoDBBackend, "update_item", make)


def _take(table: Table, key: Any) -> Item | None:
    found: Item | None = table.get_item(*_typed(table, key))
    return found


def _place(table: Table, key: Any, item: Item | None) -> None:
    """Puts an item where its key says; None takes away what is there."""
    hash_key, range_key = _typed(table, key)
    row: Any = table.items if range_key is None else table.items[hash_key]
    name = hash_key if range_key is None else range_key
    if item is None:
        row.pop(name, None)
    else:
        row[name] = item


def _typed(table: Table, key: Any) -> tuple[DynamoType, DynamoType | None]:
    sort = table.range_key_attr
    return DynamoType(key[table.hash_key_attr]), DynamoType(key[sort]) if sort else None


def _write_stream_records_on_commit() -> None:
    """moto writes a record for a write that changed nothing, and for writes of a transaction that
    is cancelled a moment later.
    """

    def make(write: Any) -> Any:
        def hold_back(self: StreamShard, old: Item | None, new: Item | None) -> None:
            if _held_back:
                _held_back[-1].append((self, old, new))
            elif old is None or new is None or old.to_json() != new.to_json():
                write(self, old, new)

        return hold_back

    replace(StreamShard, "add", make)


def _keep_tables_on_rollback() -> None:
    """moto rolls back by putting copies in the place of the tables, so open stream iterators read a
    dead shard. Here the table that everybody holds gets its old rows back.
    """

    def make(transact: Any) -> Any:
        def commit(self: DynamoDBBackend, items: Any) -> Any:
            live = dict(self.tables)
            _held_back.append([])
            try:
                answer = transact(self, items)
            except BaseException:
                for name, table in live.items():
                    table.items = self.tables[name].items
                    self.tables[name] = table
                _held_back.pop()
                raise
            for shard, old, new in _held_back.pop():
                shard.add(old, new)
            return answer

        return commit

    replace(DynamoDBBackend, "transact_write_items", make)


def _honour_request_tokens() -> None:
    """moto ignores ClientRequestToken, so the SDK's own retry after a lost answer counts twice; and
    it takes transactions of any size.
    """

    def make(transact: Any) -> Any:
        def once(self: responses.DynamoHandler) -> Any:
            body = self.body
            if sum(len(json.dumps(each)) for each in body["TransactItems"]) > TRANSACTION_BYTES:
                raise MockValidationException("Transaction request exceeds the 4MB limit")
            token = str(body.get("ClientRequestToken", ""))
            content = json.dumps(body["TransactItems"], sort_keys=True)
            known = _tokens.get(token)
            if token and known and time.monotonic() - known[0] < TOKEN_SECONDS:
                if known[1] != content:
                    raise IdempotentParameterMismatch
                return known[2]
            answer = transact(self)
            if token:
                _tokens[token] = (time.monotonic(), content, answer)
            return answer

        return once

    replace(responses.DynamoHandler, "transact_write_items", make)


def _limit_batch_writes() -> None:
    """moto takes any number of requests, and a put and a delete of one key in one batch."""

    def make(batch_write: Any) -> Any:
        def limited(self: responses.DynamoHandler) -> Any:
            keys: list[str] = []
            for name, requests in self.body["RequestItems"].items():
                attributes = self.dynamodb_backend.get_table(name).table_key_attrs
                for request in requests:
                    (content,) = request.values()
                    item = content.get("Item") or content["Key"]
                    keys.append(json.dumps([name, [item[each] for each in attributes]]))
            if not 1 <= len(keys) <= BATCH_WRITE_MOST:
                raise MockValidationException("Member must have length between 1 and 25")
            if len(set(keys)) < len(keys):
                raise MockValidationException("Provided list of item keys contains duplicates")
            return batch_write(self)

        return limited

    replace(responses.DynamoHandler, "batch_write_item", make)


def _check_index_key_types() -> None:
    """moto puts an item whose index key is of another type than the index says."""

    def make(put_item: Any) -> Any:
        def checked(self: Table, item_attrs: dict[str, Any], *rest: Any, **named: Any) -> Any:
            types = {each["AttributeName"]: each["AttributeType"] for each in self.attr}
            for index in (*self.global_indexes, *self.indexes):
                for name in index.schema_key_attrs:
                    if name in item_attrs and types[name] not in item_attrs[name]:
                        raise MockValidationException(
                            f"Type mismatch for Index Key {name} Expected: {types[name]}"
                        )
            return put_item(self, item_attrs, *rest, **named)

        return checked

    replace(Table, "put_item", make)
