"""Event source mappings: which handler works off which queue, and how."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalice.app import SQSEventConfig

from tests.harness.lambda_envelopes import LambdaContext

Handler = Callable[[dict[str, Any], LambdaContext], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A queue (by its logical name) and the handler that works it off.

    A message that failed `max_receives` times goes to the DLQ; a failed one comes back after
    `visibility_seconds`.
    """

    queue: str
    handler: Handler
    batch_size: int = 10
    max_receives: int = 5
    visibility_seconds: int = 180


def app_sources() -> list[Source]:
    """The app's own queue handlers with their batch sizes."""
    oms: Any = importlib.import_module("app")
    return [
        Source(
            queue=each.name.removesuffix("_worker"),
            handler=getattr(oms, each.name),
            batch_size=each.batch_size,
        )
        for each in oms.app.event_sources
        if isinstance(each, SQSEventConfig)
    ]


def app_relay() -> Handler:
    """The app's own handler of the outbox's stream."""
    relay: Handler = importlib.import_module("app").outbox_relay
    return relay
