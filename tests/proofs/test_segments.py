"""The ledger's files with every outside call gone wrong: whatever was costed is in a segment in the
end, and each day is closed as it would have been.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import to_text
from local.seeding import EAST
from tests.harness.crash_points import Mode
from tests.proofs.deliveries import Scheduled, Streamed
from tests.proofs.main_job import MUG, MainJob
from tests.proofs.recording import Recorded, played
from tests.proofs.scenarios import crash, fullest
from tests.proofs.world import World

LABELS = (
    "stream to segment_writer",
    "schedule hourly_sweep",
    "schedule nightly_close",
    "snapshots: SnapshotShardWanted",
)


class LedgerFiles(MainJob):
    """A day that is closed, and another one whose entries come by the ledger's stream."""

    def play(self) -> None:
        self.master_data()
        self.opening()
        self.closing()
        self._world.cloud.clock.forward(days=1)
        self.counting()
        self.streaming()
        self._deliver(Scheduled(function="hourly_sweep", time=self._now()))
        self._world.peers.change_stock(EAST, item=MUG, quantity=-2)
        self._settle()
        self.streaming()
        self.closing()

    def streaming(self) -> None:
        """The stream brings whatever is costed, what it has brought before too."""
        records = tuple(
            {"eventName": "INSERT", "dynamodb": {"NewImage": row, "SequenceNumber": str(number)}}
            for number, row in enumerate(self._world.raw_rows("stock"))
            if row.get("record") == {"S": "VALUE"}
        )
        self._deliver(Streamed(records=records, function="segment_writer"))
        self._world.cloud.clock.moment += timedelta(minutes=3)

    def closing(self) -> None:
        """Of the day that it is."""
        tomorrow = self._world.cloud.clock.now() + timedelta(days=1)
        self._deliver(Scheduled(function="nightly_close", time=to_text(tomorrow)))
        self._settle()


@pytest.fixture(scope="module")
def recorded(world: World) -> Mapping[str, Recorded]:
    return fullest(
        played(world, lambda recorder, rest: LedgerFiles(world, recorder.deliver, rest).play())
    )


@pytest.mark.xdist_group("ledger-files")
def test_the_second_day_is_closed_from_segments(
    world: World, recorded: Mapping[str, Recorded]
) -> None:
    assert set(LABELS) <= set(recorded)
    assert world.turned_down == []
    calls = recorded["snapshots: SnapshotShardWanted"].calls
    # Yesterday's closing, and the segments of the hour and of the minutes before the close.
    assert sum("GetObject" in call for call in calls) == 3


@pytest.mark.xdist_group("ledger-files")
@pytest.mark.parametrize("label", LABELS)
def test_a_sandbox_that_dies_after_any_call_changes_nothing_in_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], Mode.KILL_AFTER)


@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("ledger-files")
@pytest.mark.parametrize("label", LABELS)
def test_no_call_that_goes_wrong_in_any_way_changes_the_end(
    world: World, recorded: Mapping[str, Recorded], label: str
) -> None:
    crash(world, recorded[label], *Mode)
