"""How stories are told: what the good run of the main job doesn't meet, from one of its stages on,
with the deliveries kept that are the story's point.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws.settings import QUEUES
from local.seeding import SHOP
from tests.harness.injecting import Killed
from tests.harness.outside_calls import Call, listening
from tests.proofs.deliveries import Asked, Callback, Delivery, Queued, Signed
from tests.proofs.main_job import order_body
from tests.proofs.recording import Recorded, Recorder, Stage, pump_of, settle
from tests.proofs.world import World

ALL = tuple(QUEUES)
NOT_TO_WMS = tuple(queue for queue in QUEUES if queue != "dispatch")


class Teller:
    """What a story is told with. `numbers` are the orders' numbers by name."""

    def __init__(self, world: World, numbers: Mapping[str, str]) -> None:
        self.world = world
        self.numbers = dict(numbers)
        self._recorder = Recorder(world)
        self._caught: dict[str, list[str]] = {}

    @property
    def recorded(self) -> list[Recorded]:
        return self._recorder.recorded

    def deliver(self, delivery: Delivery) -> Any:
        """Delivers; keeps what is to be caught."""
        stories = self._caught.get(delivery.label)
        if stories is None:
            return self.world.deliver(delivery)
        story = stories.pop(0) if len(stories) > 1 else stories[0]
        return self._recorder.deliver(delivery, story=story)

    def keep(self, story: str, delivery: Delivery) -> Any:
        """A delivery that is the story's point."""
        return self._recorder.deliver(delivery, story=story)

    def arranged(self, story: str, delivery: Delivery, arrange: Callable[[World], object]) -> None:
        """The same, of one that needs more than a moment holds."""
        arrange(self.world)
        self.keep(story, delivery)
        self.recorded[-1] = replace(self.recorded[-1], arrange=arrange)

    def settle(self, *, queues: Collection[str] = ALL) -> None:
        """Everything to rest, as far as it goes by these queues."""
        settle(pump_of(self.world, self.deliver, queues=queues))

    def catch(self, label: str, *stories: str) -> None:
        """Keeps deliveries of this label from now on, one a story, the others for the last."""
        self._caught[label] = list(stories)

    def events_of(self, queue: str) -> list[Queued]:
        """What this queue is to get now, not delivered."""
        events: list[Queued] = []

        def set_aside(delivery: Delivery) -> Any:
            if isinstance(delivery, Queued):
                events.append(delivery)
                return None
            return self.world.deliver(delivery)

        settle(pump_of(self.world, set_aside, queues=[queue]))
        return events

    def die_after(self, delivery: Delivery, call: str, *, times: int) -> None:
        """The sandbox is killed by the n-th call of this name."""
        with listening(_DiesAfter(call, times)):
            try:
                self.world.deliver(delivery)
            except Killed:
                return
        raise AssertionError(f"{delivery.label} doesn't make {call} {times} times")

    def ids(self, kind: str) -> list[str]:
        """The ids of the documents of a kind (the first part of their keys)."""
        keys = {row["pk"]["S"] for row in self.world.raw_rows("documents")}
        return sorted(key.partition("#")[2] for key in keys if key.startswith(f"{kind}#"))

    def order(self, name: str, lines: Sequence[dict[str, Any]], payable: str) -> str:
        """Places an order."""
        body = order_body(name, list(lines), payable=payable)
        _, answer = self.world.deliver(Signed(path="/v1/orders", client=SHOP, body=body))
        self.numbers[name] = answer["order_no"]
        return self.numbers[name]

    def parts(self, number: str) -> dict[str, str]:
        """An order's fulfilments by warehouse."""
        _, order = self.world.deliver(Asked(verb="GET", path=f"/v1/orders/{number}", body={}))
        return {each["warehouse"]: each["fulfilment_no"] for each in order["fulfilments"]}

    def heard(self, story: str, callback: Callable[[], object]) -> None:
        """What a warehouse says, kept."""
        self.world.incoming = lambda said: self.keep(story, said)
        try:
            callback()
        finally:
            self.world.incoming = self.world.deliver

    def said(self, callback: Callable[[], object]) -> Callback:
        """What a warehouse would say, unheard."""
        said: list[Callback] = []

        def unheard(callback: Callback) -> bytes:
            said.append(callback)
            return b"<response><flag>failure</flag></response>"

        self.world.incoming = unheard
        try:
            callback()
        finally:
            self.world.incoming = self.world.deliver
        return said[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Told from a stage of the main job ("beginning", or after a step)."""

    after: str
    tell: Callable[[Teller], None]


def told(world: World, stages: Mapping[str, Stage], stories: Iterable[Story]) -> list[Recorded]:
    """What the stories keep."""
    found: list[Recorded] = []
    for story in stories:
        stage = stages[story.after]
        world.put_back(stage.moment)
        teller = Teller(world, stage.numbers)
        story.tell(teller)
        found += teller.recorded
    return found


class _DiesAfter:
    """Kills the sandbox after the n-th call of a name."""

    def __init__(self, name: str, times: int) -> None:
        self._name = name
        self._left = times

    def before(self, call: Call) -> None:
        if self._left == 0:
            raise Killed

    def after(self, call: Call) -> None:
        self._left -= call.name == self._name
        if self._left == 0:
            raise Killed
