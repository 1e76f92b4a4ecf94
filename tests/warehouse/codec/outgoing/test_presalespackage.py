"""Presold goods may leave once their balance is paid."""

from __future__ import annotations

from chalicelib.warehouse.codec.outgoing import presalespackage
from chalicelib.warehouse.documents.outgoing.presalespackage import PresalesConsign
from tests.warehouse.codec.outgoing.people import AT
from tests.warehouse.codec.wire import wire, xml


def test_the_amount_of_this_message_is_in_fen() -> None:
    consign = PresalesConsign(order_code="D1", owner_code="O1", total_amount=12345, paid_at=AT)
    assert wire(presalespackage.write_consign(consign)) == xml(
        """<request><orderCode>D1</orderCode><ownerCode>O1</ownerCode>
        <totalAmount>12345</totalAmount><payTime>2026-11-22 09:30:00</payTime></request>"""
    )
