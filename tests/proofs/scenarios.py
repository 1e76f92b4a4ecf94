"""Every kind of delivery of the main job as a scenario to be crashed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from chalicelib.aws.dynamodb import plain_item
from chalicelib.aws.outbox import event_from_stream
from chalicelib.bootstrap.consumers import SUBSCRIPTIONS
from tests.harness.crash_points import Scenario
from tests.proofs.deliveries import ComesAgain, Queued
from tests.proofs.effects import effects, known_numbers
from tests.proofs.recording import Recorded
from tests.proofs.world import World

REMINDERS = frozenset({"DispatchDue", "NoticeDue", "InvoiceDue", "WebhookDue"})
"""What a slice sends itself so that nothing stays unsettled: after a crash the rest of the work
hangs on them, so an end state is one without them."""

MOST_REMINDERS = 200


def fullest(recorded: Iterable[Recorded]) -> dict[str, Recorded]:
    """By label, the delivery that made the most outside calls."""
    found: dict[str, Recorded] = {}
    for each in recorded:
        label = each.delivery.label
        if label not in found or len(each.calls) > len(found[label].calls):
            found[label] = each
    return found


def scenario_of(world: World, recorded: Recorded) -> Scenario[World]:
    """A delivery, and what follows from it by reminders alone, from the moment before it."""
    world.put_back(recorded.moment)
    known = known_numbers(world)

    def prepare() -> World:
        world.put_back(recorded.moment)
        return world

    def state(world: World) -> object:
        follow_reminders(world)
        return effects(world, known)

    return Scenario(
        name=recorded.delivery.label,
        prepare=prepare,
        deliver=lambda world: world.deliver(recorded.delivery),
        between_deliveries=lambda world: world.later(),
        state=state,
    )


def follow_reminders(world: World) -> None:
    """Hands the reminders in the outbox to their queues at their time, until none is left."""
    for _ in range(MOST_REMINDERS):
        rows = [plain_item(raw) | {"raw": raw} for raw in world.raw_rows("outbox")]
        due = [row for row in rows if row["kind"] in REMINDERS]
        if not due:
            return
        row = min(due, key=lambda each: each["occurred_at"])
        world.drop_row("outbox", row.pop("raw"))
        event = event_from_stream(row)
        moment = event.occurred_at + timedelta(seconds=event.delay_seconds)
        world.cloud.clock.moment = max(world.cloud.clock.moment, moment)
        for queue in SUBSCRIPTIONS[event.kind]:
            _delivered(world, Queued(queue=queue, body=msgspec.json.encode(event).decode()))
    raise AssertionError("the reminders never end")


def _delivered(world: World, queued: Queued) -> None:
    for _ in range(5):
        try:
            world.deliver(queued)
        except ComesAgain:
            world.later()
        else:
            return
    raise AssertionError(f"{queued.label} ends in the DLQ")
