"""Returns and exchanges: asked for by a shop, signed, or by a person; worked on by people. Parcels
that nobody claims; goods that are sent once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.return_shapes import parcel_json, return_json, return_row
from chalicelib.http.authorization import Caller, authorizer, needs, visible_order
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
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.roles import Role
from chalicelib.orders.model import order_no_of
from chalicelib.orders.returns.states import ENDS, FOR_PEOPLE, ReturnState, UnclaimedState

# What a request needs beyond this is imported when it comes: every function loads this file.
if TYPE_CHECKING:
    from chalicelib.orders.returns.model import ReturnOrder

returns = Blueprint(__name__)


@returns.route("/v1/returns", methods=["POST"], content_types=ANY_TYPE)
@route
def post_return() -> Response:
    """Asks for a return of the signing shop's: 201 with its number, 200 for the same again, 409
    for another content.
    """
    return take(returns.current_request, "returns")


@returns.route("/v1/returns", methods=["GET"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR, Role.FINANCE)
def list_returns(caller: Caller) -> Response:
    """Returns of a `state` that waits for somebody (REQUESTED, INSPECTED, REFUND_PENDING), the
    oldest first; page by `cursor`.
    """
    request, oms = returns.current_request, container()
    text = parameter(request, "state")
    if text not in FOR_PEOPLE:
        known = ", ".join(sorted(FOR_PEOPLE))
        raise Malformed("malformed_parameter", f"one of {known}", field="state")
    cursor = parameter(request, "cursor", default="") or None
    found = oms.returns.waiting(ReturnState(text), cursor=cursor)
    shown = [oms.returns.return_order(number) for number in found.numbers]
    rows = [return_row(each) for each in shown if caller.sees_shop(each.shop)]
    return json_answer(200, {"returns": rows, "next_cursor": found.next_cursor})


@returns.route("/v1/returns/{return_no}", methods=["GET"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_return(caller: Caller, return_no: str) -> Response:
    """A return with its states, what came of it unit by unit, and what was paid for that."""
    return json_answer(200, _whole(_visible(caller, return_no)))


@returns.route("/v1/returns/{return_no}/approve", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def approve_return(caller: Caller, return_no: str) -> Response:
    """Approves a return: the warehouse is told, and an exchange is planned."""
    found = _visible(caller, return_no)
    return json_answer(202, _whole(container().returns.approve(found.no, by=caller.subject)))


@returns.route("/v1/returns/{return_no}/reject", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def reject_return(caller: Caller, return_no: str) -> Response:
    """Rejects a return that was asked for; its units are free again."""
    found = _visible(caller, return_no)
    return json_answer(200, _whole(container().returns.reject(found.no, by=caller.subject)))


@returns.route("/v1/returns/{return_no}/cancel", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR, Role.INTEGRATOR)
def cancel_return(caller: Caller, return_no: str) -> Response:
    """Asks for a return to be cancelled. Once it is at a warehouse, the WMS's word decides."""
    found = _visible(caller, return_no)
    return json_answer(202, _whole(container().returns.cancel(found.no)))


