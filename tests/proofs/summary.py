"""The proofs' figures as tables at the end of a run: what was tried, and what was found.

Tests put a row into the property named after its table (`record_property`); properties come back
from xdist's workers with the reports.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

HEADS = {
    "crash points": ("scenario", "calls", "runs", "divergences"),
    "crash points of what recovers": ("scenario", "calls", "runs", "divergences"),
    "sampled pairs of crash points": ("scenario", "possible", "runs", "divergences"),
    "pairs of crash points": ("scenario", "calls", "runs", "divergences"),
    "races": ("race", "", "schedules", "wrong"),
}


def print_proofs(terminal: Any) -> None:
    """Prints the tables that have rows; nothing where no proof has run."""
    reports = [*terminal.stats.get("passed", ()), *terminal.stats.get("failed", ())]
    for name, heads in HEADS.items():
        rows = sorted(_rows(reports, name))
        if not rows:
            continue
        terminal.section(name)
        width = max(len(str(row[0])) for row in rows)
        for row in [heads, *rows]:
            columns = "".join(f"{each!s:>12}" for each in row[1:])
            terminal.write_line(f"{row[0]!s:<{width}}{columns}")
        runs, found = (sum(row[at] for row in rows) for at in (2, 3))
        terminal.write_line(f"{'together':<{width}}{'':>12}{runs:>12}{found:>12}")


def _rows(reports: Iterable[Any], name: str) -> Iterable[tuple[Any, ...]]:
    for report in reports:
        for property_name, row in getattr(report, "user_properties", ()):
            if property_name == name:
                yield tuple(row)
