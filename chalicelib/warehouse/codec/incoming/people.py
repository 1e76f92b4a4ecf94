"""Senders and recipients that a WMS tells of."""

from __future__ import annotations

from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.texts import name
from chalicelib.warehouse.xml import Node


def read_contact(document: Node, block: str) -> Contact | None:
    """senderInfo or receiverInfo; None where the block says nothing. No field of it is needed: it
    moves no stock.
    """
    found = document.child(block)
    if found is None:
        return None
    contact = Contact(
        name=name(found.text("name") or ""),
        mobile=found.code("mobile"),
        province=name(found.text("province") or ""),
        city=name(found.text("city") or ""),
        address=name(found.text("detailAddress") or ""),
        district=name(found.text("area") or found.text("district") or ""),
        town=name(found.text("town") or ""),
        zip_code=found.code("zipCode"),
        phone=found.code("tel"),
        company=name(found.text("company") or ""),
        email=found.code("email"),
        country_code=found.code("countryCode"),
        identity_type=found.code("idType"),
        identity_number=found.code("idNumber"),
        person_id=found.code("id"),
        oaid=found.text("oaid") or "",
        remark=found.text("remark") or "",
    )
    return None if contact == _NOBODY else contact


_NOBODY = Contact(name="", mobile="", province="", city="", address="")
