"""Movement orders and transfers: taken approved from other systems, signed; or drafted, approved,
asked back and closed by people. Adjustment orders: taken likewise, or ordered by people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import Container, container
from chalicelib.http.authorization import Caller, authorizer, needs, visible_warehouse
from chalicelib.http.edge import ANY_TYPE, body_of, json_answer, parameter, path_text, route
from chalicelib.http.intake import take
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.roles import Role

# What a request needs beyond this is imported when it comes: every function loads this file.
if TYPE_CHECKING:
    from chalicelib.movements.adjusting.model import AdjustmentOrder
    from chalicelib.movements.orders.model import MovementOrder
    from chalicelib.movements.transfers.model import Transfer

movements = Blueprint(__name__)


# --- movement orders


@movements.route("/v1/movement-orders", methods=["POST"], content_types=ANY_TYPE)
@route
def post_movement_order() -> Response:
    """Takes an approved movement order (vendor return, requisition, other movement): 201 with its
    number, 200 for the same again, 409 for another content.
    """
    return take(movements.current_request, "movement-orders")


@movements.route("/v1/movement-orders/drafts", methods=["POST"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR)
def draft_movement_order(caller: Caller) -> Response:
    """Drafts a movement order by hand; it moves nothing before it is approved."""
    from chalicelib.movements.orders.intake import parse_movement_order
    from chalicelib.movements.orders.model import PEOPLE

    oms = container()
    raw = body_of(movements.current_request, oms.settings.body_limit_bytes)
    given = parse_movement_order(raw)
    visible_warehouse(caller, given.warehouse)
    order, created = oms.movement_orders.take(PEOPLE, given, _hand(caller))
    return json_answer(201 if created else 200, _shown(oms, order))


@movements.route("/v1/movement-orders", methods=["GET"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def list_movement_orders(caller: Caller) -> Response:
    """Numbers of a `warehouse`'s movement orders, the newest first; page by `cursor`."""
    request = movements.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    cursor = parameter(request, "cursor", default="") or None
    found, following = container().movement_orders.orders(warehouse, cursor=cursor)
    return json_answer(200, {"movement_orders": found, "next_cursor": following})


