"""Asking a warehouse system, by hand."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from chalicelib.kernel.items import to_item
from chalicelib.warehouse.enquiries import Enquired
from chalicelib.warehouse.enquiry import FIELDS, parse_enquiry
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.stage import stage

QUERIES = ", ".join(FIELDS)


def ask(
    wms: Annotated[str, typer.Argument(metavar="WMS", help="The connection's code.")],
    query: Annotated[str, typer.Argument(metavar="QUERY", help=f"One of {QUERIES}.")],
    narrowed: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FIELD=VALUE]...", help="Such as warehouse=WH-EAST, sku=TEE."),
    ] = None,
    *,
    page: Annotated[int, typer.Option(help="From 1.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Asks a WMS what it has, now, a page at a time, and shows what it tells.

    Example: oms ask WH-EAST stock.query warehouse=WH-EAST sku=TEE
    """
    given: dict[str, str | int] = {"query": query, "page": page}
    for each in narrowed or []:
        field, found, value = each.partition("=")
        if not found or field in given:
            raise typer.BadParameter(f"{each} isn't FIELD=VALUE, or is said already")
        given[field] = value
    asked = stage().enquiries.ask(wms, parse_enquiry(json.dumps(given).encode()))
    if as_json:
        return say_json(to_item(asked))
    rows = _rows(asked)
    if rows:
        columns = tuple(dict.fromkeys(name for row in rows for name in row))
        shown = [[_text(row.get(name)) for name in columns] for row in rows]
        say_table(f"{query} of {wms}, page {page}", columns, shown)
    told = f"{len(rows)} rows" if asked.success else f"no: {asked.code} {asked.message}"
    return say(f"{asked.arrival.value}, {told} (message {asked.message_id}).")


def _rows(asked: Enquired) -> list[dict[str, Any]]:
    """The rows of the page: orders, figures, items."""
    lists = [each for each in (asked.content or {}).values() if isinstance(each, list)]
    return [row for rows in lists for row in rows]


def _text(value: Any) -> str:
    """A cell; of what is inside it only what is given."""
    if isinstance(value, dict):
        return ", ".join(str(inner) for inner in value.values() if inner not in (None, ""))
    return "" if value is None else str(value)
