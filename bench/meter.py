"""Counting what our own code asks of the cloud, and the CPU time it takes, step by step.

Requests are counted where botocore sends them (each attempt is one), capacity units from what the
tables answer (`ReturnConsumedCapacity=INDEXES`). CPU is the calling thread's, less what the peers
took, who run in this process too.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.aws.clients import Clients

SERVICES = ("dynamodb", "s3", "kms", "sqs", "secretsmanager")
_WRITES = {"put_item", "update_item", "delete_item", "transact_write_items", "batch_write_item"}


@dataclass(slots=True)
class Step:
    """One invocation of our code. `requests` by `service.Operation`."""

    name: str
    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    write_units: float = 0.0
    cpu_seconds: float = 0.0


class Meter:
    """Hears of every request; `step` says what they are counted for."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._now: Step | None = None
        self._peers_seconds = 0.0
        self._keys_asked = 0

    def watch(self, clients: Clients) -> None:
        """Counts the requests of these clients from now on."""
        for service in SERVICES:
            clients[service].meta.events.register("before-send", self._sent)
        clients["dynamodb"].meta.events.register(
            "before-parameter-build.dynamodb.BatchGetItem", self._batch_asked
        )

    def _batch_asked(self, params: Mapping[str, Any], **_: Any) -> None:
        # The embedded cloud doesn't say what a batch of reads consumes: a unit a key, since our
        # items are below 4 KB and every read is consistent.
        tables = params["RequestItems"].values()
        self._keys_asked = sum(len(table["Keys"]) for table in tables)

    def _sent(self, event_name: str, **_: Any) -> None:
        if self._now is not None:
            self._now.requests[event_name.removeprefix("before-send.")] += 1

    def capacity(self, operation: str, answer: Mapping[str, Any]) -> None:
        """The hook of `DynamoTables`: what an operation consumed, its indexes included."""
        if self._now is None:
            return
        consumed = answer.get("ConsumedCapacity", [])
        parts = [consumed] if isinstance(consumed, Mapping) else consumed
        units = float(sum(part["CapacityUnits"] for part in parts))
        if operation == "batch_get_item":
            self._now.read_units += self._keys_asked
        elif operation in _WRITES:
            self._now.write_units += units
        else:
            self._now.read_units += units

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Counts what is done inside, in one thread at a time."""
        before = self._now
        self._now = step = Step(name)
        started, peers = _cpu_seconds(), self._peers_seconds
        try:
            yield
        finally:
            step.cpu_seconds = _cpu_seconds() - started - (self._peers_seconds - peers)
            self._now = before
            self.steps.append(step)

    @contextmanager
    def at_a_peer(self) -> Iterator[None]:
        """A peer's own work isn't ours: neither its CPU time nor what it asks."""
        before, self._now = self._now, None
        started = _cpu_seconds()
        try:
            yield
        finally:
            self._peers_seconds += _cpu_seconds() - started
            self._now = before

    def taken(self) -> list[Step]:
        """The steps since the last call."""
        steps, self.steps = self.steps, []
        return steps


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime


def total(steps: list[Step], name: str = "total") -> Step:
    """The steps as one."""
    whole = Step(name)
    for step in steps:
        whole.requests += step.requests
        whole.read_units += step.read_units
        whole.write_units += step.write_units
        whole.cpu_seconds += step.cpu_seconds
    return whole
