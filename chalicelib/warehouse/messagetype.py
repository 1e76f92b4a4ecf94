"""What is known of one message of the protocol, for the table in `catalogue`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias, get_type_hints

from chalicelib.warehouse import xml
from chalicelib.warehouse.codec.parts import read_answer, write_answer

Codec: TypeAlias = Callable[..., Any]
"""A function of `codec`: document to content, or node to document."""


class Direction(StrEnum):
    """Who begins."""

    DOWN = "OMS to WMS"
    UP = "WMS to OMS"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """A message: `request` reads or writes what is sent, `reply` what is answered at once.

    Down we write the request and read the reply, up it is the other way round. `verified` is
    whether all of its structure is known from a document or client library of the protocol;
    otherwise `note` says what isn't, and what was taken to be so. What isn't read is kept as
    `rest`. The documents are those that the functions take and give, so the table can't say
    another type than the code has.
    """

    method: str
    direction: Direction
    request: Codec
    reply: Codec
    verified: bool
    note: str

    @property
    def writer(self) -> Codec:
        """What we write with."""
        return self.request if self.direction is Direction.DOWN else self.reply

    @property
    def reader(self) -> Codec:
        """What we read with."""
        return self.reply if self.direction is Direction.DOWN else self.request

    @property
    def document(self) -> Any:
        """The type of what is sent."""
        return _taken(self.request) if self.direction is Direction.DOWN else _given(self.request)

    @property
    def answer(self) -> Any:
        """The type of what is answered."""
        return _given(self.reply) if self.direction is Direction.DOWN else _taken(self.reply)


def sent(
    method: str, request: Codec, reply: Codec = read_answer, *, unverified: str = "", note: str = ""
) -> MessageType:
    """A message to the WMS; `unverified` says what of it isn't known for certain."""
    return MessageType(
        method=method,
        direction=Direction.DOWN,
        request=request,
        reply=reply,
        verified=not unverified,
        note=unverified or note,
    )


def received(
    method: str,
    request: Codec,
    reply: Codec = write_answer,
    *,
    unverified: str = "",
    note: str = "",
) -> MessageType:
    """A message from the WMS, likewise."""
    return MessageType(
        method=method,
        direction=Direction.UP,
        request=request,
        reply=reply,
        verified=not unverified,
        note=unverified or note,
    )


def _taken(function: Codec) -> Any:
    """The type of what it writes: its last parameter that has to be given."""
    parameters = inspect.signature(function).parameters.values()
    names = [each.name for each in parameters if each.default is inspect.Parameter.empty]
    return _hints(function)[names[-1]]


def _given(function: Codec) -> Any:
    return _hints(function)["return"]


def _hints(function: Codec) -> dict[str, Any]:
    # The alias `Content` refers to itself, so its names have to be at hand wherever it is used.
    return get_type_hints(function, {**vars(xml), **vars(sys.modules[function.__module__])})
