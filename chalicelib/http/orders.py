"""Orders: placed signed by a shop, read and worked on by people with a token."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import Container, container
from chalicelib.bootstrap.shapes import order_json, track_json
from chalicelib.bootstrap.status_shapes import shown_track_json
from chalicelib.bootstrap.track import track_seen_by, whole_track
from chalicelib.http.authorization import Caller, authorizer, needs, visible_order
from chalicelib.http.edge import (
    ANY_TYPE,
    json_answer,
    json_body,
    parameter,
    path_text,
    route,
    text_of,
)
from chalicelib.http.intake import take
from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.roles import Role

orders = Blueprint(__name__)


@orders.route("/v1/orders", methods=["POST"], content_types=ANY_TYPE)
@route
def post_order() -> Response:
    """Places an order of the signing shop: 201 with its number, 200 for the same again, 409 for
    another content.
    """
    return take(orders.current_request, "orders")


@orders.route("/v1/orders/{order_no}", methods=["GET"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_order(caller: Caller, order_no: str) -> Response:
    """An order with its states, amounts, holds and fulfilments; the receiver masked."""
    oms = container()
    number = _visible(oms, caller, order_no)
    return json_answer(200, order_json(oms.orders.view(number), oms.orders.person(number)))


@orders.route("/v1/orders/{order_no}/track", methods=["GET"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR, Role.INTEGRATOR)
def show_track(caller: Caller, order_no: str) -> Response:
    """Everything that happened to an order, in time order, with the messages behind it; with
    `audience=channel` or `buyer` what these see of it.
    """
    from chalicelib.warehouse.statuses.model import Audience

    oms = container()
    number = _visible(oms, caller, order_no)
    text = parameter(orders.current_request, "audience", default=Audience.OPERATOR.value)
    if text not in set(Audience):
        known = ", ".join(Audience)
        raise Malformed("malformed_parameter", f"one of {known}", field="audience")
    if text == Audience.OPERATOR:
        return json_answer(200, track_json(number, whole_track(oms, number)))
    seen = track_seen_by(oms, number, Audience(text))
    return json_answer(200, shown_track_json(number, text, seen))


@orders.route("/v1/orders/{order_no}/release", methods=["POST"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR)
def release(caller: Caller, order_no: str) -> Response:
    """Releases a hold: {"hold": type}. The order goes on when none is left open."""
    oms = container()
    number = _visible(oms, caller, order_no)
    body = json_body(orders.current_request, oms.settings.body_limit_bytes)
    oms.orders.release_hold(number, text_of(body, "hold"), by=caller.subject)
    return json_answer(200, order_json(oms.orders.view(number), oms.orders.person(number)))


@orders.route("/v1/orders/{order_no}/hold", methods=["POST"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR)
def hold(caller: Caller, order_no: str) -> Response:
    """Holds an order by hand: {"hold": type, "reason"}."""
    oms = container()
    number = _visible(oms, caller, order_no)
    body = json_body(orders.current_request, oms.settings.body_limit_bytes)
    oms.orders.hold(
        number, text_of(body, "hold"), reason=text_of(body, "reason"), by=caller.subject
    )
    return json_answer(200, order_json(oms.orders.view(number), oms.orders.person(number)))


@orders.route("/v1/orders/{order_no}/cancel", methods=["POST"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR, Role.INTEGRATOR)
def cancel(caller: Caller, order_no: str) -> Response:
    """Asks for an order to be cancelled: {"reason"}. Once it is at a warehouse, the WMS's word
    decides.
    """
    oms = container()
    number = _visible(oms, caller, order_no)
    body = json_body(orders.current_request, oms.settings.body_limit_bytes)
    oms.orders.cancel(number, reason=text_of(body, "reason"), by=caller.subject)
    return json_answer(202, order_json(oms.orders.view(number), oms.orders.person(number)))


@orders.route("/v1/orders/{order_no}/intercept", methods=["POST"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR, Role.INTEGRATOR)
def intercept(caller: Caller, order_no: str) -> Response:
    """Asks for what has left to be stopped on the road; what came of it is told later. A second
    time changes nothing.
    """
    oms = container()
    number = _visible(oms, caller, order_no)
    oms.orders.intercept(number, by=caller.subject)
    return json_answer(202, order_json(oms.orders.view(number), oms.orders.person(number)))


@orders.route("/v1/orders/{order_no}/source", methods=["POST"], authorizer=authorizer)
@route
@needs(orders, Role.OPERATOR)
def source_again(caller: Caller, order_no: str) -> Response:
    """Has the units that came back from their warehouses sourced once more, also where they
    were.
    """
    oms = container()
    number = _visible(oms, caller, order_no)
    oms.orders.source_again(number)
    return json_answer(202, order_json(oms.orders.view(number), oms.orders.person(number)))


def _visible(oms: Container, caller: Caller, order_no: str) -> str:
    number = path_text(order_no)
    visible_order(caller, oms.orders.shop_of(number))
    return number
