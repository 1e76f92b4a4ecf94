"""Stock for people: balances, ledger entries, opening stock, the daily close and its comparison
with the WMS.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.stock_shapes import balance_json, closing_json, entry_json, export_json
from chalicelib.http.authorization import Caller, authorizer, everything, needs, visible_warehouse
from chalicelib.http.edge import json_answer, json_body, parameter, path_text, route, text_of
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.money import parse_fen
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.roles import Role
from chalicelib.movements.model import OpeningLine
from chalicelib.movements.states import OpeningState

stock = Blueprint(__name__)


@stock.route("/v1/stock", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def balances(caller: Caller) -> Response:
    """Balances of a `warehouse`: of one `sku`, or of a `bucket` page by page."""
    request = stock.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    oms = container()
    if sku := parameter(request, "sku", default=""):
        found = list(oms.stock.balances([(warehouse, sku)]).values())
        cursor = None
    else:
        bucket = parameter(request, "bucket")
        if not bucket.isdecimal():
            raise Malformed("malformed_parameter", "a whole number is needed", field="bucket")
        before = parameter(request, "cursor", default="") or None
        found, cursor = oms.stock.balance_page(warehouse, int(bucket), cursor=before)
    pools = oms.costs.pools([(each.warehouse, each.sku) for each in found])
    shown = [balance_json(each, pools.get((each.warehouse, each.sku))) for each in found]
    return json_answer(200, {"balances": shown, "next_cursor": cursor})


@stock.route("/v1/closing-stock", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def closing_stock(caller: Caller) -> Response:
    """What there was in a `warehouse` when a `day` ended (of one that isn't over: what is booked so
    far), in pieces and money: of one `sku`, of a `category`'s own SKUs, or of all; page by `cursor`
    (a page may be short and not be the last). `run` is the close that it begins with.
    """
    from chalicelib.bootstrap.past import closing_page

    request = stock.current_request
    code = parameter(request, "warehouse")
    visible_warehouse(caller, code)
    day = _day(parameter(request, "day"))
    found = closing_page(
        container(),
        code,
        day,
        sku=parameter(request, "sku", default=""),
        category=parameter(request, "category", default=""),
        cursor=parameter(request, "cursor", default="") or None,
    )
    answer = {
        "warehouse": code,
        "day": day.isoformat(),
        "run": found.run,
        "stock": [closing_json(each) for each in found.stock],
        "next_cursor": found.next_cursor,
    }
    return json_answer(200, answer)


@stock.route("/v1/entries", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def ledger(caller: Caller) -> Response:
    """Ledger entries of a `warehouse`: of a `sku` (the newest first), of a `day` (the date they
    count for) or of both, of one `kind` or of all; page by `cursor` (a page may be short and not
    be the last).
    """
    request = stock.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    oms = container()
    sku = parameter(request, "sku", default="")
    day = parameter(request, "day", default="")
    page = oms.stock.entries(
        warehouse=warehouse,
        buckets=oms.catalog.buckets_of([sku]).values()
        if sku
        else range(oms.catalog.warehouse(warehouse).buckets),
        sku=sku,
        day=_day(day) if day else None,
        kind=parameter(request, "kind", default=""),
        cursor=parameter(request, "cursor", default="") or None,
    )
    values = oms.costs.values([entry.id for entry in page.entries])
    shown = [entry_json(entry, values.get(entry.id, ())) for entry in page.entries]
    return json_answer(200, {"entries": shown, "next_cursor": page.next_cursor})


@stock.route("/v1/entries/{document}", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def entries(caller: Caller, document: str) -> Response:
    """The ledger entries that a document led to, each with its value, message and element."""
    oms = container()
    number = path_text(document)
    found = [each for each in oms.stock.entries_of(number) if caller.sees_warehouse(each.warehouse)]
    values = oms.costs.values_of(number)
    shown = [
        entry_json(each, [value for value in values if value.entry_id == each.id]) for each in found
    ]
    return json_answer(200, {"entries": shown})


@stock.route("/v1/exports", methods=["POST"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def request_export(caller: Caller) -> Response:
    """Has a warehouse's ledger entries of a range of days written as CSV: {"id": the caller's own,
    "warehouse", "since", "until"}: 202, or for the same again 200. Of today it has what is
    booked while it is written.
    """
    oms = container()
    body = json_body(stock.current_request, oms.settings.body_limit_bytes)
    warehouse = text_of(body, "warehouse")
    visible_warehouse(caller, warehouse)
    export, new = oms.exports.request(
        text_of(body, "id"),
        warehouse=warehouse,
        since=_day(text_of(body, "since"), "since"),
        until=_day(text_of(body, "until"), "until"),
        by=caller.subject,
    )
    return json_answer(202 if new else 200, export_json(export, ()))


@stock.route("/v1/exports/{export}", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def show_export(caller: Caller, export: str) -> Response:
    """How far an export is: its files with addresses that hold for a quarter of an hour. It is
    whole once its state is READY.
    """
    oms = container()
    found = oms.exports.export(path_text(export))
    if not caller.sees_warehouse(found.warehouse):
        raise NotFound("unknown_export", f"there is no export {found.id}")
    return json_answer(200, export_json(found, oms.exports.files(found.id)))


@stock.route("/v1/opening-stock/{warehouse}", methods=["POST"], authorizer=authorizer)
@route
@needs(stock, Role.FINANCE)
def draft_opening(caller: Caller, warehouse: str) -> Response:
    """Drafts a warehouse's opening stock: {"lines": [{"sku", "quantity", "value",
    "inventory_type"?, "batch"?}]}.
    """
    oms = container()
    code = path_text(warehouse)
    visible_warehouse(caller, code)
    body = json_body(stock.current_request, oms.settings.body_limit_bytes)
    lines = _opening_lines(body)
    oms.openings.draft(
        warehouse=code, lines=lines, source=Source(message_id=f"token:{caller.subject}")
    )
    return json_answer(200, _opening(code))


@stock.route("/v1/opening-stock/{warehouse}", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def show_opening(caller: Caller, warehouse: str) -> Response:
    """A warehouse's opening stock and its state."""
    code = path_text(warehouse)
    visible_warehouse(caller, code)
    return json_answer(200, _opening(code))


