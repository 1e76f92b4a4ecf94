"""A day's closing, computed three times."""

from __future__ import annotations

from typing import Annotated

import typer

from chalicelib.kernel.money import format_fen
from local.cli.days import day_of
from local.cli.output import AsJson, progress, say, say_json, say_table
from local.cli.stage import stage
from local.verifying import Computed, Verification, Verifier


def verify(
    *,
    day: Annotated[str, typer.Option(help="A closed day, such as 2026-11-21.")],
    since: Annotated[
        str, typer.Option(help="Read the messages from this day on; else of the day only.")
    ] = "",
    warehouse: Annotated[str, typer.Option(help="Only this warehouse.")] = "",
    as_json: AsJson = False,
) -> None:
    """Computes a day's closing stock three times and compares: as its shards closed it, by one pass
    over the whole ledger, and from the words of the stored messages. Ends with 1 if they differ, or
    if a message was accepted that tells of pieces and no entry names.

    It reads the history, so it takes its time; the OMS may go on meanwhile.

    Example: oms verify --day 2026-11-21 --since 2026-11-01
    """
    oms = stage()
    run = oms.auditor.closed_run(day_of(day))
    first = day_of(since) if since else run.business_date
    if first > run.business_date:
        raise typer.BadParameter(f"{since} is after {day}")
    codes = [oms.catalog.warehouse(warehouse).code] if warehouse else list(run.warehouses)
    shards = [(code, at) for code in codes for at in range(oms.catalog.warehouse(code).buckets)]
    verifier = Verifier(oms, run, since=first)
    with progress("verifying", len(shards)) as (bar, task):
        found = verifier.verify(shards, lambda: bar.advance(task))
    if as_json:
        say_json(found.as_json())
    else:
        _show(found, f"{first}" if first == run.business_date else f"{first} to {day}")
    if not found.holds:
        raise typer.Exit(1)


def _show(found: Verification, days: str) -> None:
    columns = ("warehouse", "SKU", "what", "#distributed", "#serial", "#raw")
    if found.differing:
        say_table("What the computations don't agree on", columns, map(_row, found.differing))
    if found.told:
        rows = [[each.message_id, each.path, each.said, each.booked] for each in found.told]
        say_table("Told otherwise", ("message", "element", "#told", "#booked"), rows)
    agree = "agree" if not found.differing else "don't agree"
    say(
        f"Run {found.run}: distributed, serial and raw {agree} on {len(found.computed)} figures of "
        f"{found.entries} entries."
    )
    say(f"Of {days}: {found.elements} elements of {found.messages} messages were read.")
    for reason, entries in sorted(found.without_words.items()):
        say(f"Taken as booked: {entries} ({reason}).")
    if found.late:
        say(f"{found.late} entries were booked since; the next close brings them in.")


def _row(each: Computed) -> list[object]:
    if each.what == "value":
        shown = [format_fen(each.distributed), format_fen(each.serial), ""]
    else:
        shown = [str(each.distributed), str(each.serial), str(each.raw)]
    return [each.warehouse, each.sku, each.what, *shown]
