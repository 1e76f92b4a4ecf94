"""What stands in suspense, listed and by document, and a person's word on it."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import Container, container
from chalicelib.bootstrap.stock_shapes import entry_json
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.edge import json_answer, json_body, parameter, path_text, route, text_of
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.roles import Role
from chalicelib.stock.model import Entry, Kind, Unplaced

Named = TypeVar("Named", bound=StrEnum)
suspense = Blueprint(__name__)


@suspense.route("/v1/suspense", methods=["GET"], authorizer=authorizer)
@route
@needs(suspense, Role.OPERATOR, Role.FINANCE)
def list_suspense(caller: Caller) -> Response:
    """What stands in suspense, a row per document, the oldest first with its age in hours;
    `warehouse`, `kind` (CHANGE, RECEIPT, SHIPMENT, PARCEL or MOVEMENT: what it came with),
    `state=SETTLED` for what did and doesn't any more, `cursor`.
    """
    from chalicelib.bootstrap.movement_shapes import standing_json
    from chalicelib.stock.standing import StandingState

    request, oms = suspense.current_request, container()
    warehouse = parameter(request, "warehouse", default="")
    kind = _one_of(Unplaced, "kind", parameter(request, "kind", default=""))
    state = _one_of(StandingState, "state", parameter(request, "state", default="OPEN"))
    cursor = parameter(request, "cursor", default="") or None
    if warehouse and not caller.sees_warehouse(warehouse):
        return json_answer(200, {"documents": [], "next_cursor": None})
    page = oms.stock.standing(
        state or StandingState.OPEN, warehouse=warehouse, kind=kind, cursor=cursor
    )
    now = oms.clock.now()
    shown = [standing_json(row, now) for row in page.rows if caller.sees_warehouse(row.warehouse)]
    return json_answer(200, {"documents": shown, "next_cursor": page.next_cursor})


@suspense.route("/v1/suspense/{document}", methods=["GET"], authorizer=authorizer)
@route
@needs(suspense, Role.OPERATOR, Role.FINANCE)
def show_suspense(caller: Caller, document: str) -> Response:
    """What a document left in suspense, and what a person has said it was."""
    oms, number = container(), path_text(document)
    entries = _visible(oms, caller, number)
    said = oms.suspense.settlement(number)
    shown = [entry_json(entry, []) for entry in entries]
    settlement = None if said is None else to_item(said)
    return json_answer(200, {"entries": shown, "settlement": settlement})


@suspense.route("/v1/suspense/{document}", methods=["POST"], authorizer=authorizer)
@route
@needs(suspense, Role.FINANCE)
def settle_suspense(caller: Caller, document: str) -> Response:
    """Says what it was: {"kind": ADJUSTMENT, SURPLUS, LOSS, OTHER_IN or OTHER_OUT, "because",
    "sku"?: the goods were these}. It is reversed and booked anew. Said again, it changes nothing.
    """
    oms, number = container(), path_text(document)
    _visible(oms, caller, number)
    body = json_body(suspense.current_request, oms.settings.body_limit_bytes)
    named = text_of(body, "kind")
    if named not in set(Kind):
        raise Malformed("malformed_field", "a kind of movement", field="kind")
    said = oms.suspense.settle(
        number,
        kind=Kind(named),
        by=caller.subject,
        because=text_of(body, "because"),
        sku=text_of(body, "sku", default=""),
    )
    return json_answer(202, to_item(said))


def _one_of(names: type[Named], field: str, text: str) -> Named | None:
    """One of an enum's members by its text; None for no text."""
    if not text:
        return None
    if text not in set(names):
        raise Malformed("malformed_parameter", f"one of {', '.join(names)}", field=field)
    return names(text)


def _visible(oms: Container, caller: Caller, document: str) -> list[Entry]:
    everything = oms.stock.entries_of(document)
    if not everything or not all(caller.sees_warehouse(each.warehouse) for each in everything):
        raise NotFound("unknown_document", "nothing is booked under this number")
    return oms.suspense.entries(document)
