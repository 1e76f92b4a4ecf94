"""Master data coming in from the product system, signed."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.bootstrap.documents import take_skus, take_suppliers
from chalicelib.catalog.model import ClientKind
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.bindings import sees_owner, sees_wms
from chalicelib.http.edge import ANY_TYPE, json_answer, parameter, path_text, route
from chalicelib.http.intake import take
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.roles import Role

master_data = Blueprint(__name__)


@master_data.route("/v1/skus", methods=["POST"], content_types=ANY_TYPE)
@route
def post_skus() -> Response:
    """SKUs of the product system: {"skus": [...]} -> one result each. Signed; identity is (source,
    id).
    """
    return take(
        master_data.current_request,
        method="skus",
        kind=ClientKind.PRODUCT,
        use=take_skus,
        once=True,
    )


@master_data.route("/v1/suppliers", methods=["POST"], content_types=ANY_TYPE)
@route
def post_suppliers() -> Response:
    """Suppliers: {"suppliers": [...]} -> one result each. Signed; identity is (source, id)."""
    return take(
        master_data.current_request,
        method="suppliers",
        kind=ClientKind.PRODUCT,
        use=take_suppliers,
        once=True,
    )


@master_data.route("/v1/skus/{code}", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_sku(caller: Caller, code: str) -> Response:
    """A SKU, and per WMS which version it has acknowledged under which itemId."""
    oms = container()
    sku = oms.catalog.sku(path_text(code))
    if not sees_owner(oms, caller, sku.owner):
        raise NotFound("unknown_sku", "there is no such sku")
    acknowledged = oms.warehouse.acknowledged(sku.code)
    known = {
        wms: {
            "version": each.version,
            "item_id": each.wms_id,
            "message_id": each.message_id,
            "at": to_text(each.at),
        }
        for wms, each in acknowledged.items()
        if sees_wms(oms, caller, wms)
    }
    return json_answer(200, {**to_item(sku), "acknowledged": known})


@master_data.route("/v1/skus", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def list_skus(caller: Caller) -> Response:
    """SKUs, bucket by bucket; page by `cursor` (a page may be empty and not be the last)."""
    oms = container()
    cursor = parameter(master_data.current_request, "cursor", default="") or None
    page = oms.catalog.sku_page(cursor=cursor)
    seen = {owner: sees_owner(oms, caller, owner) for owner in {each.owner for each in page.skus}}
    shown = [to_item(each) for each in page.skus if seen[each.owner]]
    return json_answer(200, {"skus": shown, "next_cursor": page.next_cursor})
