"""What waits for a person, and a person's word on it: exceptions, review
rules, and invoices, notices and stock messages that are to be tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, everything, needs, visible_order
from chalicelib.http.edge import (
    body_of,
    json_answer,
    json_body,
    parameter,
    path_text,
    route,
    text_of,
)
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.exceptions import OPEN, RESOLVED, ExceptionCase
from chalicelib.kernel.items import to_item
from chalicelib.kernel.roles import Role

if TYPE_CHECKING:
    # Every function imports `app` and with it this file: it says how things look, and needs none
    # of what they are.
    from chalicelib.notices.model import Notice

operations = Blueprint(__name__)


# --- exceptions


@operations.route("/v1/exceptions", methods=["GET"], authorizer=authorizer)
@route
@needs(operations, Role.OPERATOR)
def exceptions(caller: Caller) -> Response:
    """Questions for a person, the oldest first: open ones, or `state=RESOLVED`; page by
    `cursor`.
    """
    state = parameter(operations.current_request, "state", default=OPEN)
    if state not in (OPEN, RESOLVED):
        raise Malformed("malformed_parameter", f"one of {OPEN}, {RESOLVED}", field="state")
    if caller.is_bound:
        return json_answer(200, {"exceptions": [], "next_cursor": None})
    found, cursor = container().exceptions.listed(state, cursor=_cursor())
    return json_answer(200, {"exceptions": [_case(each) for each in found], "next_cursor": cursor})


@operations.route("/v1/exceptions/settle", methods=["POST"], authorizer=authorizer)
@route
@needs(operations, Role.OPERATOR)
def settle(caller: Caller) -> Response:
    """A person has settled a case: {"id", "because"}. Said again, it changes nothing."""
    everything(caller)
    oms = container()
    body = json_body(operations.current_request, oms.settings.body_limit_bytes)
    settled = oms.exceptions.settle(
        text_of(body, "id"), by=caller.subject, because=text_of(body, "because")
    )
    return json_answer(200, _case(settled))


# --- review rules


@operations.route("/v1/rules/{shop}", methods=["GET"], authorizer=authorizer)
@route
@needs(operations, Role.OPERATOR)
def show_rules(caller: Caller, shop: str) -> Response:
    """The review rules in force for a shop, with their version (0: nobody has written any)."""
    oms, code = container(), path_text(shop)
    visible_order(caller, code)
    hold_above = oms.catalog.shop(code, field="shop").hold_above
    return json_answer(200, to_item(oms.rules.rules(code, hold_above=hold_above)))


@operations.route("/v1/rules/{shop}", methods=["PUT"], authorizer=authorizer)
@route
@needs(operations, Role.ADMIN)
def put_rules(caller: Caller, shop: str) -> Response:
    """Writes a shop's review rules (`*`: of every shop without its own): {"version": the one it
    was made from, "rules": [{"code", "predicate", "hold_type", "parameters"}], "most_warehouses"}.
    """
    from chalicelib.routing.rules import parse_rules

    oms, code = container(), path_text(shop)
    if code == "*":
        everything(caller)
    else:
        visible_order(caller, code)
        oms.catalog.shop(code, field="shop")
    raw = body_of(operations.current_request, oms.settings.body_limit_bytes)
    return json_answer(200, to_item(oms.rules.put_rules(parse_rules(raw, shop=code))))


# --- tried again


@operations.route("/v1/invoices/{invoice}/renew", methods=["POST"], authorizer=authorizer)
@route
@needs(operations, Role.FINANCE)
def renew_invoice(caller: Caller, invoice: str) -> Response:
    """Has a failed invoice tried again, under a new request number."""
    oms = container()
    found = oms.invoicing.invoice(path_text(invoice))
    visible_order(caller, found.shop)
    renewed = oms.invoicing.renew(found.no)
    return json_answer(202, {"invoice_no": renewed.no, "state": renewed.state.value})


@operations.route("/v1/orders/{order_no}/notices", methods=["GET"], authorizer=authorizer)
@route
@needs(operations, Role.OPERATOR)
def notices_of_order(caller: Caller, order_no: str) -> Response:
    """What an order's buyer was told, or is to be told; the number is masked."""
    oms, number = container(), path_text(order_no)
    visible_order(caller, oms.orders.shop_of(number))
    found = [_notice(each) for each in oms.notices.of_order(number)]
    return json_answer(200, {"notices": found})


@operations.route("/v1/notices/{notice}/renew", methods=["POST"], authorizer=authorizer)
@route
@needs(operations, Role.OPERATOR)
def renew_notice(caller: Caller, notice: str) -> Response:
    """Has a failed notice to a buyer sent again."""
    oms = container()
    found = oms.notices.notice(path_text(notice))
    visible_order(caller, oms.orders.shop_of(found.order_no))
    renewed = oms.notices.renew(found.id)
    return json_answer(202, {"notice": renewed.id, "state": renewed.state.value})


@operations.route("/v1/shops/{shop}/notices/{rule}", methods=["PUT"], authorizer=authorizer)
@route
@needs(operations, Role.OPERATOR)
def switch_notice(caller: Caller, shop: str, rule: str) -> Response:
    """Switches a kind of notice on or off for a shop's buyers: {"on": true or false}."""
    oms, code = container(), path_text(shop)
    visible_order(caller, code)
    oms.catalog.shop(code, field="shop")
    body = json_body(operations.current_request, oms.settings.body_limit_bytes)
    on = body.get("on")
    if not isinstance(on, bool):
        raise Malformed("malformed_field", "true or false", field="on")
    oms.notices.switch(code, path_text(rule), on=on)
    return json_answer(200, {"shop": code, "rule": path_text(rule), "on": on})


@operations.route(
    "/v1/stock-messages/{stock_message}/renew", methods=["POST"], authorizer=authorizer
)
@route
@needs(operations, Role.FINANCE)
def renew_stock_message(caller: Caller, stock_message: str) -> Response:
    """Has a stock message that the upstream didn't take sent again, the same bytes."""
    everything(caller)
    renewed = container().stock_messages.renew(path_text(stock_message))
    return json_answer(202, {"stock_message": renewed.id, "state": renewed.state.value})


# --- shapes


def _cursor() -> str | None:
    return parameter(operations.current_request, "cursor", default="") or None


def _case(case: ExceptionCase) -> dict[str, Any]:
    return {
        "id": case.id,
        "kind": case.kind,
        "document": case.document,
        "text": case.text,
        "message_id": case.message_id,
        "raised_at": to_text(case.raised_at),
        "state": case.state,
        "settled_at": to_text(case.settled_at) if case.settled_at else None,
        "settled_by": case.settled_by,
        "settled_because": case.settled_because,
    }


def _notice(notice: Notice) -> dict[str, Any]:
    from chalicelib.notices.templates import TEMPLATES, render

    return {
        "id": notice.id,
        "rule": notice.rule,
        "about": notice.about,
        "text": render(TEMPLATES[notice.template], notice.values),
        "recipient": notice.shown,
        "state": notice.state.value,
        "created_at": to_text(notice.created_at),
        "sent_at": to_text(notice.sent_at) if notice.sent_at else None,
        "code": notice.refusal_code,
    }
