"""The chain from a figure to the words it came from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.kernel.money import format_fen
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.stage import stage
from local.tracing import Trace, TracedEntry, Tracing, invoice_json

MOST_LINES = 60
"""Of one element on the screen; `--json` has it whole."""


def trace(
    number: Annotated[str, typer.Argument(metavar="ID", help="The number of any document.")],
    *,
    warehouse: Annotated[str, typer.Option(help="Only entries of this warehouse.")] = "",
    sku: Annotated[str, typer.Option(help="Only entries of this SKU.")] = "",
    entry: Annotated[str, typer.Option(help="Only this entry, as `oms entries` names it.")] = "",
    as_json: AsJson = False,
) -> None:
    """From a document to its ledger entries, and the words of the messages that they came from.

    Takes an order, fulfilment, shipment, purchase order, receipt or any document in the ledger.
    Personal data are masked.

    Example: oms trace 2611221234567800017 --sku TEE-WHITE-M
    """
    found = Tracing(stage()).trace(number, warehouse=warehouse, sku=sku, entry=entry)
    if as_json:
        return say_json(found.as_json())
    return _show(found)


def _show(found: Trace) -> None:
    say(f"{found.kind.replace('_', ' ')} {found.document}")
    if found.sources:
        say_table("Documents and the messages behind them", ("document", "message"), found.sources)
    if found.track:
        say_table("Track", ("at", "what", "of", "detail", "message"), map(_track_row, found.track))
    for traced in found.entries:
        _show_entry(traced)
    if not found.entries:
        say("Nothing of it is in the ledger yet.")
    invoice = invoice_json(found.invoice)
    if invoice is not None:
        say(
            f"invoice {invoice['no']}: {invoice['state']} {invoice['number']} "
            f"{invoice['gross']} {invoice['currency']} ({invoice['net']} + {invoice['tax']} tax) "
            f"<- message {invoice['message_id']}"
        )


def _show_entry(traced: TracedEntry) -> None:
    entry = traced.entry
    worth = [f"{value.record.lower()} {format_fen(value.value)}" for value in traced.values]
    say("")
    say(f"entry {entry.document} / {entry.entry}")
    say(
        f"  {entry.quantity} x {entry.sku}: {entry.from_location} -> {entry.to_location}, "
        f"{entry.posting_date}, sequence {entry.sequence}, {', '.join(worth) or 'not costed yet'}"
    )
    if traced.message is None:
        return say(f"  {traced.gap}")
    message = traced.message
    say(f"  <- message {message.id} ({message.peer} {message.method})")
    say(f"  <- {entry.source.path or 'the whole message'}")
    if traced.gap:
        return say(f"  {traced.gap}")
    lines = traced.element.splitlines()
    for line in lines[:MOST_LINES]:
        say(f"     {line}")
    hidden = len(lines) - MOST_LINES
    return say(f"     … {hidden} more lines: --json") if hidden > 0 else None


def _track_row(row: dict[str, Any]) -> list[object]:
    details = [f"{name}={value}" for name, value in row["details"].items()]
    detail = " ".join(filter(None, [row["after"], row["text"], *details]))
    return [row["at"], row["kind"], row["subject"], detail, row["message_id"]]