@movements.route("/v1/movement-orders/{movement_order}", methods=["GET"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_movement_order(caller: Caller, movement_order: str) -> Response:
    """A movement order with what moved, what it cost, and of a vendor return the variance."""
    oms = container()
    return json_answer(200, _shown(oms, _visible(oms, caller, movement_order)))


@movements.route(
    "/v1/movement-orders/{movement_order}/approve", methods=["POST"], authorizer=authorizer
)
@route
@needs(movements, Role.OPERATOR)
def approve_movement_order(caller: Caller, movement_order: str) -> Response:
    """Approves a draft: its goods are reserved and it goes to the warehouse."""
    oms = container()
    order = _visible(oms, caller, movement_order)
    return json_answer(202, _shown(oms, oms.movement_orders.approve(order.no, by=caller.subject)))


@movements.route(
    "/v1/movement-orders/{movement_order}/cancel", methods=["POST"], authorizer=authorizer
)
@route
@needs(movements, Role.OPERATOR)
def cancel_movement_order(caller: Caller, movement_order: str) -> Response:
    """Cancels a draft; asks the warehouse for any other, and its word decides."""
    oms = container()
    order = _visible(oms, caller, movement_order)
    return json_answer(202, _shown(oms, oms.movement_orders.cancel(order.no)))


def _visible(oms: Container, caller: Caller, number: str) -> MovementOrder:
    order = oms.movement_orders.order(path_text(number))
    if not caller.sees_warehouse(order.warehouse):
        raise NotFound("unknown_movement_order", "there is no such movement order")
    return order


def _shown(oms: Container, order: MovementOrder) -> dict[str, object]:
    from chalicelib.bootstrap.movement_shapes import movement_json

    confirmations = oms.movement_orders.confirmations(order.no)
    values = {each.id: oms.costs.values_of(each.id) for each in confirmations}
    return movement_json(order, confirmations, values)


# --- transfers


@movements.route("/v1/transfers", methods=["POST"], content_types=ANY_TYPE)
@route
def post_transfer() -> Response:
    """Takes an approved transfer: 201 with its number, 200 for the same again, 409 for another
    content.
    """
    return take(movements.current_request, "transfers")


@movements.route("/v1/transfers/drafts", methods=["POST"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR)
def draft_transfer(caller: Caller) -> Response:
    """Drafts a transfer by hand; it moves nothing before it is approved."""
    from chalicelib.movements.orders.model import PEOPLE
    from chalicelib.movements.transfers.intake import parse_transfer

    oms = container()
    raw = body_of(movements.current_request, oms.settings.body_limit_bytes)
    given = parse_transfer(raw)
    visible_warehouse(caller, given.from_warehouse)
    transfer, created = oms.transfers.take(PEOPLE, given, _hand(caller))
    return json_answer(201 if created else 200, _shown_transfer(oms, transfer))


@movements.route("/v1/transfers", methods=["GET"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def list_transfers(caller: Caller) -> Response:
    """Numbers of the transfers that leave a `warehouse`, the newest first; page by `cursor`."""
    request = movements.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    cursor = parameter(request, "cursor", default="") or None
    found, following = container().transfers.transfers(warehouse, cursor=cursor)
    return json_answer(200, {"transfers": found, "next_cursor": following})


@movements.route("/v1/transfers/{transfer}", methods=["GET"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_transfer(caller: Caller, transfer: str) -> Response:
    """A transfer with its legs, what is on its way, and what that is worth."""
    oms = container()
    found = oms.transfers.transfer(path_text(transfer))
    if not any(caller.sees_warehouse(end) for end in (found.from_warehouse, found.to_warehouse)):
        raise NotFound("unknown_transfer", "there is no such transfer")
    return json_answer(200, _shown_transfer(oms, found))


@movements.route("/v1/transfers/{transfer}/approve", methods=["POST"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR)
def approve_transfer(caller: Caller, transfer: str) -> Response:
    """Approves a draft: its goods are reserved and its out leg goes to the warehouse."""
    oms = container()
    found = _ours(oms, caller, transfer)
    return json_answer(
        202, _shown_transfer(oms, oms.transfers.approve(found.no, by=caller.subject))
    )


@movements.route("/v1/transfers/{transfer}/cancel", methods=["POST"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR)
def cancel_transfer(caller: Caller, transfer: str) -> Response:
    """Asks the out leg back; what has left can't be cancelled any more."""
    oms = container()
    found = _ours(oms, caller, transfer)
    return json_answer(202, _shown_transfer(oms, oms.transfers.cancel(found.no)))


@movements.route("/v1/transfers/{transfer}/close", methods=["POST"], authorizer=authorizer)
@route
@needs(movements, Role.FINANCE)
def close_transfer(caller: Caller, transfer: str) -> Response:
    """Closes a transfer: what left and hasn't arrived is booked as lost."""
    oms = container()
    found = _ours(oms, caller, transfer)
    closed = oms.transfer_closing.close(found.no, by=caller.subject)
    return json_answer(202, _shown_transfer(oms, closed))


def _ours(oms: Container, caller: Caller, number: str) -> Transfer:
    """A transfer that leaves a warehouse of the caller's: its sender decides."""
    transfer = oms.transfers.transfer(path_text(number))
    if not caller.sees_warehouse(transfer.from_warehouse):
        raise NotFound("unknown_transfer", "there is no such transfer")
    return transfer


def _shown_transfer(oms: Container, transfer: Transfer) -> dict[str, object]:
    from chalicelib.bootstrap.movement_shapes import transfer_json
    from chalicelib.stock.model import Kind

    values = [
        value
        for leg in (transfer.out_leg, transfer.in_leg)
        for confirmation in oms.movement_orders.confirmations(leg)
        for value in oms.costs.values_of(confirmation.id)
        if value.kind in (Kind.TRANSFER_OUT, Kind.TRANSFER_IN)
    ]
    return transfer_json(transfer, oms.transfers.in_transit(transfer.no), values)


# --- adjustment orders


@movements.route("/v1/adjustment-orders", methods=["POST"], content_types=ANY_TYPE)
@route
def post_adjustment_order() -> Response:
    """Takes an adjustment that another system orders: 201 with its number, 200 for the same again,
    409 for another content.
    """
    return take(movements.current_request, "adjustment-orders")


@movements.route("/v1/adjustment-orders/by-hand", methods=["POST"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR)
def order_adjustment(caller: Caller) -> Response:
    """Orders one by hand; booked at once if its WMS isn't told. "closed_month": true by finance."""
    from chalicelib.movements.adjusting.intake import parse_adjustment_order
    from chalicelib.movements.orders.model import PEOPLE

    oms = container()
    raw = body_of(movements.current_request, oms.settings.body_limit_bytes)
    given = parse_adjustment_order(raw, finance=bool(caller.roles & {Role.FINANCE, Role.ADMIN}))
    visible_warehouse(caller, given.warehouse)
    order, created = oms.adjustment_orders.take(PEOPLE, given, _hand(caller), by=caller.subject)
    return json_answer(201 if created else 200, _shown_adjustment(order))


@movements.route("/v1/adjustment-orders", methods=["GET"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def list_adjustment_orders(caller: Caller) -> Response:
    """Numbers of a `warehouse`'s adjustment orders, the newest first; page by `cursor`."""
    request = movements.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    cursor = parameter(request, "cursor", default="") or None
    found, following = container().adjustment_orders.orders(warehouse, cursor=cursor)
    return json_answer(200, {"adjustment_orders": found, "next_cursor": following})


@movements.route("/v1/adjustment-orders/{adjustment_order}", methods=["GET"], authorizer=authorizer)
@route
@needs(movements, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_adjustment_order(caller: Caller, adjustment_order: str) -> Response:
    """An adjustment order with what was made of it."""
    return json_answer(200, _shown_adjustment(_adjusted(container(), caller, adjustment_order)))


@movements.route(
    "/v1/adjustment-orders/{adjustment_order}/cancel", methods=["POST"], authorizer=authorizer
)
@route
@needs(movements, Role.OPERATOR)
def cancel_adjustment_order(caller: Caller, adjustment_order: str) -> Response:
    """Cancels what no warehouse was told of, or refused; waits no more for what isn't made yet."""
    oms = container()
    order = _adjusted(oms, caller, adjustment_order)
    return json_answer(200, _shown_adjustment(oms.adjustment_orders.cancel(order.no)))


def _adjusted(oms: Container, caller: Caller, number: str) -> AdjustmentOrder:
    order = oms.adjustment_orders.order(path_text(number))
    if not caller.sees_warehouse(order.warehouse):
        raise NotFound("unknown_adjustment_order", "there is no such adjustment order")
    return order


def _shown_adjustment(order: AdjustmentOrder) -> dict[str, object]:
    from chalicelib.bootstrap.movement_shapes import adjustment_order_json

    return adjustment_order_json(order)


def _hand(caller: Caller) -> Source:
    return Source(message_id=f"token:{caller.subject}")
