"""presalespackage.consign."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing.fields import count, needed
from chalicelib.warehouse.documents.outgoing.presalespackage import PresalesConsign
from chalicelib.warehouse.xml import Content


def write_consign(consign: PresalesConsign) -> Content:
    """The balance is paid. Alone among all messages this one has its amount in fen."""
    return {
        "orderCode": needed(consign.order_code, "orderCode"),
        "ownerCode": needed(consign.owner_code, "ownerCode"),
        "totalAmount": count(consign.total_amount, "totalAmount"),
        "payTime": consign.paid_at,
    }
