"""What the demo prints: each step as it happens, each check with what was seen, the counts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console

from local.waiting import TooLate, wait_until

Seen = TypeVar("Seen")

DEFAULT_SECONDS = 60.0


class CheckFailed(Exception):
    """A check of the main job didn't hold."""


class Report:
    """Counts steps and checks; a failed check ends the play."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self.steps = 0
        self.checks = 0
        self.figures: dict[str, int | str] = {}

    def step(self, title: str) -> None:
        """A new step of the main job."""
        self.steps += 1
        self._console.print(f"\n[bold]{self.steps}. {title}[/bold]", highlight=False)

    def say(self, text: str) -> None:
        """Something that happened, with the ids to look it up by."""
        self._console.print(f"   {text}", highlight=False)

    def check(self, what: str, holds: object, seen: object = "") -> None:
        """A check from outside; raises `CheckFailed` with what was seen."""
        if not holds:
            raise CheckFailed(f"{what}; seen: {seen!r}")
        self.checks += 1
        self._console.print(f"   [green]✓[/green] {what}", highlight=False)

    def wait(
        self, what: str, condition: Callable[[], Seen], *, seconds: float = DEFAULT_SECONDS
    ) -> Seen:
        """Waits until something is true, as a check."""
        try:
            seen = wait_until(condition, what, seconds=seconds, every_seconds=0.2)
        except TooLate as late:
            raise CheckFailed(str(late)) from late
        self.check(what, holds=True)
        return seen

    def last_line(self, *, ok: bool) -> str:
        """One JSON object with the counts."""
        seconds = round(time.monotonic() - self._started)
        counts = {"ok": ok, "steps": self.steps, "checks": self.checks, "seconds": seconds}
        return json.dumps({**counts, **self.figures}, ensure_ascii=False)
