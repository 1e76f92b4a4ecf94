"""Delivery appointments: booked by the purchasing system, signed, or by a person; how they were
kept.
"""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import Container, container
from chalicelib.bootstrap.documents import appoint
from chalicelib.bootstrap.intake import refuse_repeated_fields
from chalicelib.bootstrap.shapes import appointment_json
from chalicelib.catalog.model import ClientKind
from chalicelib.http.authorization import Caller, authorizer, needs, visible_warehouse
from chalicelib.http.edge import (
    ANY_TYPE,
    body_of,
    json_answer,
    json_body,
    parameter,
    path_text,
    route,
    text_of,
)
from chalicelib.http.intake import take
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.roles import Role
from chalicelib.purchasing.calendar import parse_calendar, parse_day

appointments = Blueprint(__name__)


@appointments.route("/v1/delivery-appointments", methods=["POST"], content_types=ANY_TYPE)
@route
def post_appointment() -> Response:
    """Books a slot for a purchase order, or moves it: {"id": the sender's own, "slot": {"day",
    "starts"}}; `"slot": null` gives it back. Signed.
    """
    return take(
        appointments.current_request,
        method="delivery-appointments",
        kind=ClientKind.PURCHASING,
        use=appoint,
        once=True,
    )


@appointments.route("/v1/delivery-appointments", methods=["GET"], authorizer=authorizer)
@route
@needs(appointments, Role.OPERATOR, Role.FINANCE)
def list_appointments(caller: Caller) -> Response:
    """A `warehouse`'s appointments of a `day`, and how each was kept: open, early, kept, late,
    missed, cancelled.
    """
    from chalicelib.purchasing.appointment_store import outcomes

    request = appointments.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    day = parse_day(parameter(request, "day"), field="day")
    found = container().purchasing.appointments.of_day(warehouse, day)
    shown = [{**appointment_json(each), "kept": how.value} for each, how in found]
    return json_answer(200, {"appointments": shown, "outcomes": outcomes(found)})


@appointments.route("/v1/delivery-slots", methods=["GET"], authorizer=authorizer)
@route
@needs(appointments, Role.OPERATOR, Role.INTEGRATOR)
def list_slots(caller: Caller) -> Response:
    """The time windows of a `warehouse`'s `day`: what they take, and what is booked of it."""
    request = appointments.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    day = parse_day(parameter(request, "day"), field="day")
    slots = [
        {**to_item(window), "booked_pieces": slot.pieces, "booked_orders": slot.orders}
        for window, slot in container().purchasing.appointments.slots(warehouse, day)
    ]
    return json_answer(200, {"slots": slots})


@appointments.route("/v1/delivery-calendars/{warehouse}", methods=["GET"], authorizer=authorizer)
@route
@needs(appointments, Role.OPERATOR)
def show_calendar(caller: Caller, warehouse: str) -> Response:
    """When suppliers may deliver: windows by weekday, exceptions, version (0: nobody has written
    any).
    """
    code = path_text(warehouse)
    visible_warehouse(caller, code)
    return json_answer(200, to_item(container().purchasing.appointments.calendar(code)))


@appointments.route("/v1/delivery-calendars/{warehouse}", methods=["PUT"], authorizer=authorizer)
@route
@needs(appointments, Role.ADMIN)
def put_calendar(caller: Caller, warehouse: str) -> Response:
    """Writes it: the windows by weekday (`MON` …) and by day, with their capacity in pieces and
    orders, and the `version` it was made from. It holds for what is booked after it.
    """
    oms, code = container(), path_text(warehouse)
    visible_warehouse(caller, code)
    raw = body_of(appointments.current_request, oms.settings.body_limit_bytes)
    refuse_repeated_fields(raw)
    calendar = parse_calendar(raw, warehouse=code)
    return json_answer(200, to_item(oms.purchasing.appointments.put_calendar(calendar)))


@appointments.route(
    "/v1/purchase-orders/{number}/appointment", methods=["PUT"], authorizer=authorizer
)
@route
@needs(appointments, Role.OPERATOR)
def book_appointment(caller: Caller, number: str) -> Response:
    """Books a slot for a purchase order, or moves it: {"day", "starts"}."""
    oms = container()
    no = _visible(oms, caller, number)
    body = json_body(appointments.current_request, oms.settings.body_limit_bytes)
    day = parse_day(text_of(body, "day"), field="day")
    starts = text_of(body, "starts")
    booked = oms.purchasing.appointments.book(no, day, starts, by=caller.subject)
    return json_answer(200, appointment_json(booked))


@appointments.route(
    "/v1/purchase-orders/{number}/appointment/cancel", methods=["POST"], authorizer=authorizer
)
@route
@needs(appointments, Role.OPERATOR)
def cancel_appointment(caller: Caller, number: str) -> Response:
    """Gives the slot of a purchase order back."""
    oms = container()
    cancelled = oms.purchasing.appointments.cancel(_visible(oms, caller, number), by=caller.subject)
    return json_answer(200, appointment_json(cancelled))


def _visible(oms: Container, caller: Caller, number: str) -> str:
    order = oms.purchasing.purchase_order(path_text(number))
    if not caller.sees_warehouse(order.warehouse):
        raise NotFound("unknown_purchase_order", "there is no such purchase order")
    return order.no
