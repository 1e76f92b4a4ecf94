"""Purchase orders: taken approved from the purchasing system, signed; drafted, read and ended by
people. Receipts that a person has to place.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import Container, container
from chalicelib.bootstrap.documents import accept_order
from chalicelib.bootstrap.intake import refuse_repeated_fields
from chalicelib.bootstrap.shapes import purchase_json, receipt_json
from chalicelib.catalog.model import ClientKind
from chalicelib.http.authorization import (
    Caller,
    authorizer,
    everything,
    needs,
    visible_warehouse,
)
from chalicelib.http.edge import (
    ANY_TYPE,
    body_of,
    json_answer,
    json_body,
    parameter,
    path_text,
    route,
    text_of,
    whole_of,
)
from chalicelib.http.intake import take
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.roles import Role
from chalicelib.purchasing.intake import parse_change, parse_purchase_order
from chalicelib.purchasing.model import ANY, BatchRule, PurchaseOrder, Tolerance

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
    found, following = container().purchasing.purchase_orders(warehouse, cursor=_cursor())
    return json_answer(200, {"purchase_orders": found, "next_cursor": following})


@purchasing.route("/v1/purchase-orders/{number}", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_purchase_order(caller: Caller, number: str) -> Response:
    """A purchase order with what was received, and its receipts."""
    oms = container()
    return json_answer(200, _whole(oms, _visible(oms, caller, number)))


# --- by hand


@purchasing.route("/v1/purchase-orders/drafts", methods=["POST"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR)
def draft_purchase_order(caller: Caller) -> Response:
    """Writes a draft down, in the form of a signed purchase order; `id` is the person's own: 201,
    200 for the same again, 409 for another content.
    """
    oms = container()
    given = parse_purchase_order(_body(oms))
    visible_warehouse(caller, given.warehouse)
    order, created = oms.purchasing.draft(given, by=caller.subject)
    return json_answer(201 if created else 200, _whole(oms, order))


@purchasing.route("/v1/purchase-orders/{number}", methods=["PUT"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR)
def change_purchase_order(caller: Caller, number: str) -> Response:
    """Says a draft anew: the whole of it, and the `version` it was made from."""
    oms = container()
    order = _visible(oms, caller, number)
    given, version = parse_change(_body(oms))
    visible_warehouse(caller, given.warehouse)
    changed = oms.purchasing.change_draft(order.no, given, version=version, by=caller.subject)
    return json_answer(200, _whole(oms, changed))


@purchasing.route("/v1/purchase-orders/{number}/approve", methods=["POST"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR)
def approve_purchase_order(caller: Caller, number: str) -> Response:
    """Approves the draft of that {"version"}, and sends it to its warehouse."""
    oms = container()
    order = _visible(oms, caller, number)
    body = json_body(purchasing.current_request, oms.settings.body_limit_bytes)
    version = whole_of(body, "version")
    approved = oms.purchasing.approve(order.no, version=version, by=caller.subject)
    return json_answer(200, _whole(oms, approved))


@purchasing.route("/v1/purchase-orders/{number}/cancel", methods=["POST"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR)
def cancel_purchase_order(caller: Caller, number: str) -> Response:
    """Cancels an order of which nothing has arrived: {"because"}; where a warehouse may have it,
    its word decides.
    """
    oms = container()
    order = _visible(oms, caller, number)
    body = json_body(purchasing.current_request, oms.settings.body_limit_bytes)
    because = text_of(body, "because")
    cancelled = oms.purchasing.cancel(order.no, because=because, by=caller.subject)
    return json_answer(202, _whole(oms, cancelled))


@purchasing.route("/v1/purchase-orders/{number}/close", methods=["POST"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR)
def close_purchase_order(caller: Caller, number: str) -> Response:
    """Closes an order short, no more is expected of it: {"because"}."""
    oms = container()
    order = _visible(oms, caller, number)
    body = json_body(purchasing.current_request, oms.settings.body_limit_bytes)
    closed = oms.purchasing.close(order.no, because=text_of(body, "because"), by=caller.subject)
    return json_answer(200, _whole(oms, closed))


# --- receipts


@purchasing.route("/v1/blind-receipts", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.FINANCE)
def list_blind_receipts(caller: Caller) -> Response:
    """What arrived in a `warehouse` and nobody had announced, until it is attached to a purchase
    order; the oldest first, page by `cursor`.
    """
    warehouse = parameter(purchasing.current_request, "warehouse")
    visible_warehouse(caller, warehouse)
    found, following = container().purchasing.blind_receipts(warehouse, cursor=_cursor())
    shown = [receipt_json(each) for each in found]
    return json_answer(200, {"receipts": shown, "next_cursor": following})


@purchasing.route("/v1/receipts/{receipt}/attach", methods=["POST"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR)
def attach_receipt(caller: Caller, receipt: str) -> Response:
    """Says of which {"purchase_order"} a blind receipt was: it leaves suspense. The receipt that
    takes it out.
    """
    oms = container()
    found = oms.purchasing.receipt(path_text(receipt))
    if not caller.sees_warehouse(found.warehouse):
        raise NotFound("unknown_receipt", "there is no such receipt")
    body = json_body(purchasing.current_request, oms.settings.body_limit_bytes)
    no = text_of(body, "purchase_order")
    settling = oms.purchasing.attach_receipt(found.id, no, by=caller.subject)
    return json_answer(202, receipt_json(settling))


@purchasing.route("/v1/tolerances", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.FINANCE)
def list_tolerances(caller: Caller) -> Response:
    """How much more than ordered may arrive quietly, setting by setting; page by `cursor`."""
    everything(caller)
    found, following = container().purchasing.tolerances.listed(cursor=_cursor())
    shown = [to_item(each) for each in found]
    return json_answer(200, {"tolerances": shown, "next_cursor": following})


@purchasing.route("/v1/tolerances", methods=["PUT"], authorizer=authorizer)
@route
@needs(purchasing, Role.ADMIN)
def put_tolerance(caller: Caller) -> Response:
    """Sets one: {"percent", "pieces"}, for an "owner", "supplier" and "warehouse", each of which
    may be left out: any. `percent` of the line's pieces or `pieces`, whichever is more.
    """
    everything(caller)
    oms = container()
    body = json_body(purchasing.current_request, oms.settings.body_limit_bytes)
    tolerance = Tolerance(
        owner=text_of(body, "owner", default=ANY),
        supplier=text_of(body, "supplier", default=ANY),
        warehouse=text_of(body, "warehouse", default=ANY),
        percent=whole_of(body, "percent"),
        pieces=whole_of(body, "pieces"),
    )
    return json_answer(200, to_item(oms.purchasing.tolerances.put(tolerance)))


@purchasing.route("/v1/batches", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.FINANCE)
def show_batch(caller: Caller) -> Response:
    """What came of a `batch` of a `sku` in a `warehouse`: by which receipt, from which supplier."""
    request = purchasing.current_request
    warehouse = parameter(request, "warehouse")
    visible_warehouse(caller, warehouse)
    sku, batch = parameter(request, "sku"), parameter(request, "batch")
    found = container().purchasing.batches.receipts_of(warehouse, sku, batch)
    return json_answer(200, {"receipts": [to_item(each) for each in found]})


@purchasing.route("/v1/batch-rules", methods=["GET"], authorizer=authorizer)
@route
@needs(purchasing, Role.OPERATOR, Role.FINANCE)
def list_batch_rules(caller: Caller) -> Response:
    """How batch codes are made, rule by rule; page by `cursor`."""
    everything(caller)
    found, following = container().purchasing.batches.listed(cursor=_cursor())
    shown = [to_item(each) for each in found]
    return json_answer(200, {"batch_rules": shown, "next_cursor": following})


@purchasing.route("/v1/batch-rules", methods=["PUT"], authorizer=authorizer)
@route
@needs(purchasing, Role.ADMIN)
def put_batch_rule(caller: Caller) -> Response:
    """Sets one: {"template"}, such as `{supplier}-{date}-{sequence}`, for a "warehouse" and a
    "category" of SKUs, each of which may be left out: any. An empty template: no codes of ours.
    """
    everything(caller)
    oms = container()
    body = json_body(purchasing.current_request, oms.settings.body_limit_bytes)
    if "template" not in body:
        raise Malformed(
            "malformed_field", "a text is needed, perhaps an empty one", field="template"
        )
    rule = BatchRule(
        warehouse=text_of(body, "warehouse", default=ANY),
        category=text_of(body, "category", default=ANY),
        template=text_of(body, "template", default=""),
    )
    return json_answer(200, to_item(oms.purchasing.batches.put(rule)))


def _visible(oms: Container, caller: Caller, number: str) -> PurchaseOrder:
    """The order of a path, if the caller may see its warehouse."""
    order = oms.purchasing.purchase_order(path_text(number))
    if not caller.sees_warehouse(order.warehouse):
        raise NotFound("unknown_purchase_order", "there is no such purchase order")
    return order


def _whole(oms: Container, order: PurchaseOrder) -> dict[str, Any]:
    receipts, steps = oms.purchasing.receipts(order.no), oms.purchasing.steps(order.no)
    return purchase_json(order, receipts, steps)


def _body(oms: Container) -> bytes:
    raw = body_of(purchasing.current_request, oms.settings.body_limit_bytes)
    refuse_repeated_fields(raw)
    return raw


def _cursor() -> str | None:
    return parameter(purchasing.current_request, "cursor", default="") or None
