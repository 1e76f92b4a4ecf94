"""Bills of materials and processing orders: signed by other systems, or by hand."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.movement_documents import take_bom, take_processing_order
from chalicelib.catalog.model import ClientKind
from chalicelib.catalog.model import Outcome as Became
from chalicelib.http.authorization import (
    Caller,
    authorizer,
    everything,
    needs,
    visible_warehouse,
)
from chalicelib.http.edge import ANY_TYPE, body_of, json_answer, path_text, route
from chalicelib.http.intake import take
from chalicelib.kernel.items import to_item
from chalicelib.kernel.provenance import Source
from chalicelib.kernel.roles import Role

processing = Blueprint(__name__)


@processing.route("/v1/boms", methods=["POST"], content_types=ANY_TYPE)
@route
def post_bom() -> Response:
    """Takes a bill of materials, or its next version; identity is (source, id)."""
    return take(
        processing.current_request, method="boms", kind=ClientKind.PRODUCT, use=take_bom, once=True
    )


@processing.route("/v1/boms/by-hand", methods=["POST"], authorizer=authorizer)
@route
@needs(processing, Role.OPERATOR)
def write_bom(caller: Caller) -> Response:
    """Writes a bill of materials by hand, or its next version; it counts at once."""
    from chalicelib.catalog.boms import parse_bom
    from chalicelib.movements.orders.model import PEOPLE

    everything(caller)
    oms = container()
    raw = body_of(processing.current_request, oms.settings.body_limit_bytes)
    bom, became = oms.boms.put(PEOPLE, parse_bom(raw), Source(message_id=f"token:{caller.subject}"))
    return json_answer(201 if became is Became.CREATED else 200, to_item(bom))


@processing.route("/v1/boms/{bom}", methods=["GET"], authorizer=authorizer)
@route
@needs(processing, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_bom(caller: Caller, bom: str) -> Response:
    """A bill of materials: its product, its components, its version."""
    everything(caller)
    return json_answer(200, to_item(container().boms.bom(path_text(bom))))


@processing.route("/v1/processing-orders", methods=["POST"], content_types=ANY_TYPE)
@route
def post_processing_order() -> Response:
    """Takes an approved processing order: 201 with its number (of a movement order), 200 for the
    same again, 409 for another content.
    """
    return take(
        processing.current_request,
        method="processing-orders",
        kind=(ClientKind.UPSTREAM, ClientKind.PURCHASING),
        use=take_processing_order,
    )


@processing.route("/v1/processing-orders/drafts", methods=["POST"], authorizer=authorizer)
@route
@needs(processing, Role.OPERATOR)
def draft_processing_order(caller: Caller) -> Response:
    """Drafts a processing order by hand; it is approved as the movement order that it becomes."""
    from chalicelib.bootstrap.movement_shapes import movement_json
    from chalicelib.movements.orders.model import PEOPLE
    from chalicelib.movements.processing import from_bom, parse_processing_order

    oms = container()
    raw = body_of(processing.current_request, oms.settings.body_limit_bytes)
    given = parse_processing_order(raw)
    visible_warehouse(caller, given.warehouse)
    order, created = oms.movement_orders.take(
        PEOPLE,
        from_bom(given, oms.boms.bom(given.bom, field="bom")),
        Source(message_id=f"token:{caller.subject}"),
    )
    return json_answer(201 if created else 200, movement_json(order, [], {}))
