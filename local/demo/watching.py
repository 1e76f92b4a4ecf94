"""Whether everything that was started still runs, for a run that stays up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local import cloud
from local.cloud_settings import CloudSettings
from local.demo.processes import Simulator


class PartEnded(Exception):
    """Something that has to run has ended by itself; the text is for the person at the screen."""


@dataclass(frozen=True, kw_only=True)
class Watch:
    """The embedded cloud and the simulators of a run."""

    settings: CloudSettings
    simulators: Sequence[Simulator]
    look_every_seconds: float = 1
    ask_every_seconds: float = 10
    answer_seconds: float = 5

    def check(self) -> None:
        """Raises `PartEnded`."""
        if how := cloud.ended(self.settings):
            raise PartEnded(
                f"The embedded cloud has ended by itself ({how}); see {self.settings.log}. "
                "If it was killed, the next run goes on from before this one."
            )
        for each in self.simulators:
            if how := each.ended():
                raise PartEnded(
                    f"The {each.name} simulator has ended by itself ({how}); see {each.log}."
                )

    def stay(self, say: Callable[[str], None]) -> None:
        """Returns never; raises `PartEnded`. Says when the cloud falls silent, and when it answers
        again: it may only be busy.
        """
        silent, ask_at = False, time.monotonic()
        while True:
            self.check()
            if time.monotonic() >= ask_at:
                answers = cloud.answers(self.settings.endpoint_url, seconds=self.answer_seconds)
                self.check()
                if silent == answers:
                    silent = not answers
                    say(f"The embedded cloud {'answers again' if answers else 'does not answer'}.")
                ask_at = time.monotonic() + self.ask_every_seconds
            time.sleep(self.look_every_seconds)
