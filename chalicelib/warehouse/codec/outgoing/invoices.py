"""What lies in a parcel besides goods, or covers it: invoices and insurance."""

from __future__ import annotations

from chalicelib.kernel.money import format_fen
from chalicelib.warehouse.codec.outgoing.blocks import repeated
from chalicelib.warehouse.codec.outgoing.fields import count, flag, maybe, needed, needed_name
from chalicelib.warehouse.codec.parts import given
from chalicelib.warehouse.documents.outgoing.deliveryorder import Insurance, Invoice
from chalicelib.warehouse.texts import remark
from chalicelib.warehouse.xml import Content


def write_invoices(invoices: tuple[Invoice, ...]) -> Content:
    """invoices, each with its rows."""
    return repeated("invoice", [_invoice(each) for each in invoices])


def _invoice(invoice: Invoice) -> Content:
    rows = repeated(
        "item",
        [
            {
                "itemName": needed_name(row.item_name, "invoice/detail/items/item/itemName"),
                "unit": maybe(row.unit, "invoice/detail/items/item/unit"),
                "price": format_fen(row.price),
                "quantity": count(row.quantity, "invoice/detail/items/item/quantity"),
                "amount": format_fen(row.amount),
            }
            for row in invoice.rows
        ],
    )
    return {
        "type": needed(invoice.type, "invoice/type"),
        "header": needed_name(invoice.header, "invoice/header"),
        "taxNumber": maybe(invoice.tax_number, "invoice/taxNumber"),
        "amount": format_fen(invoice.amount),
        "content": given(remark(invoice.content)),
        "detail": {"items": rows} if rows else None,
    }


def write_insurance(insurance: Insurance | None) -> dict[str, Content]:
    """insuranceFlag and insurance; nothing at all where there is none."""
    if insurance is None:
        return {}
    return {
        "insuranceFlag": flag(True),
        "insurance": {
            "type": needed(insurance.type, "insurance/type"),
            "amount": format_fen(insurance.amount),
        },
    }
