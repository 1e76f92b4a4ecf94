"""Purchase orders: taken approved from the purchasing system, signed; read by people."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.documents import accept_order
from chalicelib.bootstrap.shapes import purchase_json
from chalicelib.catalog.model import ClientKind
from chalicelib.http.authorization import Caller, authorizer, needs, visible_warehouse
from chalicelib.http.edge import ANY_TYPE, json_answer, parameter, path_text, route
from chalicelib.http.intake import take
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.roles import Role

purchasing = Blueprint(__name__)


@purchasing.route("/v1/purchase-orders", methods=["POST"], content_types=ANY_TYPE)
@route
def post_purchase_order() -> Response:
    """Takes an approved purchase order: 201 with its number, 200 for the same again, 409 for
    another content.
    """
    return take(
        purchasing.current_request,
        method="purchase-orders",
        kind=ClientKind.PURCHASING,
        use=accept_order,
    )


@purchasing.route("/v1/purchase-orders", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def list_purchase_orders(caller: Caller) -> Response:
    """Numbers of a `warehouse`'s purchase orders, the newest first; page by `cursor`."""
    request = purchasing.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    cursor = parameter(request, "cursor", default="") or None
    found, following = container().purchasing.purchase_orders(warehouse, cursor=cursor)
    return json_answer(200, {"purchase_orders": found, "next_cursor": following})


@purchasing.route("/v1/purchase-orders/{number}", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_purchase_order(caller: Caller, number: str) -> Response:
    """A purchase order with what was received, and its receipts."""
    oms = container()
    order = oms.purchasing.purchase_order(path_text(number))
    if not caller.sees_warehouse(order.warehouse):
        raise NotFound("unknown_purchase_order", "there is no such purchase order")
    return json_answer(200, purchase_json(order, oms.purchasing.receipts(order.no)))
