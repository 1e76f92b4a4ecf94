"""Handles on a deployed OMS, for the demo and for tests: call a function, stop a consumer, look.

Nothing here sleeps: what has to be waited for has a deadline (`local.waiting`).
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.deploy import Deployment
from local.waiting import wait_until


class FunctionFailed(Exception):
    """The function raised; the text is what the cloud says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line that a function wrote."""

    at: datetime
    text: str

    def json(self) -> dict[str, Any] | None:
        """The line as the object it holds, if it is a structured one."""
        try:
            value = json.loads(self.text)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def invoke(deployment: Deployment, function: str, payload: object) -> Any:
    """Runs the function with this event and returns its answer. Raises FunctionFailed."""
    answer = deployment.client("lambda").invoke(
        FunctionName=deployment.functions[function],
        Payload=json.dumps(payload, ensure_ascii=False).encode(),
    )
    body = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise FunctionFailed(f"{function}: {body}")
    return body


def invoke_scheduled(deployment: Deployment, function: str) -> Any:
    """Runs a scheduled function now, with the envelope that its schedule would send."""
    settings = deployment.settings
    return invoke(
        deployment,
        function,
        {
            "version": "0",
            "id": f"by-hand-{time.time_ns()}",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "000000000000",
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": settings.region,
            "resources": [f"arn:aws:events:{settings.region}:000000000000:rule/by-hand"],
            "detail": {},
        },
    )


def switch(deployment: Deployment, function: str, *, on: bool) -> None:
    """Turns the event source (queue or stream) of the function on or off.

    What arrives meanwhile stays where it is. A batch that was taken already is worked off; off is
    off when this returns, but for that batch.
    """
    client = deployment.client("lambda")
    name = deployment.functions[function]
    mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    if not mappings:
        raise LookupError(f"{function} has no queue and no stream")
    wanted = "Enabled" if on else "Disabled"
    identities = [one["UUID"] for one in mappings]
    for identity in identities:
        client.update_event_source_mapping(UUID=identity, Enabled=on)
    wait_until(
        lambda: all(
            client.get_event_source_mapping(UUID=one)["State"] == wanted for one in identities
        ),
        f"event source of {function} {wanted.lower()}",
        seconds=10,
    )


@contextlib.contextmanager
def paused(deployment: Deployment, *functions: str) -> Iterator[None]:
    """The functions' event sources are off for the length of a `with`."""
    for function in functions:
        switch(deployment, function, on=False)
    try:
        yield
    finally:
        for function in functions:
            switch(deployment, function, on=True)


def log_lines(
    deployment: Deployment, function: str, *, since: datetime | None = None, containing: str = ""
) -> list[LogLine]:
    """What the function wrote, oldest first, without the platform's START, END and REPORT lines."""
    client = deployment.client("logs")
    configuration = deployment.client("lambda").get_function_configuration(
        FunctionName=deployment.functions[function]
    )
    group = configuration["LoggingConfig"]["LogGroup"]
    start = {"startTime": int(since.timestamp() * 1000)} if since else {}
    lines = []
    try:
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group, **start):
            for event in page["events"]:
                at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                lines.append(LogLine(at=at, text=event["message"].rstrip("\n")))
    except client.exceptions.ResourceNotFoundException:
        # The group comes with the first line.
        return []
    platform = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
    return [one for one in lines if containing in one.text and not one.text.startswith(platform)]
