"""Conditional writes as values, so that a service can plan and only the outermost use case commits.

A service that another slice calls returns `Writes`; the caller adds them up and commits them once
through `Transaction`. Each write names its condition and, as `refusal`, what it means when the
condition fails. An item may stand once in a transaction, so `Writes` refuses two writes of one
key: sum before you plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from chalicelib.kernel.events import Event

Value: TypeAlias = "None | bool | int | str | list[Value] | dict[str, Value]"
"""What an attribute may hold: no floats, no bytes; moments are text (`clock.to_text`), dates ISO
text.
"""

MOST_WRITES = 100
"""What one DynamoDB transaction takes."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """An item: the logical table (`documents`, `stock`, `messages`), its partition and sort key."""

    table: str
    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The item doesn't exist yet."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The item exists and its attribute has this value."""

    attribute: str
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """The item exists and its attribute has one of these values."""

    attribute: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The item exists and its attribute is a number not below this one."""

    attribute: str
    value: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The item (it may not exist at all) has no such attribute."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Exists:
    """The item is there, whatever it says."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = "Absent | Equals | OneOf | AtLeast | Missing | Exists | AllOf | AnyOf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """Writes the whole item."""

    key: Key
    item: Mapping[str, Value]
    condition: Condition
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Changes attributes of an item: `set` replaces, `add` adds to a number (a missing one counts
    as 0), `remove` drops.

    `add` is safe here, and only here: the transaction it stands in carries a token, so the SDK's
    own retry can't double it, and its condition (or another write of the transaction) names the
    operation.
    """

    key: Key
    condition: Condition
    refusal: str
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Removes the item."""

    key: Key
    condition: Condition
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Changes nothing, but the transaction only holds if the condition does."""

    key: Key
    condition: Condition
    refusal: str


Write: TypeAlias = Put | Update | Delete | Check


class Writes:
    """An immutable set of writes and events that are to be committed together."""

    __slots__ = ("events", "writes")

    def __init__(self, writes: Iterable[Write] = (), events: Iterable[Event] = ()) -> None:
        self.writes = tuple(writes)
        self.events = tuple(events)
        seen: set[Key] = set()
        for write in self.writes:
            if write.key in seen:
                raise ValueError(f"two writes of one item in a transaction: {write.key}")
            seen.add(write.key)

    def __add__(self, other: Writes) -> Writes:
        return Writes(self.writes + other.writes, self.events + other.events)

    def __len__(self) -> int:
        """How many items the transaction takes: an event is an item too."""
        return len(self.writes) + len(self.events)

    def __iter__(self) -> Iterator[Write]:
        return iter(self.writes)

    def __repr__(self) -> str:
        return f"Writes({list(self.writes)!r}, {list(self.events)!r})"


class ConditionFailed(Exception):
    """The transaction changed nothing because conditions failed; `refusals` names them in the
    order of the writes.

    What follows is a consistent read: our own doing already, go on; another's, say so.
    """

    def __init__(self, refusals: tuple[str, ...]) -> None:
        super().__init__(", ".join(refusals))
        self.refusals = refusals


class Transaction(Protocol):
    """Commits writes and events: all or nothing."""

    def commit(self, writes: Writes) -> None:
        """Raises `ConditionFailed` when a condition doesn't hold, `Unavailable` when contention or
        an outage outlasts the retries.
        """
        ...
