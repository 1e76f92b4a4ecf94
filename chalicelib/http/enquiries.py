"""What people ask a warehouse system."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs
from chalicelib.http.bindings import sees_wms
from chalicelib.http.edge import body_of, json_answer, path_text, route
from chalicelib.kernel.errors import NotFound
from chalicelib.kernel.items import to_item
from chalicelib.kernel.roles import Role

enquiries = Blueprint(__name__)


@enquiries.route("/v1/wms/{wms}/queries", methods=["POST"], authorizer=authorizer)
@route
@needs(enquiries, Role.OPERATOR)
def ask_wms(caller: Caller, wms: str) -> Response:
    """Asks a WMS, now, a page at a time: {"query": "stock.query", "warehouse", "sku", …, "page"}.
    `arrival` says whether it answered, `success` what it said, `content` what it told.
    """
    from chalicelib.warehouse.enquiries import parse_enquiry

    oms, code = container(), path_text(wms)
    if not sees_wms(oms, caller, code):
        raise NotFound("unknown_wms", "there is no such connection", field="wms")
    raw = body_of(enquiries.current_request, oms.settings.body_limit_bytes)
    return json_answer(200, to_item(oms.enquiries.ask(code, parse_enquiry(raw))))
