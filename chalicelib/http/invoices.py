"""Invoices (发票) for people: what was asked for, computed and issued."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.bootstrap import container
from chalicelib.http.authorization import Caller, authorizer, needs, visible_order
from chalicelib.http.edge import json_answer, path_text, route
from chalicelib.invoicing.model import Invoice, InvoiceContent, InvoiceRow
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.money import format_fen
from chalicelib.kernel.roles import Role

invoices = Blueprint(__name__)


@invoices.route("/v1/orders/{order_no}/invoices", methods=["GET"], authorizer=authorizer)
@route
@needs(invoices, Role.OPERATOR, Role.FINANCE)
def of_order(caller: Caller, order_no: str) -> Response:
    """The invoices of an order with their rows; the buyer isn't shown."""
    oms = container()
    number = path_text(order_no)
    visible_order(caller, oms.orders.shop_of(number))
    found = [
        _shown(invoice, oms.invoicing.content(invoice.no))
        for invoice in oms.invoicing.of_order(number)
    ]
    return json_answer(200, {"invoices": found})


def _shown(invoice: Invoice, content: InvoiceContent) -> dict[str, Any]:
    return {
        "invoice_no": invoice.no,
        "state": invoice.state.value,
        "request_no": invoice.request_no,
        "number": invoice.number,
        "net": format_fen(invoice.net),
        "tax": format_fen(invoice.tax),
        "gross": format_fen(invoice.gross),
        "issued_at": to_text(invoice.issued_at) if invoice.issued_at else None,
        "rows": [_row(row) for row in content.rows],
    }


def _row(row: InvoiceRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "quantity": row.quantity,
        "tax_rate_percent": row.rate_percent,
        "net": format_fen(row.net),
        "tax": format_fen(row.tax),
        "gross": format_fen(row.gross),
    }
