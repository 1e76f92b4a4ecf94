"""Master data coming in from the product system, signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import Container, container
from chalicelib.catalog.model import Bundle, Sku
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.bindings import sees_owner, sees_wms
from chalicelib.http.edge import (
    ANY_TYPE,
    body_of,
    json_answer,
    json_body,
    parameter,
    path_text,
    route,
)
from chalicelib.http.intake import take
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Malformed, NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.masking import mask_name, mask_phone
from chalicelib.kernel.money import Fen, format_fen
from chalicelib.kernel.roles import Role

if TYPE_CHECKING:
    # Every function imports `app` and with it this file.
    from chalicelib.warehouse.drift_store import DriftRun
    from chalicelib.warehouse.store import Acknowledged

master_data = Blueprint(__name__)


@master_data.route("/v1/skus", methods=["POST"], content_types=ANY_TYPE)
@route
def post_skus() -> Response:
    """SKUs of the product system: {"skus": [...]} -> one result each. Signed; identity is (source,
    id).
    """
    return take(master_data.current_request, "skus")


@master_data.route("/v1/suppliers", methods=["POST"], content_types=ANY_TYPE)
@route
def post_suppliers() -> Response:
    """Suppliers: {"suppliers": [...]} -> one result each. Signed; identity is (source, id)."""
    return take(master_data.current_request, "suppliers")


@master_data.route("/v1/bundles", methods=["POST"], content_types=ANY_TYPE)
@route
def post_bundles() -> Response:
    """Bundles: {"bundles": [...]} -> one result each. Signed; identity is (source, id)."""
    return take(master_data.current_request, "bundles")


@master_data.route("/v1/categories", methods=["POST"], content_types=ANY_TYPE)
@route
def post_categories() -> Response:
    """Categories, parents first: {"categories": [...]} -> one result each. Signed; identity is
    (source, id). The SKUs of a renamed one are told to the warehouses anew.
    """
    return take(master_data.current_request, "categories")


@master_data.route("/v1/bundles/{bundle}", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_bundle(caller: Caller, bundle: str) -> Response:
    """A bundle with its parts, and per WMS which version it has acknowledged."""
    oms = container()
    found = oms.catalog.bundle(path_text(bundle))
    if not sees_owner(oms, caller, found.owner):
        raise NotFound("unknown_bundle", "there is no such bundle")
    known = _known(oms, caller, oms.warehouse.acknowledged_bundle(found.code))
    return json_answer(200, {**_bundle_json(found), "acknowledged": known})


@master_data.route("/v1/skus/{code}", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_sku(caller: Caller, code: str) -> Response:
    """A SKU, and per WMS which version it has acknowledged under which itemId."""
    oms = container()
    sku = oms.catalog.sku(path_text(code))
    if not sees_owner(oms, caller, sku.owner):
        raise NotFound("unknown_sku", "there is no such sku")
    known = _known(oms, caller, oms.warehouse.acknowledged(sku.code))
    return json_answer(200, {**_sku_json(sku), "acknowledged": known})


@master_data.route("/v1/skus", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def list_skus(caller: Caller) -> Response:
    """SKUs, bucket by bucket; page by `cursor` (a page may be empty and not be the last)."""
    oms = container()
    cursor = parameter(master_data.current_request, "cursor", default="") or None
    page = oms.catalog.sku_page(cursor=cursor)
    seen = {owner: sees_owner(oms, caller, owner) for owner in {each.owner for each in page.skus}}
    shown = [_sku_json(each) for each in page.skus if seen[each.owner]]
    return json_answer(200, {"skus": shown, "next_cursor": page.next_cursor})


@master_data.route("/v1/shops/{shop}", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_shop(caller: Caller, shop: str) -> Response:
    """A shop as it is set up, and per WMS which version it has acknowledged."""
    oms, code = container(), path_text(shop)
    if not caller.sees_shop(code):
        raise NotFound("unknown_shop", "there is no such shop")
    found = oms.catalog.shop(code)
    known = _known(oms, caller, oms.warehouse.acknowledged_shop(code))
    return json_answer(
        200, {**to_item(found), "hold_above": _price(found.hold_above), "acknowledged": known}
    )


@master_data.route("/v1/warehouses/{warehouse}", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR, Role.FINANCE)
def show_warehouse(caller: Caller, warehouse: str) -> Response:
    """A warehouse as it is set up, and per WMS which version it has acknowledged; whom to call
    there is masked.
    """
    oms, code = container(), path_text(warehouse)
    if not caller.sees_warehouse(code):
        raise NotFound("unknown_warehouse", "there is no such warehouse")
    found = oms.catalog.warehouse(code)
    masked = {
        "contact": mask_name(found.contact),
        "phone": mask_phone(found.phone),
        "mobile": mask_phone(found.mobile),
    }
    known = _known(oms, caller, oms.warehouse.acknowledged_warehouse(code))
    return json_answer(200, {**to_item(found), **masked, "acknowledged": known})


@master_data.route("/v1/wms/{wms}/drift", methods=["POST"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR)
def start_drift(caller: Caller, wms: str) -> Response:
    """Asks a WMS what it knows of our SKUs, bundles and warehouses: {"fix": true sends again what
    differs}. A run that is going on is gone on with.
    """
    oms, code = container(), path_text(wms)
    _check_wms(oms, caller, code)
    body = json_body(master_data.current_request, oms.settings.body_limit_bytes)
    fix = body.get("fix", False)
    if not isinstance(fix, bool):
        raise Malformed("malformed_field", "true or false", field="fix")
    return json_answer(202, _run_json(oms.warehouse.drift.start(code, fix=fix)))


@master_data.route("/v1/wms/{wms}/drift", methods=["GET"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR, Role.INTEGRATOR)
def show_drift(caller: Caller, wms: str) -> Response:
    """How far the last run is, and what of the SKUs (`part=BUNDLE`: of the bundles, `WAREHOUSE`: of
    the warehouses) differs at the WMS, by code; page by `cursor` (a page may be empty and not be
    the last).
    """
    from chalicelib.warehouse.drift_store import DriftPart

    oms, code = container(), path_text(wms)
    _check_wms(oms, caller, code)
    request = master_data.current_request
    part = parameter(request, "part", default=DriftPart.SKUS.value)
    if part not in set(DriftPart):
        raise Malformed("malformed_parameter", "SKU, BUNDLE or WAREHOUSE", field="part")
    run, cursor = oms.warehouse.drift.run(code), parameter(request, "cursor", default="") or None
    rows, next_cursor = oms.warehouse.drift.rows(code, DriftPart(part), cursor=cursor)
    shown = [to_item(row) for row in rows]
    return json_answer(
        200, {"run": _run_json(run), "differences": shown, "next_cursor": next_cursor}
    )


@master_data.route("/v1/wms/{wms}/queries", methods=["POST"], authorizer=authorizer)
@route
@needs(master_data, Role.OPERATOR)
def ask_wms(caller: Caller, wms: str) -> Response:
    """Asks a WMS, now, a page at a time: {"query": "stock.query", "warehouse", "sku", …, "page"}.
    `arrival` says whether it answered, `success` what it said, `content` what it told.
    """
    from chalicelib.warehouse.enquiry import parse_enquiry

    oms, code = container(), path_text(wms)
    _check_wms(oms, caller, code)
    raw = body_of(master_data.current_request, oms.settings.body_limit_bytes)
    return json_answer(200, to_item(oms.enquiries.ask(code, parse_enquiry(raw))))


def _check_wms(oms: Container, caller: Caller, wms: str) -> None:
    if not sees_wms(oms, caller, wms):
        raise NotFound("unknown_wms", "there is no such connection", field="wms")


def _run_json(run: DriftRun) -> dict[str, Any]:
    hidden = ("cursor", "version", "step", "together")
    return {name: value for name, value in to_item(run).items() if name not in hidden}


_PRICES = ("tag_price", "retail_price", "cost_price", "purchase_price")


def _sku_json(sku: Sku) -> dict[str, Any]:
    return {**to_item(sku), **{name: _price(getattr(sku, name)) for name in _PRICES}}


def _bundle_json(bundle: Bundle) -> dict[str, Any]:
    components = [{**to_item(each), "price": _price(each.price)} for each in bundle.components]
    return {**to_item(bundle), "components": components}


def _price(price: Fen | None) -> str | None:
    return None if price is None else format_fen(price)


def _known(
    oms: Container, caller: Caller, acknowledged: dict[str, Acknowledged]
) -> dict[str, dict[str, Any]]:
    return {
        wms: {
            "version": each.version,
            "item_id": each.wms_id,
            "message_id": each.message_id,
            "at": to_text(each.at),
        }
        for wms, each in acknowledged.items()
        if sees_wms(oms, caller, wms)
    }
