"""Queues, dead letters and the outbox."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage


def queues(as_json: AsJson = False) -> None:
    """What waits in every queue, its dead letters, and the events not yet sent.

    Example: oms queues
    """
    oms = stage()
    depths, unsent = oms.queues.depths(), oms.queues.unsent()
    if as_json:
        return say_json(
            {
                "queues": [dataclasses.asdict(depth) for depth in depths],
                "outbox": dataclasses.asdict(unsent),
            }
        )
    columns = ("queue", "#waiting", "#in flight", "#delayed", "#dead letters")
    say_table(
        "Queues",
        columns,
        [(each.queue, each.waiting, each.in_flight, each.delayed, each.dead) for each in depths],
    )
    since = f", the oldest since {unsent.oldest}" if unsent.events else ""
    return say(f"Outbox: {unsent.events} events not yet sent{since}.")


def redrive(
    queue: Annotated[str, typer.Argument(help="routing, dispatch, posting …")],
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many; all if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Gives a queue its dead letters again. Safe to stop and to repeat.

    Example: oms redrive posting --limit 100
    """
    oms = stage()
    dead = oms.queues.depth(queue).dead or 0
    with progress(f"redrive {queue}", min(dead, limit) if limit else dead) as (bar, task):
        done = oms.queues.redrive(
            queue, limit=limit, progress=lambda count: bar.advance(task, count)
        )
    if as_json:
        say_json({"queue": queue, **dataclasses.asdict(done)})
    else:
        say(f"{done.moved} dead letters given to {queue} again, {done.failed} not taken.")
    if done.failed:
        raise typer.Exit(1)


def sweep(as_json: AsJson = False) -> None:
    """Sends what the outbox's stream has left behind (older than a minute), once.

    Example: oms sweep
    """
    sent, left = stage().outbox.sweep()
    if as_json:
        return say_json({"sent": sent, "left": left})
    return say(f"{sent} events sent, {left} left.")
