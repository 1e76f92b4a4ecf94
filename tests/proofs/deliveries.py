"""What comes to the OMS from outside, as values: a request, a callback, a queued event, a clock's
call, a stream's batch, a person's command. Delivering one again is what the sender would do: the
same content, signed anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chalicelib.catalog.model import Shop, Warehouse
from chalicelib.warehouse.connections import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A document of a client, signed as in Standard Webhooks, or by somebody else (`forged`)."""

    path: str
    client: str
    body: Mapping[str, Any] = field(hash=False)
    forged: bool = False

    @property
    def label(self) -> str:
        return f"POST {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A person's request, by token. `done_already`: what it may be refused with when it comes
    again after it was done.
    """

    path: str
    body: Mapping[str, Any] = field(hash=False)
    verb: str = "POST"
    done_already: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        return f"{self.verb} {self.path.split('/')[2]} {self.path.rsplit('/', 1)[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A message of a warehouse system, or of somebody else (`forged`). `answer` is the flag that
    it is to be answered with.
    """

    wms: str
    method: str
    body: bytes
    forged: bool = False
    answer: str = "success"

    @property
    def label(self) -> str:
        return f"callback {self.method}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """An event on a queue; `body` is the message's text."""

    queue: str
    body: str

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def label(self) -> str:
        event = self.event
        method = ""
        if event["kind"] == "DispatchDue":
            method = f" {event['data']['dispatch'].split('#')[1]}"
        return f"{self.queue}: {event['kind']}{method}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """A function that the clock starts."""

    function: str
    time: str

    @property
    def label(self) -> str:
        return f"schedule {self.function}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """A batch of the outbox's stream, or of another one, which its `function` gets."""

    records: tuple[Mapping[str, Any], ...] = field(hash=False)
    function: str = "outbox_relay"

    @property
    def label(self) -> str:
        relay = self.function == "outbox_relay"
        return "relay of the outbox" if relay else f"stream to {self.function}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redriven:
    """A person gives a queue's dead letters again."""

    queue: str

    @property
    def label(self) -> str:
        return f"redrive {self.queue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """A person sets a shop, a warehouse or a connection up, or says it anew (`./oms … put`)."""

    document: Shop | Warehouse | Connection

    @property
    def label(self) -> str:
        return f"put {type(self.document).__name__.lower()}"


Delivery: TypeAlias = Signed | Asked | Callback | Queued | Scheduled | Streamed | Redriven | SetUp


class ComesAgain(Exception):
    """The OMS didn't take it: the sender will send it again."""