@returns.route("/v1/returns/{return_no}/settle", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def settle_return(caller: Caller, return_no: str) -> Response:
    """Takes what came for all that comes: the refund is due for it, and an exchange is sent."""
    found = _visible(caller, return_no)
    return json_answer(200, _whole(container().returns.settle(found.no, by=caller.subject)))


@returns.route("/v1/returns/{return_no}/refunded", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.FINANCE)
def refunded_return(caller: Caller, return_no: str) -> Response:
    """Says that a return was paid back, which closes it: {"reference": finance's own}."""
    found, oms = _visible(caller, return_no), container()
    body = json_body(returns.current_request, oms.settings.body_limit_bytes)
    return json_answer(200, _whole(oms.returns.refunded(found.no, text_of(body, "reference"))))


@returns.route("/v1/returns/unclaimed", methods=["GET"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def list_unclaimed(caller: Caller) -> Response:
    """Parcels that came back and belong to no return, the oldest first; page by `cursor`."""
    cursor = parameter(returns.current_request, "cursor", default="") or None
    found, following = container().returns.unclaimed(cursor=cursor)
    shown = [parcel_json(each) for each in found if caller.sees_warehouse(each.warehouse)]
    return json_answer(200, {"parcels": shown, "next_cursor": following})


@returns.route("/v1/returns/unclaimed/{parcel}/match", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def match_unclaimed(caller: Caller, parcel: str) -> Response:
    """Says whose a parcel is: {"return_no"} of a return that is under way, or {"fulfilment_no"}
    whose units it holds, which makes a return of them.
    """
    oms = container()
    known = oms.returns.parcel(path_text(parcel))
    if not caller.sees_warehouse(known.warehouse):
        raise NotFound("unknown_parcel", "there is no such parcel")
    body = json_body(returns.current_request, oms.settings.body_limit_bytes)
    return_no = text_of(body, "return_no", default="")
    fulfilment_no = text_of(body, "fulfilment_no", default="")
    if bool(return_no) is bool(fulfilment_no):
        raise Malformed("malformed_field", "a return or a fulfilment", field="return_no")
    found = oms.returns.match(
        known.id, by=caller.subject, return_no=return_no, fulfilment_no=fulfilment_no
    )
    return json_answer(202, _whole(found))


@returns.route("/v1/returns/unclaimed/{parcel}/end", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.FINANCE)
def end_unclaimed(caller: Caller, parcel: str) -> Response:
    """Ends a parcel that is nobody's: {"as": TAKEN_IN (a surplus by inventory type), SENT_BACK or
    DISPOSED (no stock), "because"}. It leaves suspense, and its case is settled. Said again, it
    changes nothing.
    """
    oms = container()
    known = oms.returns.parcel(path_text(parcel))
    if not caller.sees_warehouse(known.warehouse):
        raise NotFound("unknown_parcel", "there is no such parcel")
    body = json_body(returns.current_request, oms.settings.body_limit_bytes)
    named = text_of(body, "as")
    if named not in ENDS:
        raise Malformed("malformed_field", f"one of {', '.join(ENDS)}", field="as")
    ended = oms.returns.end_parcel(
        known.id, UnclaimedState(named), by=caller.subject, because=text_of(body, "because")
    )
    return json_answer(202, parcel_json(ended))


@returns.route("/v1/orders/{order_no}/returns", methods=["GET"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def returns_of_order(caller: Caller, order_no: str) -> Response:
    """An order's returns, the oldest first."""
    oms, number = container(), path_text(order_no)
    visible_order(caller, oms.orders.shop_of(number))
    rows = [return_row(each) for each in oms.returns.of_order(number)]
    return json_answer(200, {"returns": rows})


@returns.route("/v1/orders/{order_no}/returns", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def return_by_hand(caller: Caller, order_no: str) -> Response:
    """Asks for a return by hand: 201 with it, 200 for the same again, 409 for another content."""
    from chalicelib.orders.returns.intake import BY_HAND, Asking, parse_return

    oms, number = container(), path_text(order_no)
    shop = oms.orders.shop_of(number)
    visible_order(caller, shop)
    given = parse_return(body_of(returns.current_request, oms.settings.body_limit_bytes))
    _of_order(number, given.fulfilment_no)
    found, created = oms.returns.request(
        given, Asking(shop=shop, source=BY_HAND, by=caller.subject)
    )
    return json_answer(201 if created else 200, _whole(found))


@returns.route("/v1/orders/{order_no}/reshipments", methods=["POST"], authorizer=authorizer)
@route
@needs(returns, Role.OPERATOR)
def reship_by_hand(caller: Caller, order_no: str) -> Response:
    """Sends goods once more, without a price: 201 with the number of their order, 200 for the same
    again, 409 for another content.
    """
    from chalicelib.orders.returns.intake import parse_reshipment

    oms, number = container(), path_text(order_no)
    shop = oms.orders.shop_of(number)
    visible_order(caller, shop)
    given = parse_reshipment(body_of(returns.current_request, oms.settings.body_limit_bytes))
    _of_order(number, given.fulfilment_no)
    sent, created = oms.returns.reship(given, shop=shop)
    return json_answer(201 if created else 200, {"order_no": sent, "id": given.id})


def _of_order(order_no: str, fulfilment_no: str) -> None:
    if order_no_of(fulfilment_no) != order_no:
        raise NotFound("unknown_fulfilment", "the order has no such fulfilment")


def _visible(caller: Caller, return_no: str) -> ReturnOrder:
    found = container().returns.return_order(path_text(return_no))
    if not caller.sees_shop(found.shop):
        raise NotFound("unknown_return", "there is no such return")
    return found


def _whole(found: ReturnOrder) -> dict[str, Any]:
    oms = container()
    return return_json(
        found,
        oms.returns.receipts(found.no),
        oms.returns.refunds(found),
        reason=oms.returns.reason(found),
    )
