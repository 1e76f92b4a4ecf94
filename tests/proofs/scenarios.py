"""Every kind of delivery of the main job as a scenario to be crashed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.harness.crash_points import Mode, Report, Scenario, enumerate_crashes
from tests.proofs.deliveries import ComesAgain
from tests.proofs.effects import effects, known_numbers
from tests.proofs.recording import Recorded, next_event
from tests.proofs.world import World

REMINDERS = frozenset(
    {
        "DispatchDue",
        "NoticeDue",
        "InvoiceDue",
        "WebhookDue",
        "DriftStepWanted",
        "ItemsGathered",
        "OrdersGathered",
    }
)
"""What a slice sends itself so that nothing stays unsettled: after a crash the rest of the work
hangs on them, so an end state is one without them, and they are crashed like the delivery."""

MOST_REMINDERS = 200

MOVERS = frozenset({"relay of the outbox", "schedule outbox_sweeper"})
"""What hands the outbox on. While anything else waits to be delivered again, they have done so."""


def fullest(recorded: Iterable[Recorded]) -> dict[str, Recorded]:
    """By label, the delivery that made the most outside calls."""
    found: dict[str, Recorded] = {}
    for each in recorded:
        label = each.label
        if label not in found or len(each.calls) > len(found[label].calls):
            found[label] = each
    return found


def scenario_of(world: World, recorded: Recorded) -> Scenario[World]:
    """A delivery, and what follows from it by reminders alone, from the moment before it."""
    world.put_back(recorded.moment)
    known = known_numbers(world)
    reminders = _Reminders()
    moves_outbox = recorded.delivery.label in MOVERS

    def prepare() -> World:
        world.put_back(recorded.moment)
        recorded.arrange(world)
        reminders.given = 0
        return world

    return Scenario(
        name=recorded.label,
        prepare=prepare,
        deliver=lambda world: world.deliver(recorded.delivery),
        next_delivery=reminders.next_delivery,
        overtake=lambda world: world.overtake(recorded.delivery),
        turned_away=ComesAgain,
        between_deliveries=lambda world: world.later(relayed=not moves_outbox),
        state=lambda world: effects(world, known),
    )


def crash(world: World, recorded: Recorded, *modes: Mode) -> Report:
    """Has every outside call of a delivery go wrong in these modes; nothing may differ in the
    end.
    """
    report = enumerate_crashes(scenario_of(world, recorded), modes=modes)
    assert report.divergences == (), str(report)
    return report


class _Reminders:
    """Hands the reminders in the outbox to their queues at their time, until none is left."""

    def __init__(self) -> None:
        self.given = 0

    def next_delivery(self, world: World) -> Callable[[World], Any] | None:
        reminder = next_event(world, REMINDERS)
        if reminder is None:
            return None
        self.given += 1
        if self.given > MOST_REMINDERS:
            raise AssertionError("the reminders never end")
        return lambda world: world.deliver(reminder)