@stock.route("/v1/opening-stock/{warehouse}/close", methods=["POST"], authorizer=authorizer)
@route
@needs(stock, Role.FINANCE)
def close_opening(caller: Caller, warehouse: str) -> Response:
    """Checks the opening stock against the WMS and closes it; it is booked and the warehouse
    opens.
    """
    oms = container()
    code = path_text(warehouse)
    visible_warehouse(caller, code)
    if oms.openings.opening(code).state is OpeningState.DRAFT:
        oms.openings.check(code)
    oms.openings.close(code)
    return json_answer(202, _opening(code))


@stock.route("/v1/closes", methods=["POST"], authorizer=authorizer)
@route
@needs(stock, Role.FINANCE)
def start_close(caller: Caller) -> Response:
    """Starts the close of a day: {"day", "reason"?}; a closed day is closed anew for a reason."""
    everything(caller)
    oms = container()
    body = json_body(stock.current_request, oms.settings.body_limit_bytes)
    day = _day(text_of(body, "day"))
    run = oms.closes.start_close(day, reason=text_of(body, "reason", default=""))
    return json_answer(202, {"run": run.id, "shards": len(run.shards), "state": run.state.value})


@stock.route("/v1/closes/{run}", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def show_close(caller: Caller, run: str) -> Response:
    """A close: how many shards are done, and each SKU's opening, in, out and closing with
    `warehouse`.
    """
    oms = container()
    progress = oms.closes.run(path_text(run))
    warehouse = parameter(stock.current_request, "warehouse", default="")
    answer: dict[str, Any] = {
        "run": progress.run.id,
        "day": progress.run.business_date.isoformat(),
        "state": progress.run.state.value,
        "done": progress.done,
        "total": progress.total,
        "root": progress.run.root,
    }
    if warehouse:
        visible_warehouse(caller, warehouse)
        answer["rows"] = [to_item(row) for row in oms.closes.rows(progress.run.id, warehouse)]
    return json_answer(200, answer)


@stock.route("/v1/closes/{run}/comparisons", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def show_comparisons(caller: Caller, run: str) -> Response:
    """What came of comparing a `warehouse`'s closing with the WMS's own figures, each time it was
    asked.
    """
    warehouse = parameter(stock.current_request, "warehouse")
    visible_warehouse(caller, warehouse)
    found = container().reconciliation.comparisons(path_text(run), warehouse)
    return json_answer(200, {"comparisons": [to_item(each) for each in found]})


@stock.route("/v1/closes/{run}/audits", methods=["GET"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def show_audits(caller: Caller, run: str) -> Response:
    """What the audit of a close found in a `warehouse`, a row per shard that it is done with."""
    warehouse = parameter(stock.current_request, "warehouse")
    visible_warehouse(caller, warehouse)
    found = container().nightly_audit.audits(path_text(run), warehouse)
    return json_answer(200, {"audits": [to_item(each) for each in found]})


@stock.route("/v1/closes/{run}/comparisons", methods=["POST"], authorizer=authorizer)
@route
@needs(stock, Role.OPERATOR, Role.FINANCE)
def compare_again(caller: Caller, run: str) -> Response:
    """Asks the WMS of a {"warehouse"} for its figures once more."""
    oms = container()
    body = json_body(stock.current_request, oms.settings.body_limit_bytes)
    warehouse = text_of(body, "warehouse")
    visible_warehouse(caller, warehouse)
    oms.reconciliation.ask_again(path_text(run), warehouse)
    return json_answer(202, {"run": path_text(run), "warehouse": warehouse})


def _opening(warehouse: str) -> dict[str, Any]:
    oms = container()
    opening = oms.openings.opening(warehouse)
    return {
        "number": opening.number,
        "warehouse": opening.warehouse,
        "state": opening.state.value,
        "lines": opening.line_count,
        "quantity": opening.quantity,
        "posted": opening.posted,
        "drafted_at": to_text(opening.drafted_at),
        "stock_open": oms.catalog.warehouse(warehouse).stock_open,
    }


def _opening_lines(body: dict[str, Any]) -> list[OpeningLine]:
    given = body.get("lines")
    if not isinstance(given, list):
        raise Malformed("malformed_field", "a list is needed", field="lines")
    return [_opening_line(line, f"lines[{at}]") for at, line in enumerate(given)]


def _opening_line(line: Any, place: str) -> OpeningLine:
    if not isinstance(line, dict):
        raise Malformed("malformed_field", "an object is needed", field=place)
    quantity = line.get("quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool):
        raise Malformed("malformed_field", "a whole number is needed", field=f"{place}.quantity")
    return OpeningLine(
        sku=text_of(line, "sku", default="", place=f"{place}.sku"),
        quantity=quantity,
        value=parse_fen(line.get("value"), field=f"{place}.value"),
        inventory_type=text_of(
            line, "inventory_type", default="ZP", place=f"{place}.inventory_type"
        ),
        batch=text_of(line, "batch", default="", place=f"{place}.batch"),
    )


def _day(text: str, field: str = "day") -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed("malformed_field", "a day such as 2026-11-22", field=field) from error
