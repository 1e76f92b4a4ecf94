"""What a WMS's raw statuses mean here, and what channel and buyer see of them."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from chalicelib.bootstrap.status_shapes import statuses_json
from chalicelib.warehouse.statuses.checking import parse_statuses
from chalicelib.warehouse.statuses.model import Text
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.reading import JsonFile, read_object
from local.cli.stage import stage

Wms = Annotated[str, typer.Argument(help="The connection's code.")]


def show_statuses(wms: Wms, as_json: AsJson = False) -> None:
    """Every row in force for a WMS; its own rows stand in place of the usual ones. Version 0: it
    has none of its own.

    Example: oms statuses show wms-east
    """
    oms = stage()
    found = oms.warehouse.statuses.of(oms.warehouse.connection(wms).code)
    if as_json:
        return say_json(statuses_json(found))
    own = {(row.document, row.code) for row in found.table.rows}
    return say_table(
        f"Statuses of {wms}, version {found.table.version}",
        ("document", "code", "effect", "state", "rank", "channel", "buyer", "told", "own"),
        [
            (
                row.document.value,
                row.code,
                row.effect.value,
                row.state,
                str(row.rank),
                _text(row.channel),
                _text(row.buyer),
                row.notify.value,
                "yes" if (row.document, row.code) in own else "",
            )
            for row in found.rows.values()
        ],
    )


def put_statuses(wms: Wms, file: JsonFile, as_json: AsJson = False) -> None:
    """Writes a WMS's own status rows; `version` in the file is the one they were made from.

    Example: oms statuses put wms-east statuses.json
    """
    oms = stage()
    code = oms.warehouse.connection(wms).code
    given = parse_statuses(json.dumps(read_object(file)).encode(), wms=code)
    written = oms.warehouse.statuses.put(given)
    if as_json:
        return say_json(statuses_json(written))
    return say(f"{len(given.rows)} rows of {code}, version {written.table.version}.")


def _text(text: Text | None) -> str:
    return text.text if text else "hidden"
