"""The blocks that several messages share."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.kernel.errors import Malformed
from chalicelib.warehouse.documents.answers import Answer
from chalicelib.warehouse.documents.parts import Contact
from chalicelib.warehouse.spelling import PLAIN, Spelling
from chalicelib.warehouse.texts import CODE_LENGTH, MESSAGE_LENGTH, name, remark
from chalicelib.warehouse.xml import Content, Node, read, write

_FLAGS = {"success": True, "failure": False}
_WMS_IDS = (
    "itemId",
    "entryOrderId",
    "returnOrderId",
    "deliveryOrderId",
    "processOrderId",
    "transferOrderCode",
)


def yes_no(value: bool) -> str:
    """`Y` or `N`."""
    return "Y" if value else "N"


def given(text: str) -> str | None:
    """A text that is left out when empty."""
    return text or None


def write_contact(contact: Contact) -> Content:
    """senderInfo or receiverInfo."""
    return {
        "id": given(contact.person_id),
        "company": given(name(contact.company)),
        "name": name(contact.name),
        "zipCode": given(contact.zip_code),
        "tel": given(contact.phone),
        "mobile": contact.mobile,
        "email": given(contact.email),
        "idType": given(contact.identity_type),
        "idNumber": given(contact.identity_number),
        "countryCode": given(contact.country_code),
        "province": contact.province,
        "city": contact.city,
        "area": given(contact.district),
        "town": given(contact.town),
        "detailAddress": name(contact.address),
        "oaid": given(contact.oaid),
        "remark": given(remark(contact.remark)),
    }


def read_response(body: bytes, spelling: Spelling = PLAIN) -> Node:
    """The root of an answer; `Malformed` when it isn't one."""
    return read(body, root="response", spelling=spelling)


def read_answer(response: Node) -> Answer:
    """flag, code and text, and the WMS's own numbers. The text is for people, and is taken as
    `message` and as `msg` whatever the dialect.

    `flag` alone decides; one that is neither success nor failure is no answer (`Malformed`).
    """
    flag = (response.text("flag") or "").lower()
    if flag not in _FLAGS:
        raise Malformed("unknown_flag", "flag is success or failure", field="/response/flag")
    ids = [response.code(tag) for tag in _WMS_IDS]
    parts = response.listed("deliveryOrders", "deliveryOrder")
    ids += [part.code("deliveryOrderId") for part in parts]
    return Answer(
        success=_FLAGS[flag],
        code=(response.text("code") or "")[:CODE_LENGTH],
        message=_said(response),
        wms_ids=tuple(dict.fromkeys(each for each in ids if each)),
    )


def _said(response: Node) -> str:
    texts = [each.value() for each in response.children("message", "msg")]
    return next((text for text in texts if text), "")


def write_answer(
    answer: Answer, more: Mapping[str, Content] | None = None, *, spelling: Spelling = PLAIN
) -> bytes:
    """What the OMS answers to a callback; `more` stands beside the three fields of every answer."""
    return write(
        "response",
        {
            "flag": "success" if answer.success else "failure",
            "code": answer.code,
            "message": answer.message[:MESSAGE_LENGTH],
            **(more or {}),
        },
        spelling,
    )
