"""Writes as requests: PynamoDB builds the expressions and serialises the values."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping
from typing import Any

from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Update as PynamoUpdate

from chalicelib.kernel.writes import (
    Absent,
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Equals,
    Exists,
    Key,
    Missing,
    OneOf,
    Put,
    Update,
    Write,
)


def write_request(write: Write, table: str) -> dict[str, Any]:
    """A write as the parameters of a request, alone or in a transaction."""
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    request: dict[str, Any] = {"TableName": table}
    if isinstance(write, Put):
        item = {**write.item, "pk": write.key.pk, "sk": write.key.sk}
        request["Item"] = {name: _wire(value) for name, value in item.items()}
    else:
        request["Key"] = item_key(write.key)
    if isinstance(write, Update):
        request["UpdateExpression"] = _update(write).serialize(names, values)
    request["ConditionExpression"] = _condition(write.condition).serialize(names, values)
    if names:
        request["ExpressionAttributeNames"] = placeholders(names)
    if values:
        request["ExpressionAttributeValues"] = values
    return request


def item_key(key: Key) -> dict[str, Any]:
    """An item's key as DynamoDB JSON."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def placeholders(names: Mapping[str, str]) -> dict[str, str]:
    """`ExpressionAttributeNames` of what PynamoDB collected: it keeps them the other way round."""
    return {placeholder: name for name, placeholder in names.items()}


def _wire(value: Any) -> Any:
    return Value(_listed(value)).value


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _listed(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_listed(each) for each in value]
    if isinstance(value, float):
        raise TypeError("no floats in items")
    return value


def _update(write: Update) -> PynamoUpdate:
    actions: list[Any] = [Path([name]).set(_listed(value)) for name, value in write.set.items()]
    actions += [Path([name]).add(amount) for name, amount in write.add.items()]
    actions += [Path([name]).remove() for name in write.remove]
    return PynamoUpdate(*actions)


def _condition(condition: Condition) -> Any:
    if isinstance(condition, (AllOf, AnyOf)):
        combine = operator.and_ if isinstance(condition, AllOf) else operator.or_
        return functools.reduce(combine, map(_condition, condition.conditions))
    match condition:
        case Absent():
            return Path(["pk"]).does_not_exist()
        case Exists():
            return Path(["pk"]).exists()
        case Equals(attribute, value):
            return Path([attribute]) == _listed(value)
        case OneOf(attribute, values):
            return Path([attribute]).is_in(*values)
        case AtLeast(attribute, value):
            return Path([attribute]) >= value
        case Missing(attribute):
            return Path([attribute]).does_not_exist()
