"""Days as people type them."""

from __future__ import annotations

from datetime import date

import typer


def day_of(text: str) -> date:
    """`2026-11-22`; a sentence for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no day such as 2026-11-22") from error
